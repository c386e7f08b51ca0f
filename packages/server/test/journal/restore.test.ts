import { afterEach, describe, expect, it } from "vitest";
import { acceptJournals } from "../../src/journal/journal-store.ts";
import { everyProvider, spoil, spoilCharge, termsOf } from "../support/provider-terms.ts";
import {
  advanceTo,
  chargePayments,
  chargesOf,
  eventually,
  patientWindows,
  subscribe,
  untilCharges,
} from "../support/world.ts";
import { createJournalWorld, type JournalWorld } from "./journal-world.ts";

let restored: JournalWorld;
afterEach(() => restored.stop());

const clockAt = "2026-03-02T01:00:00Z";

describe.each(everyProvider)(
  "a database that was set back to before its charges, at $provider",
  ({ declinedIdsReusable, provider, softDecline }) => {
    it("learns from the journal that a charge was paid, and takes nothing again", async () => {
      restored = await createJournalWorld({ provider });
      const { world } = restored;
      const before = await restored.start();
      const { subscription } = await subscribe(world);
      await restored.snapshot();
      before.work();
      await untilCharges(world, subscription.id, "captured");
      await before.stop();

      await restored.restore();
      expect(await chargesOf(world, subscription.id)).toMatchObject([{ status: "scheduled" }]);
      const after = await restored.start();
      expect(await restored.recoveries()).toEqual([
        { reason: "1 sends of the journal are not in the database", finished_by: null, sends: 1 },
      ]);
      after.work();
      await restored.untilRecovered();
      const [charge] = await untilCharges(world, subscription.id, "captured");
      const payments = await chargePayments(world);
      expect(payments.map(({ orderId }) => orderId)).toEqual([charge?.order_id]);
    });

    it("goes on with the order id that was paid, not with the one that was declined before", async () => {
      restored = await createJournalWorld({ provider });
      const { world } = restored;
      const before = await restored.start();
      const { subscription, testClockId = "" } = await subscribe(world, { clockAt });
      await restored.snapshot();
      // Its provider would take the declined order id again, and the money with it.
      await world.control.post("/switches", { provider, ...declinedIdsReusable });
      await spoil(world, softDecline);
      before.work();
      await untilCharges(world, subscription.id, "scheduled");
      await eventually("the decline", async () => {
        return (await chargesOf(world, subscription.id)).some(({ declines }) => declines === 1);
      });
      await advanceTo(world, testClockId, "2026-03-03T01:00:00Z");
      const [paid] = await untilCharges(world, subscription.id, "captured");
      expect(paid).toMatchObject({ generation: 1 });
      await before.stop();

      await restored.restore();
      expect(await chargesOf(world, subscription.id)).toMatchObject([{ generation: 0 }]);
      const after = await restored.start();
      after.work();
      await restored.untilRecovered();
      const [charge] = await untilCharges(world, subscription.id, "captured");
      expect(charge).toMatchObject({ generation: 1, order_id: paid?.order_id });
      const payments = await chargePayments(world);
      expect(payments.map(({ orderId }) => orderId)).toEqual([paid?.order_id]);
    });
  },
);

describe("the same database without its journal", () => {
  it("charges twice: under the declined order id, and before that under the next", async () => {
    restored = await createJournalWorld();
    const { world } = restored;
    const { provider } = world.connection;
    const { declinedIdsReusable, softDecline } = termsOf(world);
    await world.control.post("/switches", { provider, ...declinedIdsReusable });
    const { subscription, testClockId = "" } = await subscribe(world, { clockAt });
    await restored.snapshot();
    await spoil(world, softDecline);
    const before = world.worker();
    await eventually("the decline", async () => {
      return (await chargesOf(world, subscription.id)).some(({ declines }) => declines === 1);
    });
    await advanceTo(world, testClockId, "2026-03-03T01:00:00Z");
    await untilCharges(world, subscription.id, "captured");
    await before.stop();

    await restored.restore();
    world.worker();
    await untilCharges(world, subscription.id, "captured");
    expect(await chargePayments(world)).toHaveLength(2);
  });
});

describe("a send that never arrived, of a database that was set back", () => {
  it("is looked up until it is settled, and then sent under the same order id", async () => {
    restored = await createJournalWorld({ windows: patientWindows });
    const { world } = restored;
    const before = await restored.start();
    const { subscription } = await subscribe(world);
    await restored.snapshot();
    await spoilCharge(world, { type: "drop_request" }, { times: 1 });
    before.work();
    await untilCharges(world, subscription.id, "reconciling");
    await before.stop();
    expect(await chargePayments(world)).toEqual([]);

    await restored.restore();
    const after = await restored.start();
    after.work();
    const [charge] = await untilCharges(world, subscription.id, "captured");
    expect(charge).toMatchObject({ generation: 0, resends: 1 });
    const payments = await chargePayments(world);
    expect(payments.map(({ orderId }) => orderId)).toEqual([charge?.order_id]);
  });
});

describe("a database that changes under a running worker", () => {
  it("is noticed at the next claim when it lacks the claim before", async () => {
    restored = await createJournalWorld();
    const { world } = restored;
    const running = await restored.start();
    const first = await subscribe(world);
    const second = await subscribe(world);
    await restored.snapshot();
    running.work();
    for (const { subscription } of [first, second]) {
      await untilCharges(world, subscription.id, "captured");
    }
    await restored.restore();
    await restored.untilRecovered();
    for (const { subscription } of [first, second]) {
      await untilCharges(world, subscription.id, "captured");
    }
    expect(await chargePayments(world)).toHaveLength(2);
    expect(running.opened.guard.troubles().filter(({ stops }) => stops === "all")).toEqual([]);
  });

  it("is compared anew after a failover, also when nothing was lost", async () => {
    restored = await createJournalWorld();
    const { world } = restored;
    const running = await restored.start();
    running.work();
    const first = await subscribe(world);
    await untilCharges(world, first.subscription.id, "captured");
    await world.db.database.execute(
      `create or replace function server_history() returns text language sql stable
       as $$ select (select system_identifier::text from pg_control_system()) || '/00000002' $$`,
    );
    const second = await subscribe(world);
    await untilCharges(world, second.subscription.id, "captured");
    expect(await restored.recoveries()).toEqual([
      {
        reason: "the database is on another timeline than 00000001: a failover or a restore",
        finished_by: "maedal",
        sends: 0,
      },
    ]);
    expect(await chargePayments(world)).toHaveLength(2);
  });
});

describe("a recovery that waits for another worker's journal", () => {
  it("sends nothing until that worker has come back and was compared", async () => {
    restored = await createJournalWorld();
    const { directory, world } = restored;
    const mine = await restored.start();
    const theirs = await restored.start({ directory: `${directory}-of-another-machine` });
    await acceptJournals(world.db.database, "the test", undefined);
    await theirs.stop();
    const { subscription } = await subscribe(world);
    await restored.snapshot();
    mine.work();
    await untilCharges(world, subscription.id, "captured");
    await mine.stop();
    await restored.restore();

    const again = await restored.start();
    again.work();
    await untilCharges(world, subscription.id, "captured");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await restored.recoveries()).toMatchObject([{ finished_by: null }]);
    const back = await restored.start({ directory: `${directory}-of-another-machine` });
    back.work();
    await restored.untilRecovered();
    expect(await chargePayments(world)).toHaveLength(1);
  });
});
