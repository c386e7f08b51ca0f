import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "../../src/app-error.ts";
import type { Despite } from "../../src/charges/review.ts";
import { resolveRefund } from "../../src/refunds/resolve-refund.ts";
import type { RefundReviewDecision } from "../../src/refunds/refund.ts";
import { readCase } from "../../src/reviews/read-case.ts";
import { listReviews } from "../../src/reviews/review-reads.ts";
import { everyProvider } from "../support/provider-terms.ts";
import {
  askForRefund,
  expectBooksToMatch,
  ledgerRefunds,
  paidCharge,
  refundInConsole,
  spoilRefund,
  untilRefund,
  wordsOf,
  type PaidCharge,
} from "../support/refund-world.ts";
import { createWorld, type World } from "../support/world.ts";

describe.each(everyProvider)("a refund in review at $provider", ({ provider }) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ provider });
    world.worker();
  });
  afterAll(() => world.stop());

  /** Sent four times, and the provider shows nothing of it. */
  async function inReview(): Promise<{ charge: PaidCharge; refundId: string }> {
    const charge = await paidCharge(world);
    await spoilRefund(world, charge, { type: "close_before" }, 4);
    const refundId = await askForRefund(world, charge, 4_000);
    await untilRefund(world, charge, refundId, "in_review");
    return { charge, refundId };
  }

  async function decide(
    refundId: string,
    decision: RefundReviewDecision,
    despite?: Despite,
  ): Promise<string> {
    const { accountId, engine } = world;
    const person = { decision, despite, note: "seen in the console", by: "test" };
    try {
      await resolveRefund(engine, { accountId, refundId, ...person });
      return "decided";
    } catch (error) {
      if (error instanceof AppError) return error.code;
      throw error;
    }
  }

  it("that the provider shows by now is neither sent again nor given up", async () => {
    const { charge, refundId } = await inReview();
    await refundInConsole(world, charge, 4_000);
    expect(await decide(refundId, "not_refunded")).toBe("review_contradicted");
    expect(await decide(refundId, "give_up", "provider_silent")).toBe("review_contradicted");
    expect(await decide(refundId, "look_up_again")).toBe("decided");
    await untilRefund(world, charge, refundId, "refunded");
    expect(await ledgerRefunds(world, charge)).toEqual([4_000]);
    await expectBooksToMatch(world, charge);
  });

  it("stands in the queue with what its payment's list shows", async () => {
    const { charge, refundId } = await inReview();
    await refundInConsole(world, charge, 3_000);
    const { accountId, engine } = world;
    const page = { limit: 100, after: undefined };
    const { items } = await listReviews(engine.database, accountId, page);
    const line = items.find(({ id }) => id === refundId);
    expect([line?.kind, line?.chargeId, line?.reason]).toEqual([
      "refund",
      charge.id,
      "resends_exhausted",
    ]);
    const open = await readCase(engine, accountId, refundId);
    expect(open?.payment?.unbooked.map(({ amountMinor }) => amountMinor)).toEqual([3_000]);
    expect(open?.choices.map(({ objection }) => objection)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is not decided while the provider is silent, unless the person says so", async () => {
    const { charge, refundId } = await inReview();
    const match = { paymentKey: charge.paymentId };
    const operation = wordsOf(world).lookUp;
    const silent = { provider, operation, match, times: null, action: { type: "outage" } };
    await world.control.fault(silent);
    expect(await decide(refundId, "give_up")).toBe("provider_silent");
    expect(await decide(refundId, "give_up", "provider_silent")).toBe("decided");
    await untilRefund(world, charge, refundId, "failed");
  });
});
