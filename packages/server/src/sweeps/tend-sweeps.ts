/** Tends sweeps: plans the daily ones, runs what is asked for, and settles what has come right. */
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { settleAdopted } from "./finding-store.ts";
import { runSweep, sweepLeaseMs } from "./run-sweep.ts";
import { dueDaily } from "./sweep.ts";
import { claimSweep, insertSweep, listSweptConnections } from "./sweep-store.ts";

/** Asked for by the clock; every other word is somebody's. */
const daily = "daily";

/**
 * @param signal Ends it between two questions to a provider.
 * @returns How many sweeps were planned or taken up: 0 when there is nothing to do now.
 */
export async function tendSweeps(engine: Engine, signal?: AbortSignal): Promise<number> {
  const { database, effects } = engine;
  await settleAdopted(database);
  const planned = await planDailySweeps(engine);
  const sweep = await claimSweep(database, effects.random.uuid(), sweepLeaseMs);
  if (sweep === undefined) return planned;
  const end = await runSweep(engine, sweep, signal === undefined ? {} : { signal });
  if ("failure" in end) {
    const { failure, kind } = end;
    engine.log.warn({ sweepId: sweep.id, kind, failure }, "a sweep got no clear answer");
  }
  return planned + 1;
}

/** Safe in any number of workers: a connection has one daily sweep at a time. */
async function planDailySweeps({ database, effects }: Engine): Promise<number> {
  let planned = 0;
  for (const connection of await listSweptConnections(database)) {
    const range = dueDaily(connection);
    if (range === undefined) continue;
    const { accountId, id: connectionId } = connection;
    const id = newId("swp", effects.random);
    const sweep = { accountId, id, connectionId, requestedBy: daily, ...range };
    if (await insertSweep(database, sweep)) planned += 1;
  }
  return planned;
}
