import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captureCharge, voidCharge } from "../../src/authorizations/settle-authorization.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import {
  callsOf,
  chargeNow,
  createHeldWorld,
  eventsSince,
  heldAmount,
  holdMoney,
  invoiceStatusOf,
  ledgerOf,
  spoil,
  untilStatus,
  type Held,
} from "../support/held-world.ts";
import { chargesOf, connectionNow, statusOf, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createHeldWorld();
});
afterAll(() => world.stop());

const capture = (held: Held, amountMinor?: number) =>
  captureCharge(world.engine, {
    accountId: world.accountId,
    chargeId: held.chargeId,
    amountMinor,
    requestedBy: "test",
  });

const voiding = (held: Held) =>
  voidCharge(world.engine, {
    accountId: world.accountId,
    chargeId: held.chargeId,
    requestedBy: "test",
  });

describe("money that is held", () => {
  it("has served the subscription, and leaves its invoice open", async () => {
    const held = await holdMoney(world);
    expect(await ledgerOf(world, held)).toEqual([`authorization ${heldAmount}`]);
    expect(await statusOf(world, held.subscriptionId)).toBe("active");
    expect(await invoiceStatusOf(world, held)).toBe("open");
    const charge = await chargeNow(world, held.chargeId);
    expect(charge.authorizationExpiresAt).toBeDefined();
  });

  it("is captured, which pays the invoice", async () => {
    const held = await holdMoney(world);
    await capture(held);
    const charge = await chargeNow(world, held.chargeId);
    expect([charge.status, charge.capturedMinor]).toEqual(["captured", heldAmount]);
    expect(await ledgerOf(world, held)).toEqual([
      `authorization ${heldAmount}`,
      `capture ${heldAmount}`,
    ]);
    expect(await callsOf(world, held)).toEqual([`capture ${heldAmount} done`]);
    expect(await invoiceStatusOf(world, held)).toBe("paid");
    expect(await eventsSince(world, held)).toEqual(["charge.captured", "invoice.paid"]);
    await expect(capture(held)).rejects.toMatchObject({ code: "charge_not_authorized" });
    await expect(voiding(held)).rejects.toMatchObject({ code: "charge_not_authorized" });
  });

  it("is captured in part, which pays the invoice all the same", async () => {
    const held = await holdMoney(world);
    await capture(held, 300);
    const charge = await chargeNow(world, held.chargeId);
    expect([charge.status, charge.capturedMinor]).toEqual(["captured", 300]);
    expect(await ledgerOf(world, held)).toEqual([`authorization ${heldAmount}`, "capture 300"]);
    expect(await invoiceStatusOf(world, held)).toBe("paid");
  });

  it("is not captured beyond what is held, nor for nothing", async () => {
    const held = await holdMoney(world);
    for (const amountMinor of [0, heldAmount + 1, 1.5]) {
      await expect(capture(held, amountMinor)).rejects.toMatchObject({
        code: "amount_out_of_range",
      });
    }
    expect(await callsOf(world, held)).toEqual([]);
    expect((await chargeNow(world, held.chargeId)).status).toBe("authorized");
  });

  it("is voided, and the subscription goes on without this period's money", async () => {
    const held = await holdMoney(world);
    await voiding(held);
    expect((await chargeNow(world, held.chargeId)).status).toBe("voided");
    expect(await ledgerOf(world, held)).toEqual([
      `authorization ${heldAmount}`,
      `void ${heldAmount}`,
    ]);
    expect(await invoiceStatusOf(world, held)).toBe("void");
    expect(await statusOf(world, held.subscriptionId)).toBe("active");
    expect(await eventsSince(world, held)).toEqual(["charge.voided", "invoice.void"]);
  });

  it("is captured or voided when both are asked at the same moment, never both", async () => {
    const held = await holdMoney(world);
    const both = await Promise.allSettled([capture(held), voiding(held), capture(held)]);
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await callsOf(world, held)).toHaveLength(1);
    expect(await ledgerOf(world, held)).toHaveLength(2);
  });

  it("is not captured while its connection is paused", async () => {
    const held = await holdMoney(world);
    await world.db.database.execute(
      "update gateway_connections set state = 'paused', paused_reason = 'test', paused_at = now()",
    );
    await expect(capture(held)).rejects.toMatchObject({ code: "connection_not_active" });
    await world.db.database.execute(
      "update gateway_connections set state = 'active', paused_reason = null, paused_at = null",
    );
    expect(await callsOf(world, held)).toEqual([]);
  });

  it("may be given back, but not taken, during the emergency stop", async () => {
    const held = await holdMoney(world);
    await world.db.database.execute("update accounts set charging_stopped_at = now()");
    await expect(capture(held)).rejects.toMatchObject({ code: "conflict" });
    await voiding(held);
    await world.db.database.execute("update accounts set charging_stopped_at = null");
    expect(await ledgerOf(world, held)).toEqual([
      `authorization ${heldAmount}`,
      `void ${heldAmount}`,
    ]);
  });
});

