/**
 * A virtual process's way to PostgreSQL: the Database of the engine, on sessions whose every message is
 * a task of the scheduler. The statements run on a real PostgreSQL.
 */
import type { QueryResult } from "pg";
import type { Database, Transaction } from "../../../server/src/db/database.ts";
import { VirtualSession, type SessionDeps, type Sql, type Values } from "./virtual-session.ts";

export interface VirtualDatabase extends Database {
  /** The process has died: its sessions end, and what they did not commit is undone. */
  abandon(): void;
  /** The server ends all sessions. */
  breakOff(): Promise<void>;
}

/** Far more than a process asks between two of its waits. */
const mostRecalls = 500;

export function createVirtualDatabase(deps: Omit<SessionDeps, "mayRecall">): VirtualDatabase {
  const { scheduler } = deps;
  const sessions = new Set<VirtualSession>();
  const mayRecall = recallsBetweenSteps(() => scheduler.steps);

  function open(isTransaction: boolean): VirtualSession {
    const onEnd = (ended: VirtualSession) => void sessions.delete(ended);
    const session = new VirtualSession({ ...deps, mayRecall }, isTransaction, onEnd);
    sessions.add(session);
    return session;
  }

  async function transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const session = open(true);
    let hasEnded = false;
    const inside = (sql: Sql, values: Values) => {
      if (hasEnded)
        throw new Error("This transaction has ended: await every query inside its work");
      return session.send(sql, values);
    };
    const tx: Transaction = {
      kind: "transaction",
      query: async (sql, values) => rowsOf(sql, await inside(sql, values)),
      execute: async (sql, values) => (await inside(sql, values)).rowCount ?? 0,
    };
    let result: T;
    try {
      result = await work(tx);
    } catch (error) {
      hasEnded = true;
      await session.undo();
      throw error;
    }
    hasEnded = true;
    await session.commit();
    return result;
  }

  return {
    query: async (sql, values) => rowsOf(sql, await open(false).send(sql, values)),
    execute: async (sql, values) => (await open(false).send(sql, values)).rowCount ?? 0,
    transaction,
    // Wake-ups are carried by the simulation; see `onNotify`.
    listen: () => Promise.resolve(() => Promise.resolve()),
    close: () => Promise.resolve(),
    async breakOff() {
      for (const session of sessions) await session.breakOff();
    },
    abandon() {
      for (const session of sessions) {
        const run = () => session.breakOff();
        scheduler.submit({ owner: undefined, name: "backend ends", run });
      }
    },
  };
}

/** A loop that never waits would never let the scheduler go on, if it was only answered from memory. */
function recallsBetweenSteps(steps: () => number): () => boolean {
  let step = -1;
  let recalls = 0;
  return () => {
    if (step !== steps()) [step, recalls] = [steps(), 0];
    recalls += 1;
    return recalls <= mostRecalls;
  };
}

/** SQL promises no order where none is asked for; one that is always the same can be replayed. */
function rowsOf<Row>(sql: Sql, { rows }: QueryResult): Row[] {
  const text = typeof sql === "string" ? sql : sql.text;
  const found = rows as Row[];
  if (found.length < 2 || /\border by\b[^)]*$/i.test(text)) return found;
  const keyed = found.map((row) => ({ row, key: JSON.stringify(row) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}
