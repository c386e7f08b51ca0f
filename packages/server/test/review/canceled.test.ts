import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { processNotifications } from "../../src/notifications/process-notifications.ts";
import { receiveNotification } from "../../src/notifications/receive-notification.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import { whileUnseen } from "../support/unseen-payment.ts";
import { chargesOf, createWorld, subscribe, untilCharges, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.stop());

async function claimAndSend() {
  const { engine, connection } = world;
  const gateway = await engine.gateways.of(engine.database, connection);
  const [claim] = await claimCharges(engine, connection, gateway.capabilities, "real", 1);
  if (claim === undefined) throw new Error("nothing was claimed");
  await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
}

const cancel = (subscriptionId: string) => {
  const { accountId, engine } = world;
  return cancelSubscription(engine, { accountId, subscriptionId, when: "now" });
};

const eventsOf = async (subscriptionId: string) => {
  const rows = await world.db.database.query<{ type: string }>(
    "select type from events where subscription_id = $1 order by sequence",
    [subscriptionId],
  );
  return rows.map(({ type }) => type);
};

describe("a payment that shows up for a charge that was canceled as never arrived", () => {
  it("is told to somebody, not called no payment of ours", async () => {
    const { subscription } = await subscribe(world);
    const { control, connection, engine, db } = world;
    await control.fault({
      operation: "charge",
      action: { type: "drop_answer" },
    });
    await control.fault({
      operation: "get_order",
      times: null,
      action: { type: "stale_lookup" },
    });
    await claimAndSend();
    await cancel(subscription.id);
    const worker = world.worker();
    await untilCharges(world, subscription.id, "canceled");
    await worker.stop();
    await control.clearFaults();

    const [payment] = await control.payments();
    const data = {
      paymentKey: payment?.paymentId,
      orderId: payment?.orderId,
      status: "DONE",
    };
    const body = JSON.stringify({
      eventType: "PAYMENT_STATUS_CHANGED",
      createdAt: "2026-11-22T10:00:00.000000",
      data,
    });
    await receiveNotification(engine, connection, { body, headers: {} });
    await processNotifications(engine);

    const [stored] = await db.database.query<{ note: string }>(
      "select note from inbound_notifications",
    );
    expect(stored?.note).not.toBe("it is no payment of ours");
    const told = await eventsOf(subscription.id);
    expect(told.slice(told.indexOf("charge.canceled") + 1)).not.toEqual([]);
  });
});

describe("a charge in review whose subscription is canceled", () => {
  it("is not left waiting for ever when a person says that it was not paid", async () => {
    const { subscription } = await subscribe(world);
    const { accountId, control, engine } = world;
    await control.fault({
      operation: "charge",
      action: { type: "alter_answer", set: { totalAmount: 1 } },
    });
    await claimAndSend();
    const [charge] = await chargesOf(world, subscription.id);
    if (charge === undefined) throw new Error("no charge");
    expect(charge.status).toBe("in_review");
    await cancel(subscription.id);
    const person = { decision: "not_paid", note: "", by: "test" } as const;
    const review = { accountId, chargeId: charge.id, ...person };
    await whileUnseen(world, () => resolveReview(engine, review));
    expect((await chargesOf(world, subscription.id))[0]?.status).toBe("canceled");
  });
});

describe("a subscription that is canceled while a charge waits", () => {
  it("tells of the charge and the invoice that end with it", async () => {
    const { subscription } = await subscribe(world);
    await cancel(subscription.id);
    const told = await eventsOf(subscription.id);
    expect(told).toContain("charge.canceled");
    expect(told).toContain("invoice.void");
  });
});
