/**
 * A virtual process's way to PostgreSQL: the Database of the engine, each of whose statements and
 * commits is a task of the scheduler. The statements run on a real PostgreSQL; what the network in
 * between does to them is the weather's.
 */
import type { QueryResult } from "pg";
import { drivingTables } from "./driving-tables.ts";
import { CommitUnknownError } from "../../../server/src/db/database-errors.ts";
import type { Database, Statement, Transaction } from "../../../server/src/db/database.ts";
import type { Backend, Backends, Running, Settled } from "./backends.ts";
import type { LockQueue } from "./lock-queue.ts";
import { keyOf, type Memory, type Step } from "./memory.ts";
import type { Profiles } from "./profiles.ts";
import type { Owner, Scheduler } from "./scheduler.ts";
import { shapeOf } from "./statement-shape.ts";

/** What the network between a process and its database does to one message. */
export type DatabaseFate =
  | "ok"
  /** The connection breaks before the server gets it. */
  | "lost"
  /** The server does it, and the connection breaks before the answer. */
  | "answer_lost";

type Sql = Statement | string;
type Values = readonly unknown[] | undefined;

export interface DatabaseDeps {
  readonly scheduler: Scheduler;
  readonly backends: Backends;
  readonly locks: LockQueue;
  readonly memory: Memory;
  readonly profiles: Profiles;
  /** Of which it is known what a change means for whom. */
  readonly isProfiled: (table: string) => boolean;
  /** Asks also what is known to find nothing, to see that it does. */
  readonly asksIdle: boolean;
  readonly onBug: (text: string) => void;
  /** Polls that find nothing in this simulation. */
  readonly isIdle: (name: string) => boolean;
  readonly fateOf: (isCommit: boolean) => DatabaseFate;
  /** The process may die or freeze after each of its steps. */
  readonly afterStep: () => void;
  /** Rewrites a statement, for a sabotaged engine. */
  readonly rewrite: (sql: Sql) => Sql;
  /** Whether the process goes on before this transaction is committed, for a sabotaged engine. */
  readonly defersCommit: (names: readonly string[]) => boolean;
  readonly onNotify: () => void;
  /** Told of each commit, with the tables that it wrote. */
  readonly onCommit: (tables: ReadonlySet<string>) => void;
}

/** A failure of the simulated world; whoever meets it is not at fault. */
export class BrokenConnection extends Error {
  override readonly name = "BrokenConnection";

  constructor() {
    super("the connection to the database broke");
  }
}

export interface VirtualDatabase extends Database {
  /** The process has died: its sessions end, and what they did not commit is undone. */
  abandon(): void;
}

type Asked = Pick<Step, "sql" | "values">;

interface Session {
  readonly isTransaction: boolean;
  readonly names: string[];
  /** What it has asked and been told. */
  readonly steps: Step[];
  /** What it is told from memory, as long as it asks what was asked before. */
  remembered: readonly (readonly Step[])[];
  /** When it began, as the memory counts. */
  version: number;
  /** Tables of which it may hold locks. */
  held: string[];
  /** Tables that its statement writes, whether or not anybody hears of it. */
  writes: readonly string[];
  backend: Backend | undefined;
  /** A statement of it that waits for a lock. */
  waiting: Running | undefined;
  /** Ended by the network, by a limit or by the death of its process. */
  isBroken: boolean;
  /** When PostgreSQL ends it for standing idle in a transaction. */
  endIdle: () => void;
}

/** The statement by which processes wake each other; nothing of it is stored. */
const wakeUpStatement = "notify_work";
const lockTimeoutMs = 10_000;
const idleLimitMs = 30_000;
/** Far more than a process asks between two of its waits. */
const mostRecalls = 500;
const nothing: QueryResult = { command: "", rowCount: 0, oid: 0, fields: [], rows: [] };

