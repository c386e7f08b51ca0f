import { afterEach, describe, expect, it } from "vitest";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import { requestRefund } from "../../src/refunds/request-refund.ts";
import {
  chargePayments,
  chargesOf,
  eventually,
  patientWindows,
  subscribe,
  untilCharges,
} from "../support/world.ts";
import { createJournalWorld, type JournalWorld } from "./journal-world.ts";

let forgetful: JournalWorld;
afterEach(() => forgetful.stop());

async function settledSends(): Promise<string[]> {
  const rows = await forgetful.world.db.database.query<{ said: string }>(
    "select kind || ' ' || state || ': ' || detail as said from recovery_sends order by sent_at",
  );
  return rows.map(({ said }) => said);
}

describe("a forgotten payment of a charge that was canceled since the restore", () => {
  it("is told to a person and booked, and nothing is taken again", async () => {
    forgetful = await createJournalWorld();
    const { world } = forgetful;
    const before = await forgetful.start();
    const { subscription } = await subscribe(world);
    await forgetful.snapshot();
    before.work();
    await untilCharges(world, subscription.id, "captured");
    await before.stop();

    await forgetful.restore();
    const { accountId, engine } = world;
    const subscriptionId = subscription.id;
    await cancelSubscription(engine, { accountId, subscriptionId, when: "now", reason: "test" });
    const after = await forgetful.start();
    after.work();
    await forgetful.untilRecovered();
    expect(await chargesOf(world, subscriptionId)).toMatchObject([
      { status: "canceled" },
      { status: "captured" },
    ]);
    const told = await world.db.database.query(
      "select 1 from events where type = 'charge.paid_after_the_end'",
    );
    expect(told).toHaveLength(1);
    expect(await chargePayments(world)).toHaveLength(1);
  });
});

describe("a refund that was sent in the forgotten time", () => {
  it("is looked up before it would be sent, and given back once", async () => {
    forgetful = await createJournalWorld({ windows: patientWindows });
    const { world } = forgetful;
    const { accountId, engine } = world;
    const first = await forgetful.start();
    first.work();
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "captured");
    await first.stop();
    const wanted = {
      accountId,
      chargeId: charge?.id ?? "",
      reason: "test",
      amountMinor: 4_000,
      requestedBy: "test",
    };
    await engine.database.transaction((tx) => requestRefund(tx, engine, wanted));
    await forgetful.snapshot();
    const refundStatus = async () => {
      const rows = await world.db.database.query<{ status: string }>("select status from refunds");
      return rows.map(({ status }) => status);
    };
    const refunded = async () => (await refundStatus()).join() === "refunded";
    const second = await forgetful.start();
    second.work();
    await eventually("the refund", refunded);
    await second.stop();

    await forgetful.restore();
    expect(await refundStatus()).toEqual(["requested"]);
    const third = await forgetful.start();
    third.work();
    await forgetful.untilRecovered();
    await eventually("the refund to be found", refunded);
    const given = (await world.control.ledger()).filter(({ kind }) => kind === "refund");
    expect(given.map(({ amount }) => amount)).toEqual([4_000]);
  });
});

describe("sends of another database, in the same journal", () => {
  it("hold nobody up: nothing here could be charged for them", async () => {
    forgetful = await createJournalWorld();
    const { world } = forgetful;
    await forgetful.snapshot();
    const before = await forgetful.start();
    before.work();
    const { subscription } = await subscribe(world);
    await untilCharges(world, subscription.id, "captured");
    await before.stop();

    await forgetful.restore();
    const after = await forgetful.start();
    after.work();
    await forgetful.untilRecovered();
    expect(await settledSends()).toEqual([
      "charge settled: nothing in this database could be charged for it",
    ]);
  });
});
