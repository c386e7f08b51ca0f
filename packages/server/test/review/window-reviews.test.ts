import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import type { ReviewDecision } from "../../src/charges/review.ts";
import { reopenConnection } from "../../src/connections/hold-connection.ts";
import { onceSettled, whileUnseen } from "../support/unseen-payment.ts";
import {
  newcomer,
  register,
  standingOf,
  untilOver,
  type Visitor,
} from "../support/window-world.ts";
import { addConnection, createWorld, registerMethod, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld({ provider: "line_pay" });
});
afterEach(() => world.stop());

/** The provider's answer to the confirmation is about another order: a person must look. */
async function inReview(trialDays: number): Promise<{ visitor: Visitor; chargeId: string }> {
  const visitor = await newcomer(world, { trialDays });
  const action = { type: "alter_answer", set: { info: { orderId: "ANOTHER" } } };
  await world.control.fault({ provider: "line_pay", operation: "confirm", action });
  await register(world, visitor);
  const [charge] = await world.db.database.query<{ id: string }>(
    "select id from charges where status = 'in_review'",
  );
  await reopenConnection(world.engine, world.connection, "test");
  return { visitor, chargeId: charge?.id ?? "" };
}

async function decide(chargeId: string, decision: ReviewDecision): Promise<void> {
  const { accountId, engine } = world;
  const review = { accountId, chargeId, decision, note: "", by: "test" };
  await whileUnseen(world, () => onceSettled(() => resolveReview(engine, review)));
}

/** What the customer does when a window seems to lead nowhere. */
async function registerElsewhere({ customerId, subscription }: Visitor): Promise<void> {
  const { accountId, emulator, engine } = world;
  const connection = await addConnection(engine, accountId, emulator, 10, "line_pay");
  const subscriptionId = subscription.id;
  await registerMethod({ ...world, connection }, customerId, { subscriptionId });
}

const waiting = { status: "incomplete", methodRequired: false, hasKey: false };

describe("what a window took only to register a method, given up by a person", () => {
  it("is void, and the subscription waits for another registration", async () => {
    const { chargeId, visitor } = await inReview(14);
    await decide(chargeId, "give_up");
    expect(await standingOf(world, visitor)).toEqual({
      ...waiting,
      invoices: ["registration void 1"],
    });
    world.worker();
    expect((await untilOver(world, await register(world, visitor))).status).toBe("completed");
    expect(await standingOf(world, visitor)).toMatchObject({ status: "trialing", hasKey: true });
  });

  it("lets a method that came meanwhile begin", async () => {
    const { chargeId, visitor } = await inReview(14);
    await registerElsewhere(visitor);
    await decide(chargeId, "give_up");
    expect(await standingOf(world, visitor)).toMatchObject({ status: "trialing", hasKey: true });
  });

  it("leaves a subscription that runs as it is", async () => {
    const { chargeId, visitor } = await inReview(14);
    await world.db.database.execute(
      `update subscriptions set status = 'trialing', anchor_on = '2030-01-01',
         next_due_at = '2030-01-01T01:00:00Z'`,
    );
    await decide(chargeId, "give_up");
    expect(await standingOf(world, visitor)).toMatchObject({ status: "trialing" });
  });
});

describe("a first payment in a window that was not made, by a person's word", () => {
  it("waits for the customer again", async () => {
    const { chargeId, visitor } = await inReview(0);
    await decide(chargeId, "not_paid");
    expect(await standingOf(world, visitor)).toEqual({
      ...waiting,
      invoices: ["period 0 draft 299"],
    });
  });

  it("is made with the method that came meanwhile", async () => {
    const { chargeId, visitor } = await inReview(0);
    await registerElsewhere(visitor);
    await decide(chargeId, "not_paid");
    expect(await standingOf(world, visitor)).toEqual({
      status: "incomplete",
      methodRequired: false,
      hasKey: true,
      invoices: ["period 0 void 299", "period 1 open 299"],
    });
  });
});
