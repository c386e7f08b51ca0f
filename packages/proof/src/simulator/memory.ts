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
import { everyStatus, shapeOf, type Dependency } from "./statement-shape.ts";

type Sql = Statement | string;
type Values = readonly unknown[] | undefined;

/** A statement with its answer. */
export interface Step {
  readonly sql: Sql;
  readonly values: Values;
  readonly result: QueryResult;
}

export interface Memory {
  /** What the statement would return now; undefined when it has to be asked. */
  recall(sql: Sql, values: Values): QueryResult | undefined;
  /** Transactions that began like this, looked at all this, and ended without a change. */
  recallTransactions(sql: Sql, values: Values): readonly (readonly Step[])[];
  /** Keeps an answer, if the statement has changed nothing. */
  remember(step: Step): void;
  rememberTransaction(steps: readonly Step[]): void;
  /** Rows of these statuses have been changed, by a commit or by time. */
  touch(tables: readonly string[], statuses: readonly string[]): void;
  /** A commit wrote these tables; what that means for their rows is not known yet. */
  wrote(tables: Iterable<string>): void;
  readonly hasWritten: boolean;
  takeWritten(): ReadonlySet<string>;
  /** Rows of these tables are locked from now on: who passes over locked rows may miss some. */
  hold(tables: readonly string[]): void;
  letGo(tables: readonly string[]): void;
  /** Grows with every change. */
  readonly version: number;
}

const longestMs = 6 * 60 * 60 * 1_000;

interface Remembered {
  readonly steps: readonly Step[];
  readonly dependencies: readonly Dependency[];
  readonly atMs: number;
  /** The latest change of its tables, then. */
  readonly version: number;
}

export function createMemory(nowMs: () => number): Memory {
  const changes = createChanges();
  const known = new Map<string, Remembered>();
  /** Keys of transactions by what they began with. */
  const courses = new Map<string, Set<string>>();

  function find(key: string): Remembered | undefined {
    const found = known.get(key);
    if (found === undefined || nowMs() - found.atMs > longestMs) return undefined;
    return changes.isUnchanged(found) ? found : undefined;
  }

  function keep(key: string, steps: readonly Step[]): void {
    const shapes = steps.map(({ sql }) => shapeOf(sql));
    if (shapes.some(({ skips }) => changes.isHeld(skips))) return; // It may have passed rows over.
    const dependencies = shapes.flatMap((shape) => shape.dependencies);
    known.set(key, { steps, dependencies, atMs: nowMs(), version: changes.version });
  }

  return {
    recall: (sql, values) => find(keyOf(sql, values))?.steps[0]?.result,
    recallTransactions(sql, values) {
      const keys = [...(courses.get(keyOf(sql, values)) ?? [])];
      return keys.flatMap((key) => {
        const found = find(key);
        return found === undefined ? [] : [found.steps];
      });
    },
    remember(step) {
      const { writes } = shapeOf(step.sql);
      const hasChanged = writes.length > 0 && (step.result.rowCount ?? 0) > 0;
      if (!hasChanged) keep(keyOf(step.sql, step.values), [step]);
    },
    rememberTransaction(steps) {
      const keys = steps.map(({ sql, values }) => keyOf(sql, values));
      const [first] = keys;
      if (first === undefined) return;
      const key = `begin ${keys.join("; ")}`;
      keep(key, steps);
      const course = courses.get(first);
      if (course === undefined) courses.set(first, new Set([key]));
      else course.add(key);
    },
    touch: changes.touch,
    wrote: changes.wrote,
    takeWritten: changes.takeWritten,
    hold: changes.hold,
    letGo: changes.letGo,
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
  return {
    touch: (tables: readonly string[], statuses: readonly string[]): void => {
      version += 1;
      for (const table of tables) {
        for (const status of [...statuses, everyStatus]) {
          changedAt.set(`${table}/${status}`, version);
        }
      }
    },
    isUnchanged: ({ dependencies, version: then }: Remembered): boolean => {
      return dependencies.every(({ statuses, table }) =>
        statuses.every((status) => (changedAt.get(`${table}/${status}`) ?? 0) <= then),
      );
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