export function createVirtualDatabase(owner: Owner, deps: DatabaseDeps): VirtualDatabase {
  const { backends, locks, memory, profiles, scheduler } = deps;
  const sessions = new Set<Session>();
  let lastStep = -1;
  let recalls = 0;

  function open(isTransaction: boolean): Session {
    const session: Session = {
      isTransaction,
      names: [],
      steps: [],
      remembered: [],
      version: memory.version,
      held: [],
      writes: [],
      backend: undefined,
      waiting: undefined,
      isBroken: false,
      endIdle: () => undefined,
    };
    sessions.add(session);
    return session;
  }

  /** The server ends the session: what it did not commit is undone. */
  async function breakOff(session: Session): Promise<void> {
    session.isBroken = true;
    letGo(session);
    const { backend, waiting } = session;
    session.backend = undefined;
    if (backend === undefined) return;
    if (waiting !== undefined) await locks.abandon(waiting);
    if (session.isTransaction) await rollBack(backend);
    else if (waiting?.settled?.kind === "rows") news(session.writes); // It went through after all.
    backends.giveBack(backend);
    await locks.release();
  }

  async function rollBack(backend: Backend): Promise<void> {
    await backends.start(backend, "rollback");
    backend.clockMs = Number.NaN; // What was set in the transaction is undone with it.
  }

  function letGo(session: Session): void {
    session.endIdle();
    sessions.delete(session);
    memory.letGo(session.held);
    session.held = [];
  }

  function close(session: Session): void {
    letGo(session);
    if (session.backend !== undefined) backends.giveBack(session.backend);
    session.backend = undefined;
  }

  /** While no row is in a status that the poll looks for. */
  function isIdle(name: string): boolean {
    const [table, ...statuses] = drivingTables.get(name) ?? [];
    return table !== undefined && !deps.asksIdle && profiles.count(table, statuses) === 0;
  }

  /** What is known without asking. */
  function recall(session: Session, sql: Sql, values: Values): QueryResult | undefined {
    if (deps.isIdle(nameOf(sql)) || isIdle(nameOf(sql))) return nothing;
    if (!session.isTransaction) return memory.recall(sql, values);
    const { backend, isBroken, names, steps } = session;
    if (isBroken || backend !== undefined || steps.length !== names.length) return undefined;
    if (steps.length === 0) session.remembered = memory.recallTransactions(sql, values);
    const key = keyOf(sql, values);
    session.remembered = session.remembered.filter((course) => {
      const next = course[steps.length];
      return next !== undefined && keyOf(next.sql, next.values) === key;
    });
    return session.remembered[0]?.[steps.length]?.result;
  }

  /** A loop that never waits would never let the scheduler go on, if it was only answered from memory. */
  function isCircling(): boolean {
    if (lastStep !== scheduler.steps) [lastStep, recalls] = [scheduler.steps, 0];
    recalls += 1;
    return recalls > mostRecalls;
  }

  /** One message to the server. The promise ends only while the process lives. */
  function send(session: Session, sql: Sql, values: Values): Promise<QueryResult> {
    const known = profiles.isFresh && !isCircling() ? recall(session, sql, values) : undefined;
    if (known !== undefined)
      return Promise.resolve(takeKnown(session, { sql, values, result: known }));
    return new Promise((resolve, reject) => {
      const name = nameOf(sql);
      const deliver = async (settled: Settled, fate: DatabaseFate) => {
        scheduler.note(owner.name, `${name} ${summaryOf(settled)}`);
        session.waiting = undefined;
        if (settled.kind === "rows") learn(session, { sql, values, result: settled.result });
        if (fate === "answer_lost") await breakOff(session);
        else if (!session.isTransaction) close(session);
        else watchIdle(session);
        if (!session.isTransaction) await locks.release();
        if (owner.isDead) return;
        if (fate === "answer_lost") reject(new BrokenConnection());
        else if (settled.kind === "refused") reject(settled.error);
        else resolve(settled.result);
        deps.afterStep();
      };
      const run = async () => {
        const fate = session.isBroken ? "lost" : deps.fateOf(false);
        if (fate === "lost") {
          scheduler.note(owner.name, `${name}: connection lost`);
          await breakOff(session);
          reject(new BrokenConnection());
          return;
        }
        await profiles.refresh(scheduler.nowMs());
        const found = recall(session, sql, values);
        if (found !== undefined) {
          resolve(takeKnown(session, { sql, values, result: found }));
          return;
        }
        const [driving, ...statuses] = drivingTables.get(name) ?? [];
        const isEmpty = driving !== undefined && profiles.count(driving, statuses) === 0;
        session.names.push(name);
        if (name === wakeUpStatement) {
          if (!session.isTransaction) finishWakeUp(session);
          resolve(nothing);
          return;
        }
        await start(session, { sql, values }, (settled) => {
          if (isEmpty) checkIdle(name, settled);
          return deliver(settled, fate);
        });
      };
      scheduler.submit({ owner, name, run });
    });
  }

  /** The list of driving tables is right only as long as this never happens. */
  function checkIdle(name: string, settled: Settled): void {
    const found = settled.kind === "rows" ? (settled.result.rowCount ?? 0) : 0;
    if (found > 0)
      deps.onBug(`${name} found ${found} rows where driving-tables.ts says none can be`);
  }

  /** An answer from memory: nobody is asked. */
  function takeKnown(session: Session, step: Step): QueryResult {
    session.names.push(nameOf(step.sql));
    session.steps.push(step);
    if (!session.isTransaction) close(session);
    return step.result;
  }

  function learn(session: Session, step: Step): void {
    session.steps.push(step);
    const { locks: locked, writes } = shapeOf(step.sql);
    const rows = step.result.rowCount ?? 0;
    if (!session.isTransaction) {
      if (writes.length > 0 && rows > 0) news(writes);
      else memory.remember(step);
    } else if (rows > 0) {
      const tables = [...locked, ...writes];
      memory.hold(tables);
      session.held.push(...tables);
    }
  }

  /** Every row of these tables may be another; which are, their profile will tell. */
  function news(tables: Iterable<string>): void {
    for (const table of tables) {
      if (deps.isProfiled(table)) memory.wrote([table]);
      else memory.touch([table], []);
    }
  }

  /** A transaction has committed: what it wrote is news, what it only looked at is remembered. */
  function learnCommit({ steps, version }: Session): ReadonlySet<string> {
    const writes = new Set(steps.flatMap(({ sql }) => shapeOf(sql).writes));
    if (writes.size > 0) news(writes);
    else if (memory.version === version) memory.rememberTransaction(steps);
    return writes;
  }

  function finishWakeUp(session: Session): void {
    close(session);
    deps.onNotify();
  }

  /** Runs a statement on the session's backend, and first whatever opens the session. */
  async function start(
    session: Session,
    last: Asked,
    deliver: (settled: Settled) => Promise<void>,
  ): Promise<void> {
    session.endIdle();
    session.writes = shapeOf(last.sql).writes;
    if (session.backend !== undefined) return await run(session, [last], deliver);
    session.backend = await backends.borrow();
    if (!session.isTransaction) return await run(session, [last], deliver);
    backends.begin(session.backend);
    // What was answered from memory is asked in earnest now: its locks are needed.
    await run(session, [...session.steps, last], deliver);
  }

  async function run(
    session: Session,
    [first, ...others]: readonly Asked[],
    deliver: (settled: Settled) => Promise<void>,
  ): Promise<void> {
    const { backend } = session;
    if (first === undefined || backend === undefined) return;
    const running = await backends.start(backend, deps.rewrite(first.sql), first.values);
    const goOn = async (settled: Settled) => {
      if (others.length === 0 || settled.kind === "refused") await deliver(settled);
      else await run(session, others, deliver);
    };
    if (running.settled !== undefined) return await goOn(running.settled);
    scheduler.note(owner.name, `${nameOf(first.sql)} waits for a lock`);
    waitForLock(session, running, goOn, nameOf(first.sql));
  }

  function waitForLock(
    session: Session,
    running: Running,
    deliver: (settled: Settled) => Promise<void>,
    name: string,
  ): void {
    session.waiting = running;
    const callOff = scheduler.at(scheduler.nowMs() + lockTimeoutMs, () => {
      const run = () => locks.giveUp(running);
      scheduler.submit({ owner: undefined, name: "lock timeout", run });
    });
    locks.park(running, (settled) => {
      callOff();
      // The answer is on its way, whether the process still waits for it or is frozen.
      scheduler.submit({ owner, name: `${name} went on`, run: () => deliver(settled) });
    });
  }

  /** A transaction that stands open holds its locks for nobody: PostgreSQL ends it. */
  function watchIdle(session: Session): void {
    session.endIdle = scheduler.at(scheduler.nowMs() + idleLimitMs, () => {
      const run = () => breakOff(session);
      scheduler.submit({ owner: undefined, name: "idle in transaction", run });
    });
  }

  function commit(session: Session): Promise<void> {
    const { backend, isBroken, names, steps } = session;
    if (!isBroken && backend === undefined && names.length === steps.length) {
      close(session); // All of it was answered from memory: there is nothing to commit.
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const run = async () => {
        const fate = session.isBroken ? "lost" : deps.fateOf(true);
        const error = await finish(session, fate);
        if (owner.isDead) return;
        if (error === undefined) resolve();
        else reject(error);
        deps.afterStep();
      };
      scheduler.submit({ owner, name: "commit", run });
      if (deps.defersCommit(session.names)) resolve();
    });
  }

  /** @returns What the process is told instead of success. */
  async function finish(session: Session, fate: DatabaseFate): Promise<Error | undefined> {
    const { backend, names } = session;
    if (fate === "lost") {
      const wasOpen = !session.isBroken;
      scheduler.note(owner.name, "commit: connection lost, rolled back");
      await breakOff(session);
      return wasOpen ? new CommitUnknownError(new BrokenConnection()) : new BrokenConnection();
    }
    if (backend !== undefined) {
      const { settled } = await backends.start(backend, "commit");
      scheduler.note(owner.name, `commit ${names.join(",")}`);
      if (settled?.kind === "refused") return await failedCommit(session, settled.error);
      const isDone = settled?.kind === "rows" && settled.result.command === "COMMIT";
      if (!isDone) {
        backend.clockMs = Number.NaN;
        return await failedCommit(session, new Error("a statement failed and the work went on"));
      }
    }
    const written = learnCommit(session);
    close(session);
    deps.onCommit(written);
    if (names.includes(wakeUpStatement)) deps.onNotify();
    await locks.release();
    return fate === "answer_lost" ? new CommitUnknownError(new BrokenConnection()) : undefined;
  }

  async function failedCommit(session: Session, error: Error): Promise<Error> {
    close(session);
    await locks.release();
    return error;
  }

  function undo(session: Session): Promise<void> {
    return new Promise((resolve) => {
      const run = async () => {
        if (!session.isBroken) {
          scheduler.note(owner.name, `rollback ${session.names.join(",")}`);
          await breakOff(session);
        }
        if (!owner.isDead) resolve();
      };
      scheduler.submit({ owner, name: "rollback", run });
    });
  }

  async function transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const session = open(true);
    let hasEnded = false;
    const inside = (sql: Sql, values: Values) => {
      if (hasEnded)
        throw new Error("This transaction has ended: await every query inside its work");
      return send(session, sql, values);
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
      await undo(session);
      throw error;
    }
    hasEnded = true;
    await commit(session);
    return result;
  }

  return {
    query: async (sql, values) => rowsOf(sql, await send(open(false), sql, values)),
    execute: async (sql, values) => (await send(open(false), sql, values)).rowCount ?? 0,
    transaction,
    // Wake-ups are carried by the simulation; see `onNotify`.
    listen: () => Promise.resolve(() => Promise.resolve()),
    close: () => Promise.resolve(),
    abandon() {
      for (const session of sessions) {
        const run = () => breakOff(session);
        scheduler.submit({ owner: undefined, name: "backend ends", run });
      }
    },
  };
}

function nameOf(sql: Sql): string {
  return typeof sql === "string" ? sql.replaceAll(/\s+/g, " ").slice(0, 40) : sql.name;
}

function summaryOf(settled: Settled): string {
  return settled.kind === "rows"
    ? String(settled.result.rowCount ?? 0)
    : `refused: ${settled.error.message}`;
}

/** SQL promises no order where none is asked for; one that is always the same can be replayed. */
function rowsOf<Row>(sql: Sql, { rows }: QueryResult): Row[] {
  const text = typeof sql === "string" ? sql : sql.text;
  const found = rows as Row[];
  if (found.length < 2 || /\border by\b[^)]*$/i.test(text)) return found;
  const keyed = found.map((row) => ({ row, key: JSON.stringify(row) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}
