/** Several people, or the same one twice, decide one charge at once; or somebody of another account. */
import { afterEach, describe, expect, it } from "vitest";
import { createAccount } from "../../src/accounts/create-account.ts";
import { AppError } from "../../src/app-error.ts";
import { listEntries } from "../../src/audit/audit-store.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import type { ReviewDecision } from "../../src/charges/review.ts";
import { everyProvider, spoilCharge } from "../support/provider-terms.ts";
import { whileUnseen } from "../support/unseen-payment.ts";
import { createWorld, subscribe, untilCharges, type World } from "../support/world.ts";

let world: World;
afterEach(() => world.stop());

async function decide(
  accountId: string,
  chargeId: string,
  decision: ReviewDecision,
): Promise<string> {
  const review = { accountId, chargeId, decision, note: "seen", by: "me" };
  return await resolveReview(world.engine, review).then(
    () => "decided",
    (error: unknown) => (error instanceof AppError ? error.code : "failed"),
  );
}

describe.each(everyProvider)("a charge in review at $provider", (terms) => {
  it("is decided once, with one entry on record, however many decide; and by its account only", async () => {
    world = await createWorld({ provider: terms.provider });
    const { accountId, engine } = world;
    const worker = world.worker();
    await spoilCharge(world, terms.otherAnswer);
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    await worker.stop();
    const chargeId = charge?.id ?? "";
    const { id: stranger } = await createAccount(engine, { name: "Bread", mode: "test" });
    expect(await decide(stranger, chargeId, "give_up")).toBe("not_found");
    const said = await whileUnseen(world, () =>
      Promise.all([
        decide(accountId, chargeId, "give_up"),
        decide(accountId, chargeId, "give_up"),
        decide(accountId, chargeId, "not_paid"),
        decide(accountId, chargeId, "look_up_again"),
      ]),
    );
    expect(said.toSorted()).toEqual(["decided", "review_over", "review_over", "review_over"]);
    const entries = await listEntries(engine.database, accountId, { after: 0, limit: 10 });
    expect(entries.filter(({ subjectId }) => subjectId === chargeId)).toHaveLength(1);
    const told = await engine.database.query(
      "select 1 from events where type = 'charge.review_resolved'",
    );
    expect(told).toHaveLength(1);
  });
});
