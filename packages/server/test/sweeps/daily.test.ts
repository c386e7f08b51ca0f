import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pauseConnection } from "../../src/connections/connection-store.ts";
import { listSweeps } from "../../src/sweeps/sweep-reads.ts";
import { tendSweeps } from "../../src/sweeps/tend-sweeps.ts";
import { askForSweep, lineOf, findingsOf, sweepNow, toldOf } from "../support/sweep-world.ts";
import { paidCharge, refundInConsole } from "../support/refund-world.ts";
import { createWorld, eventually, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.stop());

async function connectedSince(days: number): Promise<void> {
  await world.engine.database.execute(
    "update gateway_connections set created_at = protocol_now() - $1::int * interval '1 day'",
    [days],
  );
}

async function sweeps() {
  const page = { limit: 100, after: undefined };
  const { items } = await listSweeps(world.engine.database, world.accountId, {}, page);
  return items;
}

describe("a worker", () => {
  it("compares each connection once a day, whatever its state, and books what it finds", async () => {
    const charge = await paidCharge(world);
    await refundInConsole(world, charge, 4_000);
    await pauseConnection(world.engine.database, world.accountId, world.connection.id, "test");
    await connectedSince(2);
    world.worker();
    world.worker();
    const [daily] = await eventually("the daily sweep", async () => {
      const all = await sweeps();
      return all.some(({ status }) => status === "finished") && all;
    });
    expect(daily).toMatchObject({ requestedBy: "daily", found: 1, open: 0, failure: undefined });
    expect((await findingsOf(world)).map(lineOf)).toEqual([
      `refund_elsewhere booked settled by maedal ${charge.paymentId}`,
    ]);
    expect(await tendSweeps(world.engine)).toBe(0);
    expect(await sweeps()).toHaveLength(1);
  });

  it("has nothing to compare on a connection's first day", async () => {
    expect(await tendSweeps(world.engine)).toBe(0);
    expect(await sweeps()).toEqual([]);
  });

  it("runs what was asked for as soon as it is asked", async () => {
    world.worker();
    const id = await askForSweep(world);
    await eventually("the sweep", async () => (await sweepNow(world, id)).status === "finished");
  });

  it("goes on with a sweep whose process died, and where that had come to", async () => {
    await paidCharge(world);
    const id = await askForSweep(world);
    await world.engine.database.execute(
      `update sweeps set done_until = to_at - interval '1 minute', listed = 7,
         lease_token = gen_random_uuid(), lease_until = protocol_now() - interval '1 second'`,
    );
    expect(await tendSweeps(world.engine)).toBe(1);
    const view = await sweepNow(world, id);
    expect(view).toMatchObject({ status: "finished", asked: 0 });
    expect(view.listed).toBeGreaterThanOrEqual(7);
    expect(view.doneUntil.toString()).toBe(view.to.toString());
  });

  it("leaves the rest to another when it is stopped", async () => {
    const id = await askForSweep(world);
    expect(await tendSweeps(world.engine, AbortSignal.abort())).toBe(1);
    expect(await sweepNow(world, id)).toMatchObject({ status: "running", failure: undefined });
    expect(await tendSweeps(world.engine)).toBe(1);
    expect((await sweepNow(world, id)).status).toBe("finished");
  });
});

describe("a refund in LINE Pay's console, which no list shows", () => {
  it("is found by asking once more about what was paid a week, a month or two months ago", async () => {
    const linePay = await createWorld({ provider: "line_pay" });
    const charge = await paidCharge(linePay);
    const { database } = linePay.engine;
    // As if everything had begun a week earlier.
    await database.execute("alter table attempts disable trigger attempts_are_append_only");
    await database.execute("update attempts set claimed_at = claimed_at - interval '7 days'");
    const since = "protocol_now() - interval '2 days'";
    await database.execute(`update gateway_connections set created_at = ${since}`);
    await refundInConsole(linePay, charge, 4_000);
    expect(await tendSweeps(linePay.engine)).toBe(2);
    expect((await findingsOf(linePay)).map(lineOf)).toEqual([
      `refund_elsewhere booked settled by maedal ${charge.paymentId}`,
    ]);
    await linePay.stop();
  });
});

describe("a provider that gives no answer for a day", () => {
  it("ends the sweep as failed, which is told; the next one covers its time again", async () => {
    await connectedSince(3);
    const list = { operation: "transactions", times: null, action: { type: "outage" } };
    await world.control.fault(list);
    const due = "update sweeps set held_until = protocol_now() where status = 'running'";
    await eventually("the sweep to be given up", async () => {
      await tendSweeps(world.engine);
      await world.engine.database.execute(due);
      return (await sweeps()).some(({ status }) => status === "failed");
    });
    expect(await toldOf(world)).toEqual({ "sweep.failed": 1 });
    await world.control.clearFaults();
    await tendSweeps(world.engine);
    const all = await sweeps();
    const [finished] = all.filter(({ status }) => status === "finished");
    const [failed] = all.filter(({ status }) => status === "failed");
    expect(finished?.from.toString()).toBe(failed?.from.toString());
  });
});
