import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../src/app-error.ts";
import { listEntries } from "../../src/audit/audit-store.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import type { Despite, ReviewDecision } from "../../src/charges/review.ts";
import { readCase } from "../../src/reviews/read-case.ts";
import { resumeConnection } from "../../src/connections/connection-store.ts";
import { everyProvider, spoil, spoilCharge, spoilLookUp } from "../support/provider-terms.ts";
import { whileUnseen } from "../support/unseen-payment.ts";
import {
  chargePayments,
  createWorld,
  eventually,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

let world: World;
afterEach(() => world.stop());

const person = { note: "seen in the console", by: "J. Park" };

/** What became of the decision: the charge's status, or why it was refused. */
async function decide(
  chargeId: string,
  decision: ReviewDecision,
  despite?: Despite,
): Promise<string> {
  const { accountId, engine } = world;
  const review = { accountId, chargeId, decision, despite, ...person };
  try {
    await resolveReview(engine, review);
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  const [row] = await engine.database.query<{ status: string }>(
    "select status from charges where id = $1",
    [chargeId],
  );
  return row?.status ?? "";
}

/** `decision objection`, as the page shows it. */
async function choicesOf(chargeId: string): Promise<string[]> {
  const open = await readCase(world.engine, world.accountId, chargeId);
  const choices = open?.choices ?? [];
  return choices.map(({ decision, objection }) => `${decision} ${objection ?? "free"}`);
}

async function auditOf(subjectId: string): Promise<string[]> {
  const page = { after: 0, limit: 100, subjectId };
  const entries = await listEntries(world.engine.database, world.accountId, page);
  return entries.map(({ action, actor, reason }) => `${action} ${actor}: ${reason}`);
}

describe.each(everyProvider)("a charge in review at $provider", (terms) => {
  let chargeId: string;
  let subscriptionId: string;

  /** Its answer was about something else; the money was taken. */
  beforeEach(async () => {
    world = await createWorld({ provider: terms.provider });
    world.worker();
    await spoilCharge(world, terms.otherAnswer);
    const { subscription } = await subscribe(world);
    subscriptionId = subscription.id;
    const [charge] = await untilCharges(world, subscriptionId, "in_review");
    chargeId = charge?.id ?? "";
  });

  it("that the provider shows as paid is neither sent again nor given up, only looked up", async () => {
    expect(await choicesOf(chargeId)).toEqual([
      "look_up_again free",
      "not_paid contradicted",
      "give_up contradicted",
    ]);
    expect(await decide(chargeId, "not_paid")).toBe("review_contradicted");
    expect(await decide(chargeId, "not_paid", "provider_silent")).toBe("review_contradicted");
    expect(await decide(chargeId, "give_up")).toBe("review_contradicted");
    expect(await auditOf(chargeId)).toEqual([]);
    await decide(chargeId, "look_up_again");
    await untilCharges(world, subscriptionId, "captured");
    expect(await chargePayments(world)).toHaveLength(1);
    expect(await auditOf(chargeId)).toEqual(["charge.look_up_again J. Park: seen in the console"]);
  });

  it("that the provider does not show is sent again, under the order id that it pays once", async () => {
    expect(await whileUnseen(world, () => decide(chargeId, "not_paid"))).toBe("scheduled");
    await resumeConnection(world.db.database, world.accountId, world.connection.id);
    await untilCharges(world, subscriptionId, "captured");
    expect(await chargePayments(world)).toHaveLength(1);
  });

  it("is not decided while the provider is silent, unless the person says so; that is kept", async () => {
    await spoilLookUp(world, { type: "outage" }, { times: null });
    expect(await choicesOf(chargeId)).toEqual([
      "look_up_again free",
      "not_paid silent",
      "give_up silent",
    ]);
    expect(await decide(chargeId, "give_up")).toBe("provider_silent");
    expect(await decide(chargeId, "give_up", "provider_silent")).toBe("failed");
    expect(await auditOf(chargeId)).toEqual(["charge.give_up J. Park: seen in the console"]);
    const page = { after: 0, limit: 1, subjectId: chargeId };
    const [entry] = await listEntries(world.engine.database, world.accountId, page);
    const evidence = JSON.parse(entry?.evidence ?? "{}") as Record<string, unknown>;
    expect(evidence).toMatchObject({
      reviewReason: "mismatch",
      despite: "provider_silent",
      provider: { orders: [{ finding: "no_answer" }] },
    });
  });
});

describe.each(everyProvider)("an earlier order id of the invoice, at $provider", (terms) => {
  it("that turns out to be paid contradicts, too", async () => {
    world = await createWorld({ provider: terms.provider });
    world.worker();
    await spoil(world, terms.refusedButPaid);
    const { subscription } = await subscribe(world, { clockAt: "2026-03-02T01:00:00Z" });
    const charge = await eventually("the refusal", async () => {
      const [now] = await untilCharges(world, subscription.id, "scheduled");
      return now?.declines === 1 && now;
    });
    await world.db.database.execute(
      `update charges set status = 'in_review', review_reason = 'cannot_be_sent', due_at = null
       where id = $1`,
      [charge.id],
    );
    const [payment] = await chargePayments(world);
    expect(payment?.orderId).not.toBe(charge.order_id);
    expect(await decide(charge.id, "give_up")).toBe("review_contradicted");
  });
});

describe("a charge that changes while the provider is asked", () => {
  it("is not decided: the person has to read it again", async () => {
    world = await createWorld();
    world.worker();
    await spoilCharge(world, { type: "alter_answer", set: { totalAmount: 1 } });
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    const { database, gateways } = world.engine;
    const engine = world.engineWith({
      gateways: {
        async of(db, connection) {
          await database.execute("update charges set updated_at = protocol_now()");
          return await gateways.of(db, connection);
        },
      },
    });
    const { accountId } = world;
    const review = { accountId, chargeId: charge?.id ?? "", decision: "not_paid" } as const;
    const deciding = whileUnseen(world, () => resolveReview(engine, { ...review, ...person }));
    await expect(deciding).rejects.toThrow("has changed meanwhile");
  });
});
