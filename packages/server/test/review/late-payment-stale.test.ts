/** A payment that a webhook's look-up has seen, while look-ups by order id do not show it yet. */
import { afterEach, describe, expect, it } from "vitest";
import { processNotifications } from "../../src/notifications/process-notifications.ts";
import { receiveNotification } from "../../src/notifications/receive-notification.ts";
import { startNotificationReceiver } from "../gateways/notification-receiver.ts";
import { spoil, spoilCharge } from "../support/provider-terms.ts";
import {
  chargePayments,
  chargesOf,
  createWorld,
  eventually,
  subscribe,
  type World,
} from "../support/world.ts";

let world: World;
afterEach(() => world.stop());

describe("a payment that came late, and that PortOne shows by its own id only", () => {
  it("is not made a second time because it is known", async () => {
    world = await createWorld({ provider: "portone" });
    const receiver = await startNotificationReceiver();
    await world.control.post("/webhooks", { provider: "portone", url: receiver.url });
    await spoilCharge(world, { type: "late_success", afterSeconds: 3_600 });
    const worker = world.worker();
    const { subscription } = await subscribe(world, {
      clockAt: "2026-03-02T01:00:00Z",
    });
    await eventually("the decline", async () => {
      const [charge] = await chargesOf(world, subscription.id);
      return charge?.status === "scheduled" && charge.declines === 1;
    });
    await worker.stop();
    await spoil(world, { operation: "find_all", action: { type: "stale_lookup" } }, { times: 3 });
    await world.control.post("/clock", { by: "PT2H" });
    for (const notice of receiver.received) {
      await receiveNotification(world.engine, world.connection, notice);
    }
    await processNotifications(world.engine);
    await receiver.stop();

    const another = world.worker();
    await eventually("the adoption", async () => {
      await world.db.database.execute(
        "update inbound_notifications set process_after = protocol_now() where status = 'received'",
      );
      const [charge] = await chargesOf(world, subscription.id);
      return charge?.status === "captured";
    });
    await another.stop();
    expect(await chargePayments(world)).toHaveLength(1);
  });
});
