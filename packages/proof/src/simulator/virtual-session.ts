/**
 * A session of a virtual process at PostgreSQL: one statement, or one transaction. Each message to the
 * server is a task of the scheduler; what the network in between does to it is the weather's.
 */
import type { QueryResult } from "pg";
import { CommitUnknownError } from "../../../server/src/db/database-errors.ts";
import type { Statement } from "../../../server/src/db/database.ts";
import type { Backend, Backends, Running, Settled } from "./backends.ts";
import type { LockQueue } from "./lock-queue.ts";
import { keyOf, type Memory, type Remembered, type Step } from "./memory.ts";
import { polls } from "./polls.ts";
import type { Profiles } from "./profiles.ts";
import { currentRound } from "./rounds.ts";
import type { Owner, Scheduler } from "./scheduler.ts";
import { shapeOf } from "./statement-shape.ts";

/** What the network between a process and its database does to one message. */
export type DatabaseFate =
  | "ok"
  /** The connection breaks before the server gets it. */
  | "lost"
  /** The server does it, and the connection breaks before the answer. */
  | "answer_lost";

export type Sql = Statement | string;
export type Values = readonly unknown[] | undefined;
type Asked = Pick<Step, "sql" | "values">;

export interface SessionDeps {
  readonly owner: Owner;
  readonly scheduler: Scheduler;
  readonly backends: Backends;
  readonly locks: LockQueue;
  readonly memory: Memory;
  readonly profiles: Profiles;
  /** Of which it is known what a change means for whom. */
  readonly isProfiled: (table: string) => boolean;
  /** Polls that need not be asked now, because they find nothing. */
  readonly isIdle: (name: string) => boolean;
  /** Whether anything may be answered from memory now. */
  readonly mayRecall: () => boolean;
  readonly fateOf: (isCommit: boolean) => DatabaseFate;
  /** The process may die or freeze after each of its steps, above all once it has claimed a charge. */
  readonly afterStep: (isDelicate: boolean) => void;
  /** Rewrites a statement, for a sabotaged engine. */
  readonly rewrite: (sql: Sql) => Sql;
  /** Whether the process goes on before this transaction is committed, for a sabotaged engine. */
  readonly defersCommit: (names: readonly string[]) => boolean;
  readonly onNotify: () => void;
  /** Told of each commit, with the tables that it wrote and all that was asked in it. */
  readonly onCommit: (tables: ReadonlySet<string>, steps: readonly Step[]) => void;
  readonly onBug: (text: string) => void;
}

/** A failure of the simulated world; whoever meets it is not at fault. */
export class BrokenConnection extends Error {
  override readonly name = "BrokenConnection";

  constructor() {
    super("the connection to the database broke");
  }
}

/** The statement by which processes wake each other; nothing of it is stored. */
const wakeUpStatement = "notify_work";
/** After these, something is about to leave that costs money. */
const delicateStatements: ReadonlySet<string> = new Set(["charges_claim", "refunds_claim"]);
const lockTimeoutMs = 10_000;
const idleLimitMs = 30_000;
const nothing: QueryResult = { command: "", rowCount: 0, oid: 0, fields: [], rows: [] };

export class VirtualSession {
  readonly #deps: SessionDeps;
  readonly #isTransaction: boolean;
  /** Told once, when it is over. */
  readonly #onEnd: (session: VirtualSession) => void;
  readonly #names: string[] = [];
  /** What it has asked and been told. */
  readonly #steps: Step[] = [];
  /** Courses that began as this one has: it is told from memory as long as it asks the same. */
  #remembered: readonly Remembered[] = [];
  /** Of the loop that asks, if one does. */
  readonly #round = currentRound();
  /** When it began, as the memory counts. */
  readonly #version: number;
  /** Tables of which it may hold locks. */
  #held: string[] = [];
  /** Tables that its statement writes, whether or not anybody hears of it. */
  #writes: readonly string[] = [];
  #backend: Backend | undefined;
  /** A statement of it that waits for a lock. */
  #waiting: Running | undefined;
  /** Ended by the network, by a limit or by the death of its process. */
  #isBroken = false;
  /** Calls off the end that PostgreSQL makes of a transaction that stands idle. */
  #endIdle: () => void = () => undefined;