describe("a capture that the provider refuses", () => {
  it("leaves the money held, and may be asked again", async () => {
    const held = await holdMoney(world);
    await spoil(world, "capture", { type: "error", code: "1170", when: "before" });
    await expect(capture(held)).rejects.toMatchObject({ code: "authorization_refused" });
    const charge = await chargeNow(world, held.chargeId);
    expect([charge.status, charge.failure?.code]).toEqual(["authorized", "1170"]);
    expect(await eventsSince(world, held)).toEqual(["charge.capture_failed"]);
    await capture(held);
    expect(await callsOf(world, held)).toEqual([
      `capture ${heldAmount} refused`,
      `capture ${heldAmount} done`,
    ]);
  });

  it("pauses the connection when its credentials are the reason", async () => {
    const held = await holdMoney(world);
    await spoil(world, "capture", { type: "error", code: "1106", when: "before" });
    await expect(capture(held)).rejects.toMatchObject({ code: "authorization_refused" });
    expect((await connectionNow(world)).state).toBe("paused");
    await world.db.database.execute(
      "update gateway_connections set state = 'active', paused_reason = null, paused_at = null",
    );
    expect((await chargeNow(world, held.chargeId)).status).toBe("authorized");
  });

  it("is charged again after the first dunning delay when the money was given up (1280)", async () => {
    const held = await holdMoney(world);
    await spoil(world, "capture", { type: "decline", code: "1280" });
    await expect(capture(held)).rejects.toMatchObject({ code: "authorization_released" });
    expect(await ledgerOf(world, held)).toEqual([
      `authorization ${heldAmount}`,
      `void ${heldAmount}`,
    ]);
    expect(await callsOf(world, held)).toEqual([`capture ${heldAmount} released`]);
    const [first, second, ...others] = await chargesOf(world, held.subscriptionId);
    expect(others).toEqual([]);
    expect([first?.status, second?.status, second?.generation]).toEqual(["voided", "scheduled", 1]);
    expect(await invoiceStatusOf(world, held)).toBe("open");
    expect(await statusOf(world, held.subscriptionId)).toBe("past_due");
    expect(await eventsSince(world, held)).toEqual([
      "charge.authorization_released",
      "subscription.past_due",
    ]);
  });

  it("asks for another method when the refusal killed the key (1282)", async () => {
    const held = await holdMoney(world);
    await spoil(world, "capture", { type: "decline", code: "1282" });
    await expect(capture(held)).rejects.toMatchObject({ code: "authorization_released" });
    expect(await chargesOf(world, held.subscriptionId)).toHaveLength(1);
    expect(await eventsSince(world, held)).toEqual([
      "charge.authorization_released",
      "subscription.past_due",
      "subscription.method_required",
    ]);
  });
});

