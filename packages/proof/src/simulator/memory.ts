/**
 * Memory: what a poll has found out already. Most statements of a simulated year are polls that find
 * nothing; one of them is asked again only when its answer can be another: when one of its tables has
 * been written since, or when something in them has fallen due. Everything else is answered from
 * here, as PostgreSQL would answer it. Transactions that only look are remembered as a whole.
 *
 * It rests on one habit of the engine: what falls due is a stored instant. A few statements reckon
 * with intervals beside; for their sake nothing is remembered for longer than some hours.
 */
import type { QueryResult } from "pg";
import type { Statement } from "../../../server/src/db/database.ts";
import { everyStatus, shapeOf } from "./statement-shape.ts";

type Sql = Statement | string;
type Values = readonly unknown[] | undefined;

/** A statement with its answer. */
export interface Step {
  readonly sql: Sql;
  readonly values: Values;
  readonly result: QueryResult;
}

/** One statement or one transaction that changed nothing, and what its answers depend on. */
export interface Remembered {
  readonly steps: readonly Step[];
  /** Tables with one of their statuses each: `charges/scheduled`. */
  readonly dependencies: readonly string[];
  readonly atMs: number;
  /** The latest change of its tables, then. */
  readonly version: number;
}

export interface Memory {
  /** What the statement would return now; undefined when it has to be asked. */
  recall(sql: Sql, values: Values): Remembered | undefined;
  /** Whether anything is kept of it at all, however old. */
  mayRecall(sql: Sql, values: Values): boolean;
  /** The same of transactions that begin with it. */
  mayRecallTransactions(sql: Sql, values: Values): boolean;
  /** Transactions that began like this, looked at all this, and ended without a change. */
  recallTransactions(sql: Sql, values: Values): readonly Remembered[];
  /** Whether it would be answered so again. */
  isCurrent(remembered: Remembered): boolean;
  /** Keeps an answer, if the statement has changed nothing. */
  remember(step: Step): Remembered | undefined;
  rememberTransaction(steps: readonly Step[]): Remembered | undefined;
  /** Rows of these statuses have been changed, by a commit or by time. */
  touch(tables: readonly string[], statuses: readonly string[]): void;
  /** A commit wrote these tables; what that means for their rows is not known yet. */
  wrote(tables: Iterable<string>): void;
  readonly hasWritten: boolean;
  takeWritten(): ReadonlySet<string>;
  /** Rows of these tables are locked from now on: who passes over locked rows may miss some. */
  hold(tables: readonly string[]): void;
  letGo(tables: readonly string[]): void;
  /** Everything may be different: nothing that was found out before is relied on. */
  forget(): void;
  /** Grows with every change. */
  readonly version: number;
}

const longestMs = 6 * 60 * 60 * 1_000;

export function createMemory(nowMs: () => number): Memory {
  const changes = createChanges();
  const known = new Map<string, Remembered>();
  /** Keys of transactions by what they began with. */
  const courses = new Map<string, Set<string>>();

  const isCurrent = (remembered: Remembered): boolean =>
    nowMs() - remembered.atMs <= longestMs && changes.isUnchanged(remembered);

  function find(key: string): Remembered | undefined {
    const found = known.get(key);
    return found !== undefined && isCurrent(found) ? found : undefined;
  }

  function keep(key: string, steps: readonly Step[]): Remembered | undefined {
    const shapes = steps.map(({ sql }) => shapeOf(sql));
    // It may have passed rows over.
    if (shapes.some(({ skips }) => changes.isHeld(skips))) return undefined;
    const all = shapes.flatMap((shape) => shape.dependencies);
    const dependencies = all.flatMap(({ statuses, table }) =>
      statuses.map((status) => `${table}/${status}`),
    );
    const kept = { steps, dependencies, atMs: nowMs(), version: changes.version };
    known.set(key, kept);
    return kept;
  }

  return {
    recall: (sql, values) => find(keyOf(sql, values)),
    mayRecall: (sql, values) => known.has(keyOf(sql, values)),
    mayRecallTransactions: (sql, values) => courses.has(keyOf(sql, values)),
    recallTransactions(sql, values) {
      const keys = [...(courses.get(keyOf(sql, values)) ?? [])];
      return keys.flatMap((key) => find(key) ?? []);
    },
    isCurrent,
    remember(step) {
      const { writes } = shapeOf(step.sql);
      const hasChanged = writes.length > 0 && (step.result.rowCount ?? 0) > 0;
      return hasChanged ? undefined : keep(keyOf(step.sql, step.values), [step]);
    },
    rememberTransaction(steps) {
      const keys = steps.map(({ sql, values }) => keyOf(sql, values));
      const [first] = keys;
      if (first === undefined) return undefined;
      const key = `begin ${keys.join("; ")}`;
      const course = courses.get(first);
      if (course === undefined) courses.set(first, new Set([key]));
      else course.add(key);
      return keep(key, steps);
    },
    touch: changes.touch,
    wrote: changes.wrote,
    takeWritten: changes.takeWritten,
    hold: changes.hold,
    letGo: changes.letGo,
    forget() {
      known.clear();
      courses.clear();
      changes.forget();
    },
    get hasWritten() {
      return changes.hasWritten;
    },
    get version() {
      return changes.version;
    },
  };
}

/** What was changed and when, counted in changes, and what is locked at the moment. */
function createChanges() {
  const changedAt = new Map<string, number>();
  const held = new Map<string, number>();
  let written = new Set<string>();
  let version = 0;
  let forgottenAt = 0;
  return {
    forget: (): void => {
      version += 1;
      forgottenAt = version;
    },
    touch: (tables: readonly string[], statuses: readonly string[]): void => {
      version += 1;
      for (const table of tables) {
        for (const status of [...statuses, everyStatus]) {
          changedAt.set(`${table}/${status}`, version);
        }
      }
    },
    isUnchanged: ({ dependencies, version: then }: Remembered): boolean => {
      if (then < forgottenAt) return false;
      return dependencies.every((dependency) => (changedAt.get(dependency) ?? 0) <= then);
    },
    wrote: (tables: Iterable<string>): void => {
      for (const table of tables) written.add(table);
    },
    takeWritten: (): ReadonlySet<string> => {
      const taken = written;
      written = new Set();
      return taken;
    },
    hold: (tables: readonly string[]): void => {
      for (const table of tables) held.set(table, (held.get(table) ?? 0) + 1);
    },
    letGo: (tables: readonly string[]): void => {
      for (const table of tables) {
        const left = (held.get(table) ?? 0) - 1;
        if (left > 0) held.set(table, left);
        else held.delete(table);
      }
    },
    isHeld: (tables: readonly string[]) => tables.some((table) => held.has(table)),
    get hasWritten() {
      return written.size > 0;
    },
    get version() {
      return version;
    },
  };
}

/** Fresh tokens are different each time and change nothing about what is found. */
export function keyOf(sql: Sql, values: Values): string {
  const name = typeof sql === "string" ? sql : sql.name;
  if (values === undefined || values.length === 0) return name;
  const text = JSON.stringify(values).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "*");
  return `${name} ${text}`;
}