  constructor(deps: SessionDeps, isTransaction: boolean, onEnd: (session: VirtualSession) => void) {
    this.#deps = deps;
    this.#isTransaction = isTransaction;
    this.#onEnd = onEnd;
    this.#version = deps.memory.version;
  }

  /** One message to the server. The promise ends only while the process lives. */
  send(sql: Sql, values: Values): Promise<QueryResult> {
    const { owner, profiles, scheduler } = this.#deps;
    if (profiles.isFresh && this.#deps.mayRecall()) {
      const known = this.#recall(sql, values);
      if (known !== undefined)
        return Promise.resolve(this.#takeKnown({ sql, values, result: known }));
    }
    return new Promise((resolve, reject) => {
      const run = async () => {
        if (this.#mayBeKnown(sql, values)) await profiles.refresh(scheduler.nowMs());
        const known = this.#isBroken ? undefined : this.#recall(sql, values);
        if (known === undefined) await this.#ask({ sql, values }, resolve, reject);
        else resolve(this.#takeKnown({ sql, values, result: known }));
      };
      scheduler.submit({ owner, name: nameOf(sql), run });
    });
  }

  commit(): Promise<void> {
    const { owner, scheduler } = this.#deps;
    const isAllKnown = this.#backend === undefined && this.#names.length === this.#steps.length;
    if (!this.#isBroken && isAllKnown) {
      const [course] = this.#remembered;
      if (course !== undefined) this.#round?.looked(course);
      this.#close(); // All of it was answered from memory: there is nothing to commit.
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const run = async () => {
        const fate = this.#isBroken ? "lost" : this.#deps.fateOf(true);
        const error = await this.#finish(fate);
        if (owner.isDead) return;
        if (error === undefined) resolve();
        else reject(error);
        this.#deps.afterStep(this.#names.some((name) => delicateStatements.has(name)));
      };
      scheduler.submit({ owner, name: "commit", run });
      if (this.#deps.defersCommit(this.#names)) resolve();
    });
  }

  undo(): Promise<void> {
    const { owner, scheduler } = this.#deps;
    return new Promise((resolve) => {
      const run = async () => {
        if (!this.#isBroken) {
          scheduler.note(owner.name, `rollback ${this.#names.join(",")}`);
          await this.breakOff();
        }
        if (!owner.isDead) resolve();
      };
      scheduler.submit({ owner, name: "rollback", run });
    });
  }

  /** The server ends the session: what it did not commit is undone. */
  async breakOff(): Promise<void> {
    const { backends, locks } = this.#deps;
    this.#isBroken = true;
    this.#round?.acted();
    this.#letGo();
    const [backend, waiting] = [this.#backend, this.#waiting];
    this.#backend = undefined;
    if (backend === undefined) return;
    if (waiting !== undefined) await locks.abandon(waiting);
    if (this.#isTransaction) {
      await backends.start(backend, "rollback");
      backend.clockMs = Number.NaN; // What was set in the transaction is undone with it.
    } else if (waiting?.settled?.kind === "rows") this.#news(this.#writes); // It went through after all.
    backends.giveBack(backend);
    await locks.release();
  }

  async #ask(
    asked: Asked,
    resolve: (result: QueryResult) => void,
    reject: (error: Error) => void,
  ): Promise<void> {
    const { owner, profiles, scheduler } = this.#deps;
    const name = nameOf(asked.sql);
    const fate = this.#isBroken ? "lost" : this.#deps.fateOf(false);
    if (fate === "lost") {
      scheduler.note(owner.name, `${name}: connection lost`);
      await this.breakOff();
      reject(new BrokenConnection());
      return;
    }
    const isIdle = profiles.isIdle(name) && polls.get(name)?.isOpening === false;
    this.#names.push(name);
    if (name === wakeUpStatement) {
      if (!this.#isTransaction) this.#finishWakeUp();
      resolve(nothing);
      return;
    }
    await this.#start(asked, async (settled) => {
      if (isIdle) this.#checkIdle(name, settled);
      await this.#deliver(asked, settled, fate, resolve, reject);
    });
  }

  async #deliver(
    { sql, values }: Asked,
    settled: Settled,
    fate: DatabaseFate,
    resolve: (result: QueryResult) => void,
    reject: (error: Error) => void,
  ): Promise<void> {
    const { locks, owner, scheduler } = this.#deps;
    scheduler.note(owner.name, `${nameOf(sql)} ${summaryOf(settled)}`);
    this.#waiting = undefined;
    if (settled.kind === "rows") this.#learn({ sql, values, result: settled.result });
    else this.#round?.acted();
    if (fate === "answer_lost") await this.breakOff();
    else if (this.#isTransaction) this.#watchIdle();
    else this.#close();
    if (!this.#isTransaction) await locks.release();
    if (owner.isDead) return;
    if (fate === "answer_lost") reject(new BrokenConnection());
    else if (settled.kind === "refused") reject(settled.error);
    else resolve(settled.result);
    this.#deps.afterStep(false);
  }

  /** Runs a statement on the session's backend, and first whatever opens the session. */
  async #start(last: Asked, deliver: (settled: Settled) => Promise<void>): Promise<void> {
    const { backends } = this.#deps;
    this.#endIdle();
    this.#writes = shapeOf(last.sql).writes;
    if (this.#backend !== undefined) return await this.#run([last], deliver);
    this.#backend = await backends.borrow();
    if (!this.#isTransaction) return await this.#run([last], deliver);
    backends.begin(this.#backend);
    // What was answered from memory is asked in earnest now: its locks are needed.
    await this.#run([...this.#steps, last], deliver);
  }

  async #run(
    [first, ...others]: readonly Asked[],
    deliver: (settled: Settled) => Promise<void>,
  ): Promise<void> {
    const { backends, owner, rewrite, scheduler } = this.#deps;
    if (first === undefined || this.#backend === undefined) return;
    const running = await backends.start(this.#backend, rewrite(first.sql), first.values);
    const goOn = async (settled: Settled) => {
      if (others.length === 0 || settled.kind === "refused") await deliver(settled);
      else await this.#run(others, deliver);
    };
    if (running.settled !== undefined) return await goOn(running.settled);
    scheduler.note(owner.name, `${nameOf(first.sql)} waits for a lock`);
    this.#waitForLock(running, goOn, nameOf(first.sql));
  }

  #waitForLock(running: Running, deliver: (settled: Settled) => Promise<void>, name: string): void {
    const { locks, owner, scheduler } = this.#deps;
    this.#waiting = running;
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
  #watchIdle(): void {
    const { scheduler } = this.#deps;
    this.#endIdle = scheduler.at(scheduler.nowMs() + idleLimitMs, () => {
      const run = () => this.breakOff();
      scheduler.submit({ owner: undefined, name: "idle in transaction", run });
    });
  }

  /** @returns What the process is told instead of success. */
  async #finish(fate: DatabaseFate): Promise<Error | undefined> {
    const { locks, owner, scheduler } = this.#deps;
    if (fate === "lost") {
      const wasOpen = !this.#isBroken;
      scheduler.note(owner.name, "commit: connection lost, rolled back");
      await this.breakOff();
      return wasOpen ? new CommitUnknownError(new BrokenConnection()) : new BrokenConnection();
    }
    const refused = this.#backend === undefined ? undefined : await this.#commitOn(this.#backend);
    if (refused !== undefined) {
      this.#close();
      await locks.release();
      return refused;
    }
    const written = this.#learnCommit();
    this.#close();
    this.#deps.onCommit(written, this.#steps);
    if (this.#names.includes(wakeUpStatement)) this.#deps.onNotify();
    await locks.release();
    return fate === "answer_lost" ? new CommitUnknownError(new BrokenConnection()) : undefined;
  }

  /** @returns Why it was rolled back instead. */
  async #commitOn(backend: Backend): Promise<Error | undefined> {
    const { backends, owner, scheduler } = this.#deps;
    const { settled } = await backends.start(backend, "commit");
    scheduler.note(owner.name, `commit ${this.#names.join(",")}`);
    if (settled?.kind === "refused") return settled.error;
    if (settled?.result.command === "COMMIT") return undefined;
    backend.clockMs = Number.NaN;
    return new Error("The transaction was rolled back: a statement failed and the work went on.");
  }

  #finishWakeUp(): void {
    this.#close();
    this.#deps.onNotify();
  }

  #close(): void {
    this.#letGo();
    if (this.#backend !== undefined) this.#deps.backends.giveBack(this.#backend);
    this.#backend = undefined;
  }

  #letGo(): void {
    this.#endIdle();
    this.#deps.memory.letGo(this.#held);
    this.#held = [];
    this.#onEnd(this);
  }