describe("a capture or void whose answer is lost", () => {
  let own: World;
  beforeAll(async () => {
    own = await createHeldWorld();
    own.worker();
  });
  afterAll(() => own.stop());

  const ask = (kind: "capture" | "void", { chargeId }: Held) => {
    const wanted = { accountId: own.accountId, chargeId, requestedBy: "test" };
    return kind === "capture" ? captureCharge(own.engine, wanted) : voidCharge(own.engine, wanted);
  };

  for (const type of ["drop_answer", "close_after", "garbage"]) {
    it(`is adopted from the look-up: captured (${type})`, async () => {
      const held = await holdMoney(own);
      await spoil(own, "capture", { type });
      await ask("capture", held);
      await untilStatus(own, held, "captured");
      expect(await callsOf(own, held)).toEqual([`capture ${heldAmount} done`]);
      expect(await ledgerOf(own, held)).toEqual([
        `authorization ${heldAmount}`,
        `capture ${heldAmount}`,
      ]);
      expect(await invoiceStatusOf(own, held)).toBe("paid");
    });
  }

  it("is adopted from the look-up: voided", async () => {
    const held = await holdMoney(own);
    await spoil(own, "void", { type: "close_after" });
    await ask("void", held);
    await untilStatus(own, held, "voided");
    expect(await callsOf(own, held)).toEqual([`void ${heldAmount} done`]);
    expect(await invoiceStatusOf(own, held)).toBe("void");
  });

  it("is adopted from the look-up: given up by the provider, and charged again", async () => {
    const held = await holdMoney(own);
    await spoil(own, "capture", { type: "decline", code: "1199" });
    await expect(ask("capture", held)).rejects.toMatchObject({ code: "authorization_released" });
    expect(await chargesOf(own, held.subscriptionId)).toHaveLength(2);
  });

  for (const kind of ["capture", "void"] as const) {
    it(`leaves the money held when the ${kind} never arrived, and says so`, async () => {
      const held = await holdMoney(own);
      await spoil(own, kind, { type: "drop_request" });
      await ask(kind, held);
      expect((await chargeNow(own, held.chargeId)).status).toMatch(/capturing|voiding/);
      await untilStatus(own, held, "authorized");
      expect(await eventsSince(own, held)).toEqual([`charge.${kind}_failed`]);
      expect(await callsOf(own, held)).toEqual([`${kind} ${heldAmount} no_effect`]);
      await ask(kind, held);
      expect(await ledgerOf(own, held)).toEqual([
        `authorization ${heldAmount}`,
        `${kind} ${heldAmount}`,
      ]);
    });
  }

  it("is believed only when the look-up finds it: a slow provider books once", async () => {
    const held = await holdMoney(own);
    await spoil(own, "capture", { type: "delay", ms: 1_500, when: "before" });
    await ask("capture", held);
    await untilStatus(own, held, "captured");
    expect(await ledgerOf(own, held)).toEqual([
      `authorization ${heldAmount}`,
      `capture ${heldAmount}`,
    ]);
  });

  it("waits for a person when the provider no longer knows the payment, who may ask again", async () => {
    const held = await holdMoney(own);
    await spoil(own, "capture", { type: "drop_answer" });
    await spoil(own, "details", { type: "stale_lookup" }, 7);
    await ask("capture", held);
    const charge = await untilStatus(own, held, "in_review");
    expect(charge.reviewReason).toBe("outcome_unresolved");
    expect(await eventsSince(own, held)).toEqual(["charge.in_review"]);
    await resolveReview(own.engine, {
      accountId: own.accountId,
      chargeId: held.chargeId,
      decision: "look_up_again",
      note: "LINE Pay has mended its list",
      by: "test",
    });
    await untilStatus(own, held, "captured");
    expect(await callsOf(own, held)).toEqual([`capture ${heldAmount} done`]);
    expect(await ledgerOf(own, held)).toHaveLength(2);
  });

  it("is closed by a person who found nothing held or taken; nothing is charged again", async () => {
    const held = await holdMoney(own);
    await spoil(own, "void", { type: "drop_answer" });
    await spoil(own, "details", { type: "stale_lookup" }, 7);
    await ask("void", held);
    await untilStatus(own, held, "in_review");
    await resolveReview(own.engine, {
      accountId: own.accountId,
      chargeId: held.chargeId,
      decision: "not_paid",
      note: "seen in LINE Pay's console",
      by: "test",
    });
    expect((await chargeNow(own, held.chargeId)).status).toBe("voided");
    expect(await chargesOf(own, held.subscriptionId)).toHaveLength(1);
    expect(await invoiceStatusOf(own, held)).toBe("open");
    expect(await statusOf(own, held.subscriptionId)).toBe("past_due");
  });

  it("is never called captured by a look-up that does not say so", async () => {
    const held = await holdMoney(own);
    const switches = (detailsCarryPayStatus: boolean) =>
      own.control.post("/switches", { provider: "line_pay", detailsCarryPayStatus });
    await switches(false);
    await spoil(own, "capture", { type: "drop_request" });
    await ask("capture", held);
    await untilStatus(own, held, "in_review");
    await switches(true);
    expect(await invoiceStatusOf(own, held)).toBe("open");
    expect(await ledgerOf(own, held)).toEqual([`authorization ${heldAmount}`]);
  });
});
