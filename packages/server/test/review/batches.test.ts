import { describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { reconcileCharges } from "../../src/charges/look-up-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { rollSubscriptions } from "../../src/subscriptions/roll-subscriptions.ts";
import { chargesOf, createWorld, subscribe, testWindows } from "../support/world.ts";

describe("a look-up whose answer the database cannot store", () => {
  it("does not hold up the others of its batch", async () => {
    const world = await createWorld();
    const { control, engine, connection, db } = world;
    const odd = await subscribe(world);
    const healthy = await subscribe(world);
    await control.fault({
      operation: "charge",
      times: 2,
      action: { type: "drop_answer" },
    });
    const gateway = await engine.gateways.of(engine.database, connection);
    const claims = await claimCharges(engine, connection, gateway.capabilities, "real", 10);
    const sent = claims.map((claim) => sendCharge(engine, connection, gateway, claim));
    await recordOutcomes(engine, await Promise.all(sent));
    await db.database.execute("update charges set look_up_at = protocol_now()");

    const orderId = (await chargesOf(world, odd.subscription.id))[0]?.order_id;
    const action = { type: "alter_answer", set: { orderName: "\u0000" } };
    await control.fault({
      operation: "get_order",
      match: { orderId },
      times: null,
      action,
    });
    await reconcileCharges(engine).catch(() => undefined);

    expect((await chargesOf(world, healthy.subscription.id))[0]?.status).toBe("captured");
    await world.stop();
  });
});

describe("a subscription whose period cannot be computed on this machine", () => {
  it("does not keep the others from being billed", async () => {
    const world = await createWorld();
    const { db, engine } = world;
    const odd = await subscribe(world);
    const healthy = await subscribe(world);
    const due = `update subscriptions set status = 'active', next_due_at = protocol_now()`;
    await db.database.execute(due);
    const unknownZone = "update subscriptions set zone = 'Asia/Nowhere' where id = $1";
    await db.database.execute(unknownZone, [odd.subscription.id]);
    await rollSubscriptions(engine).catch(() => undefined);
    expect(await chargesOf(world, healthy.subscription.id)).toHaveLength(2);
    await world.stop();
  });
});

describe("a look-up that was asked before the settle window was over", () => {
  it("proves nothing, however late its answer is recorded", async () => {
    const world = await createWorld({
      windows: { ...testWindows, settleWindowMs: 4_000 },
      timeouts: { connectMs: 5_000, readMs: 20_000 },
    });
    const { control, engine, connection, db } = world;
    const lost = await subscribe(world);
    const slow = await subscribe(world);
    await control.fault({
      operation: "charge",
      times: 2,
      action: { type: "close_before" },
    });
    const gateway = await engine.gateways.of(engine.database, connection);
    const claims = await claimCharges(engine, connection, gateway.capabilities, "real", 10);
    const sent = claims.map((claim) => sendCharge(engine, connection, gateway, claim));
    const results = await Promise.all(sent);
    const orderId = (await chargesOf(world, slow.subscription.id))[0]?.order_id;
    const action = { type: "delay", ms: 4_500 };
    await control.fault({
      operation: "get_order",
      match: { orderId },
      times: null,
      action,
    });
    await recordOutcomes(engine, results);
    await db.database.execute("update charges set look_up_at = protocol_now()");
    await reconcileCharges(engine); // Waits for the slow one; the other was answered at once.

    const [charge] = await db.database.query(
      "select not_found_count from charges where subscription_id = $1",
      [lost.subscription.id],
    );
    expect(charge).toEqual({ not_found_count: 0 });
    await world.stop();
  });
});

describe("a zombie's answer about the payment that a live resend of the same order is told of", () => {
  it("does not make the live answer look like somebody else's", async () => {
    const world = await createWorld();
    const { engine, connection } = world;
    const { subscription } = await subscribe(world);
    const gateway = await engine.gateways.of(engine.database, connection);
    const [claim] = await claimCharges(engine, connection, gateway.capabilities, "real", 1);
    if (claim === undefined) throw new Error("nothing was claimed");
    const live = await sendCharge(engine, connection, gateway, claim);
    const leaseToken = engine.effects.random.uuid();
    const zombie = { ...live, lease: { ...live.lease, leaseToken } };

    expect(await recordOutcomes(engine, [zombie, live])).toEqual([zombie]);
    expect((await chargesOf(world, subscription.id))[0]?.status).toBe("captured");
    await world.stop();
  });
});
