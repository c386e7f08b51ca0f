/** Imported subscriptions are charged by a worker: the emulator's ledger is the judge. */
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorld, addPlan, eventually, type World } from "../support/world.ts";
import { formerKeys, importRows, tallyOf } from "./former-system.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld({ provider: "portone" });
});
afterAll(() => world.stop());

/** The database's own clock shows another day from now on. */
async function daysPass(days: number): Promise<void> {
  await world.db.database.execute(
    `create or replace function protocol_now() returns timestamptz language sql stable parallel safe
     as $$ select clock_timestamp() + interval '${days} days' $$`,
  );
}

async function paidKeys(): Promise<string[]> {
  return (await world.control.payments()).map(({ key }) => key).sort();
}

/** Every subscription was moved on beyond the database's now, and no charge is left to make. */
async function untilNothingIsDue(): Promise<void> {
  await eventually("nothing to be due", async () => {
    const [row] = await world.db.database.query<{ n: number }>(
      `select (select count(*) from subscriptions where next_due_at <= protocol_now())::int
         + (select count(*) from charges where status not in ('captured', 'failed'))::int as n`,
    );
    return row?.n === 0;
  });
}

describe("customers who were imported with different days", () => {
  it("are each charged once on their day, and not before; then a month later", async () => {
    const keys = (await formerKeys(world, 20)).sort();
    const planId = await addPlan(world);
    const today = Temporal.Now.plainDateISO("Asia/Seoul");
    const rows = keys.map((customer_uid, index) => ({
      customer_uid,
      external_id: `user-${index}`,
      plan_id: planId,
      next_charge_on: today.add({ days: index < 10 ? 3 : 6 }).toString(),
      charge_time: "00:00",
    }));
    expect(await importRows(world, rows)).toEqual(
      tallyOf({ rows: 20, imported: 20, subscriptions: 20 }),
    );
    world.worker();
    const first = keys.slice(0, 10);

    await daysPass(1);
    await untilNothingIsDue();
    expect(await paidKeys()).toEqual([]);

    await daysPass(4);
    await eventually("the first ten", async () => (await paidKeys()).length >= 10);
    await untilNothingIsDue();
    expect(await paidKeys()).toEqual(first);

    await daysPass(7);
    await eventually("all twenty", async () => (await paidKeys()).length >= 20);
    await untilNothingIsDue();
    expect(await paidKeys()).toEqual(keys);

    await importRows(world, rows);
    await untilNothingIsDue();
    expect(await paidKeys()).toEqual(keys);

    await daysPass(3 + 32);
    await eventually("the next month", async () => (await paidKeys()).length >= 30);
    await untilNothingIsDue();
    expect((await paidKeys()).filter((key) => first.includes(key))).toEqual(
      [...first, ...first].sort(),
    );
  });
});
