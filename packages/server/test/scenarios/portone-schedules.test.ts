import { createHttpSender, money } from "@maedal/gateways";
import { createPortOneClient, type PortOneClient } from "@maedal/gateways/portone";
import { Temporal } from "temporal-polyfill";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { processNotifications } from "../../src/notifications/process-notifications.ts";
import { receiveNotification } from "../../src/notifications/receive-notification.ts";
import { startNotificationReceiver } from "../gateways/notification-receiver.ts";
import {
  chargePayments,
  connectionNow,
  createWorld,
  eventually,
  registerMethod,
  subscribe,
  untilCharges,
  type Subscribed,
  type World,
} from "../support/world.ts";

let world: World;
let client: PortOneClient;
const sender = createHttpSender();
beforeEach(async () => {
  world = await createWorld({ provider: "portone" });
  const { apiKey, apiSecret, url: apiHost } = world.emulator.ready.portone;
  const monotonicMs = () => performance.now();
  client = createPortOneClient({ apiKey, apiSecret, apiHost, sender, monotonicMs });
});
afterEach(() => world.stop());
afterAll(() => sender.close());

/** A day and an hour pass at PortOne, and what it told us meanwhile is acted on. */
async function passTheDay(): Promise<void> {
  const { connection, control, engine } = world;
  const receiver = await startNotificationReceiver();
  await control.post("/webhooks", { provider: "portone", url: receiver.url });
  await control.post("/clock", { by: "PT25H" });
  for (const told of receiver.received) await receiveNotification(engine, connection, told);
  await receiver.stop();
  await processNotifications(engine);
}

describe("a charge that PortOne has scheduled on a key of ours, as an earlier system asked", () => {
  /** The first period is paid; no worker runs afterwards. */
  async function paidUp(): Promise<Subscribed> {
    const worker = world.worker();
    const subscribed = await subscribe(world);
    await untilCharges(world, subscribed.subscription.id, "captured");
    await worker.stop();
    return subscribed;
  }

  async function scheduleTomorrow({ key }: Pick<Subscribed, "key">): Promise<void> {
    const at = Temporal.Now.instant().add({ hours: 24 });
    const amount = money(9_900, "KRW");
    const charges = [{ merchantUid: "OLD-SYSTEM-1", amount, name: "구독", at }];
    await client.scheduleCharges({ customerUid: key.billingKey, charges });
  }

  it("takes the customer's money beside ours: its webhook names no order of ours", async () => {
    const subscribed = await paidUp();
    await scheduleTomorrow(subscribed);
    await passTheDay();
    const noted = await world.db.database.query("select status, note from inbound_notifications");
    const note = `it is no payment of ours: it charged billing key ${subscribed.key.id}`;
    expect(noted).toEqual([{ status: "processed", note }]);
    const [ours, theirs] = await chargePayments(world);
    expect([ours?.key, theirs?.key]).toEqual([
      subscribed.key.billingKey,
      subscribed.key.billingKey,
    ]);
    expect((await connectionNow(world)).state).toBe("active");
  });

  it("is told to the merchant, without the key", async () => {
    const subscribed = await paidUp();
    await scheduleTomorrow(subscribed);
    await passTheDay();
    const seen = await world.db.database.query<{ code: string; detail: string }>(
      "select code, detail from observations",
    );
    expect(seen.map(({ code }) => code)).toEqual(["charged_elsewhere"]);
    const told = await world.db.database.query<{ data: object }>(
      "select data from events where type = 'billing_key.charged_elsewhere'",
    );
    expect(told).toHaveLength(1);
    expect(JSON.stringify([seen, told])).not.toContain(subscribed.key.billingKey);
  });

  it("is revoked before the key is deleted, once the customer has another method", async () => {
    const subscribed = await paidUp();
    const { customerId, subscription } = subscribed;
    await scheduleTomorrow(subscribed);
    world.worker();
    await registerMethod(world, customerId, { subscriptionId: subscription.id });
    await eventually("the old key to be deleted", async () => {
      return (await world.control.requests("delete_customer")).length === 1;
    });
    await passTheDay();
    expect(await chargePayments(world)).toHaveLength(1);
  });
});