  /** Whether the answer may be known without asking; what changed meanwhile is to be heard first. */
  #mayBeKnown(sql: Sql, values: Values): boolean {
    if (polls.has(nameOf(sql))) return true;
    const { memory } = this.#deps;
    if (!this.#isTransaction) return memory.mayRecall(sql, values);
    if (this.#backend !== undefined || this.#steps.length !== this.#names.length) return false;
    if (this.#steps.length > 0) return this.#remembered.length > 0;
    return memory.mayRecallTransactions(sql, values);
  }

  /** What is known without asking. */
  #recall(sql: Sql, values: Values): QueryResult | undefined {
    const { memory } = this.#deps;
    if (this.#isIdle(nameOf(sql))) {
      this.#round?.polled(nameOf(sql));
      return nothing;
    }
    if (!this.#isTransaction) {
      const known = memory.recall(sql, values);
      if (known !== undefined) this.#round?.looked(known);
      return known?.steps[0]?.result;
    }
    const count = this.#steps.length;
    if (this.#isBroken || this.#backend !== undefined || count !== this.#names.length) {
      return undefined;
    }
    if (count === 0) this.#remembered = memory.recallTransactions(sql, values);
    const key = keyOf(sql, values);
    this.#remembered = this.#remembered.filter(({ steps }) => {
      const next = steps[count];
      return next !== undefined && keyOf(next.sql, next.values) === key;
    });
    return this.#remembered[0]?.steps[count]?.result;
  }

  /** A poll that need not be asked; one that opens transactions only where it opens this one. */
  #isIdle(name: string): boolean {
    const isOpening = polls.get(name)?.isOpening === true;
    return this.#deps.isIdle(name) && (!isOpening || this.#names.length === 0);
  }

  /** The conditions of polls are right only as long as this never happens. */
  #checkIdle(name: string, settled: Settled): void {
    const found = settled.kind === "rows" ? (settled.result.rowCount ?? 0) : 0;
    if (found === 0) return;
    this.#deps.onBug(`${name} found ${found} rows where polls.ts says none can be`);
  }

  /** An answer from memory: nobody is asked. */
  #takeKnown(step: Step): QueryResult {
    this.#names.push(nameOf(step.sql));
    this.#steps.push(step);
    if (!this.#isTransaction) this.#close();
    return step.result;
  }

  #learn(step: Step): void {
    const { memory } = this.#deps;
    this.#steps.push(step);
    const { locks, writes } = shapeOf(step.sql);
    const rows = step.result.rowCount ?? 0;
    if (!this.#isTransaction) {
      const hasChanged = writes.length > 0 && rows > 0;
      if (hasChanged) this.#news(writes);
      const remembered = hasChanged ? undefined : memory.remember(step);
      this.#round?.looked(remembered);
    } else if (rows > 0) {
      const tables = [...locks, ...writes];
      memory.hold(tables);
      this.#held.push(...tables);
    }
  }

  /** Every row of these tables may be another; which are, their profile will tell. */
  #news(tables: Iterable<string>): void {
    const { isProfiled, memory } = this.#deps;
    for (const table of tables) {
      if (isProfiled(table)) memory.wrote([table]);
      else memory.touch([table], []);
    }
  }

  /** It has committed: what it wrote is news, what it only looked at is remembered. */
  #learnCommit(): ReadonlySet<string> {
    const { memory } = this.#deps;
    const writes = new Set(this.#steps.flatMap(({ sql }) => shapeOf(sql).writes));
    if (writes.size > 0) this.#news(writes);
    const isLook = writes.size === 0 && memory.version === this.#version;
    const remembered = isLook ? memory.rememberTransaction(this.#steps) : undefined;
    this.#round?.looked(remembered);
    return writes;
  }
}

function nameOf(sql: Sql): string {
  return typeof sql === "string" ? sql.replaceAll(/\s+/g, " ").slice(0, 40) : sql.name;
}

function summaryOf(settled: Settled): string {
  return settled.kind === "rows"
    ? String(settled.result.rowCount ?? 0)
    : `refused: ${settled.error.message}`;
}
