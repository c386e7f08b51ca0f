/** One job: simulations one after the other on a database of its own; one line of JSON for each. */
import type { SabotageName } from "../sabotage/sabotage-names.ts";
import { honest, sabotages, type Sabotage } from "../sabotage/sabotages.ts";
import { emptyingSql, startArena } from "./arena.ts";
import { openBackends } from "./backends.ts";
import { readProfileQueries } from "./profiles.ts";
import { seedEmulator } from "./seeded-crypto.ts";
import { prepareSetBack } from "./set-back.ts";
import { simulate } from "./simulation.ts";

export interface JobOrder {
  readonly seeds: readonly string[];
  readonly sabotage: SabotageName | undefined;
  /** Where its database goes; empty, and cleared away by whoever gives the order. */
  readonly directory: string;
  /** Tells the whole course of each simulation, not only its end. */
  readonly tellsTrace: boolean;
}

/** @param signal Ends the job after the simulation that it is at. */
export async function runJob(
  order: JobOrder,
  tell: (line: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const arena = await startArena(order.directory);
  let nowMs = () => 0;
  const backends = await openBackends(arena.url, () => nowMs());
  try {
    const direct = <Row>(sql: string) => backends.direct<Row>(sql);
    const setBackSql = await prepareSetBack(direct);
    const emptying = await emptyingSql(direct);
    const profileQueries = await readProfileQueries(direct);
    const { schema } = sabotageOf(order);
    if (schema !== undefined) await backends.direct(schema);
    for (const [n, seed] of order.seeds.entries()) {
      if (signal.aborted) break;
      const startedAtMs = performance.now();
      seedEmulator(seed);
      const { trace, ...report } = await simulate({
        seed,
        backends,
        profileQueries,
        setBackSql,
        sabotage: sabotageOf(order),
        setClock: (clock) => {
          nowMs = clock;
        },
      });
      const ms = performance.now() - startedAtMs;
      tell({ ...report, ms, ...(order.tellsTrace ? { trace } : {}) });
      await backends.direct(emptying + setBackSql.begin);
      // What is left of rows that were put back would lie in the way of the next simulation's.
      const hasLost = Object.keys(report.faults).some((kind) => /failover|restore/.test(kind));
      if (hasLost || n % 25 === 24) await backends.direct("vacuum");
    }
  } finally {
    await backends.close();
    await arena.stop();
  }
}

/** A new one for each simulation: some of them count. */
function sabotageOf({ sabotage }: JobOrder): Sabotage {
  return sabotage === undefined ? honest : sabotages[sabotage]();
}
