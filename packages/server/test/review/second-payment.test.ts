import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { receiveNotification } from "../../src/notifications/receive-notification.ts";
import { onceSettled, whileUnseen } from "../support/unseen-payment.ts";
import {
  addConnection,
  advanceTo,
  chargesOf,
  connectionNow,
  createWorld,
  eventually,
  registerMethod,
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

describe("a provider that took the money of an order that it refused, and hid it until we sent another", () => {
  it("has charged twice: the connection stops, and the second payment is named", async () => {
    const { control, connection, engine, db } = world;
    const refusedButPaid = {
      type: "error",
      status: 403,
      code: "REJECT_ACCOUNT_PAYMENT",
      when: "after",
    };
    await control.fault({ operation: "charge", action: refusedButPaid });
    await control.fault({
      operation: "get_order",
      action: { type: "stale_lookup" },
      times: null,
    });
    const { subscription, testClockId = "" } = await subscribe(world, {
      clockAt,
    });
    world.worker();
    await eventually("the first refusal", async () => {
      const [charge] = await chargesOf(world, subscription.id);
      return charge?.status === "scheduled" && charge.declines === 1;
    });
    await advanceTo(world, testClockId, "2026-03-03T02:00:00Z");
    await untilCharges(world, subscription.id, "captured");
    await control.clearFaults();
    const [hidden, ...others] = await control.payments();
    expect(others).toHaveLength(1);

    const data = {
      paymentKey: hidden?.paymentId,
      orderId: hidden?.orderId,
      status: "DONE",
    };
    const eventType = "PAYMENT_STATUS_CHANGED";
    const createdAt = "2026-11-22T10:00:00.000000";
    const body = JSON.stringify({ eventType, createdAt, data });
    await receiveNotification(engine, connection, { body, headers: {} });
    const stopped = await eventually("the connection to stop", async () => {
      const now = await connectionNow(world);
      return now.state === "paused" && now;
    });
    expect(stopped.pausedReason).toContain(hidden?.paymentId);
    const told = await db.database.query<{ type: string }>("select type from events");
    expect(told.map(({ type }) => type)).toContain("charge.paid_twice");
  });
});

describe("a charge in review whose subscription's method moved to another connection", () => {
  it("is collected there once a person says that it was not paid", async () => {
    const { accountId, control, engine, connection, emulator } = world;
    const { subscription, customerId } = await subscribe(world, { clockAt });
    await control.fault({
      operation: "charge",
      action: { type: "alter_answer", set: { totalAmount: 1 } },
    });
    const gateway = await engine.gateways.of(engine.database, connection);
    const [claim] = await claimCharges(engine, connection, gateway.capabilities, "test", 1);
    if (claim === undefined) throw new Error("nothing was claimed");
    await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
    const elsewhere = {
      ...world,
      connection: await addConnection(engine, accountId, emulator, 10),
    };
    await registerMethod(elsewhere, customerId, {
      subscriptionId: subscription.id,
    });
    const [charge] = await chargesOf(world, subscription.id);
    const person = { decision: "not_paid", note: "", by: "test" } as const;
    const review = { accountId, chargeId: charge?.id ?? "", ...person };
    await whileUnseen(world, () => onceSettled(() => resolveReview(engine, review)));

    world.worker();
    await eventually("collection at the new connection", async () => {
      return (await chargesOf(world, subscription.id)).some(({ status }) => status === "captured");
    });
  });
});
