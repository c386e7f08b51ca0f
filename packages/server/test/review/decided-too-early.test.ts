/** A person decides while the provider may still be about to show what it took. */
import { afterEach, describe, expect, it } from "vitest";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import { resumeConnection } from "../../src/connections/connection-store.ts";
import { everyProvider, spoilCharge } from "../support/provider-terms.ts";
import { whileUnseen } from "../support/unseen-payment.ts";
import {
  addConnection,
  chargePayments,
  chargesOf,
  createWorld,
  registerMethod,
  subscribe,
  testWindows,
  untilCharges,
  type World,
} from "../support/world.ts";

let world: World;
afterEach(() => world.stop());

describe.each(everyProvider)(
  "a charge in review at $provider, whose customer has moved on",
  (it_) => {
    it("is not collected elsewhere before the provider must show what it took", async () => {
      const windows = { ...testWindows, settleWindowMs: 3_600_000 };
      world = await createWorld({ provider: it_.provider, windows });
      const { accountId, connection, db, emulator, engine } = world;
      const worker = world.worker();
      await spoilCharge(world, it_.otherAnswer);
      const { customerId, subscription } = await subscribe(world);
      const [charge] = await untilCharges(world, subscription.id, "in_review");
      const other = await addConnection(engine, accountId, emulator, 10, it_.provider);
      const elsewhere = { ...world, connection: other };
      await registerMethod(elsewhere, customerId, { subscriptionId: subscription.id });
      await resumeConnection(db.database, accountId, connection.id);
      const review = { accountId, chargeId: charge?.id ?? "", note: "not there", by: "test" };
      const decided = await whileUnseen(world, async () => {
        const code = await resolveReview(engine, { ...review, decision: "not_paid" }).then(
          () => "decided",
          (error: { code?: string }) => error.code,
        );
        if (code === "decided") await untilCharges(world, subscription.id, "captured");
        return code;
      });
      await worker.stop();
      expect(await chargePayments(world)).toHaveLength(1);
      expect(decided).toBe("review_too_early");
      expect((await chargesOf(world, subscription.id)).map(({ status }) => status)).toEqual([
        "in_review",
      ]);
    });
  },
);
