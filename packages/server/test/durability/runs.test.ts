import { afterEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { realEffects } from "../../src/effects.ts";
import type { Engine } from "../../src/engine.ts";
import { unjournaled } from "../../src/journal/send-guard.ts";
import { confirmRun, watchRuns } from "../../src/runs/hold-run.ts";
import { runPolicy } from "../../src/runs/run-size.ts";
import { listRunHolds } from "../../src/runs/run-store.ts";
import { readStopPreview } from "../../src/runs/stop-preview.ts";
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

/** As live accounts are watched, with so few charges that a test can have more. */
function watched(): Engine {
  const runs = watchRuns(realEffects, { ...runPolicy, smallestRun: 3 });
  return world.engineWith({
    sends: {
      ...unjournaled,
      mayRun: (tx, { accountId, id: connectionId }, { begins }) =>
        runs.admit(tx, { accountId, connectionId }, begins),
    },
  });
}

async function addHistory(days: readonly number[]): Promise<void> {
  const { accountId, connection, db } = world;
  await db.database.execute(
    `insert into run_days (account_id, connection_id, day, charges)
     select $1, $2, (protocol_now() at time zone 'UTC')::date - 20 + n::int, charges
     from unnest($3::int[]) with ordinality as d(charges, n)`,
    [accountId, connection.id, `{${days.join(",")}}`],
  );
}

/** Of the database, from which every clock of a run is read. */
async function setClock(at: string): Promise<void> {
  await world.db.database.execute(
    `create or replace function protocol_now() returns timestamptz language sql stable parallel safe
     as $$ select timestamptz '${at}' $$`,
  );
}

async function eventTypes(): Promise<string[]> {
  const rows = await world.db.database.query<{ type: string }>(
    "select type from events where type like 'gateway_connection.%' order by position",
  );
  return rows.map(({ type }) => type);
}

describe("a run that is larger than usual", () => {
  it("waits for a person, and goes on when they have confirmed it", async () => {
    world = await createWorld();
    await addHistory([2, 1, 2]);
    const subscribed = [];
    for (let n = 0; n < 4; n += 1) subscribed.push(await subscribe(world));
    const engine = watched();
    world.worker(engine);
    const [hold] = await eventually("the run to be held", async () => {
      const holds = await listRunHolds(world.db.database);
      return holds.length > 0 && holds;
    });
    expect(hold).toMatchObject({ connectionId: world.connection.id, charges: 4, usual: 2 });
    expect(await chargePayments(world)).toEqual([]);

    const { accountId, connection } = world;
    await confirmRun(engine, { accountId, connectionId: connection.id }, "Min");
    for (const { subscription } of subscribed) {
      await untilCharges(world, subscription.id, "captured");
    }
    expect(await eventTypes()).toEqual([
      "gateway_connection.run_held",
      "gateway_connection.run_confirmed",
    ]);
    const counted = await world.db.database.query<{ charges: number }>(
      "select charges from run_days order by day desc limit 1",
    );
    expect(counted).toEqual([{ charges: 4 }]);
  });

  it("is confirmed once, also when it is not over before midnight", async () => {
    world = await createWorld();
    await setClock("2027-01-10T23:50:00Z");
    await addHistory([2, 1, 2]);
    const { accountId, connection } = world;
    for (let n = 0; n < 9; n += 1) await subscribe(world);
    const engine = watched();
    const claim = () => claimCharges(engine, connection, capabilities, "real", 1);
    const { capabilities } = await world.patient.of(engine.database, connection);
    expect(await claim()).toEqual([]);
    await confirmRun(engine, { accountId, connectionId: connection.id }, "Min");
    expect(await claim()).toHaveLength(1);
    await setClock("2027-01-11T00:10:00Z");
    expect(await claimCharges(watched(), connection, capabilities, "real", 1)).toHaveLength(1);
  });

  it("does not wait when the connection has no usual day yet", async () => {
    world = await createWorld();
    const engine = watched();
    const subscribed = [];
    for (let n = 0; n < 4; n += 1) subscribed.push(await subscribe(world));
    world.worker(engine);
    for (const { subscription } of subscribed) {
      await untilCharges(world, subscription.id, "captured");
    }
    expect(await listRunHolds(world.db.database)).toEqual([]);
  });
});

describe("the preview of a stop", () => {
  it("counts what is due now, within a day and within a week, and sums it by currency", async () => {
    world = await createWorld();
    const { accountId, connection, db } = world;
    await subscribe(world);
    await subscribe(world, { clockAt: "2026-03-02T01:00:00Z" });
    const later = await subscribe(world);
    await db.database.execute(
      `update charges set due_at = protocol_now() + interval '3 days' where subscription_id = $1`,
      [later.subscription.id],
    );
    const won = (count: number) => [
      { count, amount: { amountMinor: count * 9_900, currency: "KRW" } },
    ];
    const preview = {
      now: won(2),
      withinDay: won(2),
      withinWeek: won(3),
      subscriptions: 3,
      refunds: 0,
    };
    expect(await readStopPreview(db.database, accountId, undefined)).toEqual(preview);
    expect(await readStopPreview(db.database, accountId, connection.id)).toEqual(preview);
    expect(await readStopPreview(db.database, accountId, "gwy_other")).toEqual({
      now: [],
      withinDay: [],
      withinWeek: [],
      subscriptions: 0,
      refunds: 0,
    });
  });
});
