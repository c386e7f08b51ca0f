/**
 * A process that dies at its n-th step: from then on none of its calls returns, an open transaction
 * is rolled back by the database, and a request that was on its way arrives all the same. Steps are
 * every query, the moment before and after each commit, and before and after each request.
 */
import type { HttpSender } from "@maedal/gateways";
import { createGateways } from "../../src/connections/gateways.ts";
import type { Database, Queryable, Transaction } from "../../src/db/database.ts";
import type { Engine } from "../../src/engine.ts";
import { testTimeouts, type World } from "./world.ts";

export interface Mortal {
  readonly database: Database;
  readonly sender: HttpSender;
  /** Runs the work until it ends or the process dies. */
  live<T>(work: () => Promise<T>): Promise<T | "died">;
}

export function mortal(database: Database, sender: HttpSender, diesAt: number): Mortal {
  let steps = 0;
  let die: () => void = () => undefined;
  const death = new Promise<never>((_, reject) => (die = () => reject(new Error("died"))));
  death.catch(() => undefined);
  const never = new Promise<never>(() => undefined);

  async function step(): Promise<void> {
    steps += 1;
    if (steps < diesAt) return;
    die();
    await never;
  }

  const stepwise = (target: Queryable): Queryable => ({
    async query(sql, values) {
      await step();
      return await target.query(sql, values);
    },
    async execute(sql, values) {
      await step();
      return await target.execute(sql, values);
    },
  });

  async function transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const done = database.transaction(async (tx) => {
      const life = (async () => {
        const result = await work({ kind: "transaction", ...stepwise(tx) });
        await step();
        return result;
      })();
      return await Promise.race([life, death]);
    });
    // Rolled back by its death: the dead process never hears of it.
    const result = await done.catch((error: unknown) => {
      return error instanceof Error && error.message === "died" ? never : Promise.reject(error);
    });
    await step();
    return result;
  }

  return {
    database: {
      ...stepwise(database),
      transaction,
      listen: (channel, onWake) => database.listen(channel, onWake),
      close: () => Promise.resolve(),
    },
    sender: {
      close: () => Promise.resolve(),
      async send(request) {
        await step();
        const answer = await sender.send(request);
        await step();
        return answer;
      },
    },
    async live(work) {
      return await Promise.race([work(), death.catch(() => "died" as const)]);
    },
  };
}

/** Far more steps than any work takes. */
const mostSteps = 200;

/**
 * Runs the work in a process that dies at step 1, 2, 3, … until it survives.
 *
 * @param prepare What each process gets for itself.
 * @returns What was prepared, the survivor's last.
 */
export async function killAtEachStep<T>(
  world: World,
  sender: HttpSender,
  prepare: () => Promise<T>,
  work: (engine: Engine, prepared: T) => Promise<unknown>,
): Promise<T[]> {
  const { db, engine } = world;
  const all: T[] = [];
  for (let diesAt = 1; diesAt <= mostSteps; diesAt += 1) {
    const prepared = await prepare();
    all.push(prepared);
    const process = mortal(db.database, sender, diesAt);
    const means = { sender: process.sender, ...engine.effects, timeouts: testTimeouts };
    const gateways = createGateways(engine.keys, means);
    const own = world.engineWith({ database: process.database, gateways });
    if ((await process.live(() => work(own, prepared))) !== "died") return all;
  }
  throw new Error("it never survives");
}
