import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { reconcileCharges } from "../../src/charges/look-up-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { processNotifications } from "../../src/notifications/process-notifications.ts";
import { receiveNotification } from "../../src/notifications/receive-notification.ts";
import { whileUnseen } from "../support/unseen-payment.ts";
import {
  addConnection,
  chargesOf,
  createWorld,
  eventually,
  registerMethod,
  statusOf,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.stop());

const clockAt = "2026-03-02T01:00:00Z";

async function claimAndSend(clock: "real" | "test" = "real") {
  const { engine, connection } = world;
  const gateway = await engine.gateways.of(engine.database, connection);
  const [claim] = await claimCharges(engine, connection, gateway.capabilities, clock, 1);
  if (claim === undefined) throw new Error("nothing was claimed");
  await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
}

async function notify(paymentKey: string | undefined, orderId: string | undefined) {
  const { connection, engine, db } = world;
  const eventType = "PAYMENT_STATUS_CHANGED";
  const createdAt = "2026-11-22T10:00:00.000000";
  const data = { paymentKey, orderId, status: "DONE" };
  const body = JSON.stringify({ eventType, createdAt, data });
  await receiveNotification(engine, connection, { body, headers: {} });
  await processNotifications(engine);
  const [stored] = await db.database.query<{ note: string | null }>(
    "select note from inbound_notifications order by received_at desc limit 1",
  );
  return stored?.note;
}

describe("a look-up whose answer has a member with a NUL in its name", () => {
  it("is recorded all the same", async () => {
    const { control, db, engine } = world;
    const { subscription } = await subscribe(world);
    await control.fault({ operation: "charge", action: { type: "drop_answer" } });
    await claimAndSend();
    await db.database.execute("update charges set look_up_at = protocol_now()");
    const action = { type: "alter_answer", set: { "odd\u0000name": 1 } };
    await control.fault({ operation: "get_order", times: null, action });
    await reconcileCharges(engine);
    expect((await chargesOf(world, subscription.id))[0]?.status).toBe("captured");
  });
});

describe("a first charge that a person gives up", () => {
  it("does not leave a subscription that no method can ever start", async () => {
    const { accountId, control, engine } = world;
    const { subscription, customerId } = await subscribe(world);
    const altered = { type: "alter_answer", set: { totalAmount: 1 } };
    await control.fault({ operation: "charge", action: altered });
    await claimAndSend();
    const chargeId = (await chargesOf(world, subscription.id))[0]?.id ?? "";
    const person = { decision: "give_up", note: "", by: "test" } as const;
    await whileUnseen(world, () => resolveReview(engine, { accountId, chargeId, ...person }));
    await world.engine.database.execute(
      "update gateway_connections set state = 'active', paused_reason = null, paused_at = null",
    );
    if ((await statusOf(world, subscription.id)) === "canceled") return;
    await registerMethod(world, customerId, { subscriptionId: subscription.id });
    world.worker();
    await untilCharges(world, subscription.id, "captured");
  });
});

describe("a notification of a payment whose charge waits for a person", () => {
  it("is not called no payment of ours", async () => {
    const { control } = world;
    await subscribe(world);
    const altered = { type: "alter_answer", set: { totalAmount: 1 } };
    await control.fault({ operation: "charge", action: altered });
    await claimAndSend();
    const [payment] = await control.payments();
    expect(await notify(payment?.paymentId, payment?.orderId)).not.toBe("it is no payment of ours");
  });
});

describe("an earlier order of another connection that turns out to be paid", () => {
  it("is refunded in our books when it is refunded there", async () => {
    const { accountId, control, engine, emulator } = world;
    const refusedButPaid = {
      type: "error",
      status: 403,
      code: "REJECT_ACCOUNT_PAYMENT",
      when: "after",
    };
    await control.fault({ operation: "charge", action: refusedButPaid });
    const { subscription, customerId } = await subscribe(world, { clockAt });
    await claimAndSend("test");
    const connection = await addConnection(engine, accountId, emulator, 10);
    await registerMethod({ ...world, connection }, customerId, { subscriptionId: subscription.id });
    world.worker();
    await untilCharges(world, subscription.id, "captured");
    const [payment] = await control.payments();
    const gateway = await engine.gateways.of(engine.database, world.connection);
    await gateway.refund({
      paymentId: payment?.paymentId ?? "",
      amount: undefined,
      refundableMinor: 9_900,
      reason: "test",
      idempotencyKey: engine.effects.random.uuid(),
    });
    await notify(payment?.paymentId, payment?.orderId);
    await eventually("the refund in our books", async () => {
      const [row] = await engine.database.query<{ refunded: number }>(
        "select refunded_minor::int as refunded from charges where status = 'captured'",
      );
      return row?.refunded === 9_900;
    });
  });
});

describe("a scheduled charge with an open outcome whose method moves to another connection", () => {
  it("goes to a person, who is told", async () => {
    const { accountId, control, engine, emulator } = world;
    const { subscription, customerId } = await subscribe(world, { clockAt });
    await control.fault({ operation: "charge", action: { type: "drop_request" } });
    await claimAndSend("test");
    await eventually("two not-founds", async () => {
      await reconcileCharges(engine);
      return (await chargesOf(world, subscription.id))[0]?.status === "scheduled";
    });
    const connection = await addConnection(engine, accountId, emulator, 10);
    await registerMethod({ ...world, connection }, customerId, { subscriptionId: subscription.id });
    expect((await chargesOf(world, subscription.id))[0]?.status).toBe("in_review");
    const told = await engine.database.query<{ type: string }>("select type from events");
    expect(told.map(({ type }) => type)).toContain("charge.in_review");
  });
});

describe("a customer who moves to another connection while the old one's credentials are gone", () => {
  it("is not tried for ever without anybody being told", async () => {
    const { accountId, control, engine, emulator, db } = world;
    const { subscription, customerId } = await subscribe(world, { clockAt });
    const declined = { type: "decline", code: "REJECT_ACCOUNT_PAYMENT" };
    await control.fault({ operation: "charge", action: declined });
    await claimAndSend("test");
    const connection = await addConnection(engine, accountId, emulator, 10);
    await registerMethod({ ...world, connection }, customerId, { subscriptionId: subscription.id });
    const refused = { type: "error", status: 401, code: "UNAUTHORIZED_KEY" };
    await control.fault({ operation: "get_order", times: null, action: refused });
    world.worker();
    await untilCharges(world, subscription.id, "in_review");
    const [row] = await db.database.query<{ n: number }>("select count(*)::int n from attempts");
    expect(row?.n).toBeLessThanOrEqual(20);
  });
});
