import { Temporal } from "temporal-polyfill";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectDatabase, statement } from "../../src/db/database.ts";
import {
  CommitUnknownError,
  isSerializationOrDeadlock,
  isUniqueViolation,
} from "../../src/db/database-errors.ts";
import { safeInteger } from "../../src/db/column-types.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase({ template: "empty" });
  await test.database.execute("create table things (id integer primary key, name text)");
});

afterAll(() => test.drop());

const names = async (): Promise<unknown[]> => {
  const rows = await test.database.query<{ name: string }>("select name from things order by id");
  return rows.map(({ name }) => name);
};

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => error,
  );

describe("a value that goes to PostgreSQL and comes back", () => {
  it("is the same instant, to the microsecond", async () => {
    const microseconds = fc.bigInt({
      min: -60_000_000_000_000_000n,
      max: 250_000_000_000_000_000n,
    });
    await fc.assert(
      fc.asyncProperty(microseconds, async (value) => {
        const instant = Temporal.Instant.fromEpochNanoseconds(value * 1000n);
        const [row] = await test.database.query<{ at: Temporal.Instant }>(
          statement("echo_instant", "select $1::timestamptz as at"),
          [instant],
        );
        expect(row?.at.epochNanoseconds).toEqual(instant.epochNanoseconds);
      }),
      { numRuns: 50 },
    );
  });

  it("is the same calendar date", async () => {
    const [row] = await test.database.query<{ on: unknown }>('select $1::date as "on"', [
      Temporal.PlainDate.from("2028-02-29"),
    ]);
    expect(String(row?.on)).toEqual("2028-02-29");
    expect(row?.on).toBeInstanceOf(Temporal.PlainDate);
  });

  it("keeps Temporal values inside arrays, and nulls between them", async () => {
    const at = Temporal.Instant.from("2026-11-22T00:00:00.000001Z");
    const on = Temporal.PlainDate.from("2026-01-31");
    const [row] = await test.database.query<{
      ats: (Temporal.Instant | null)[];
      ons: (Temporal.PlainDate | null)[];
    }>("select $1::timestamptz[] as ats, $2::date[] as ons", [
      [at, null],
      [on, null],
    ]);
    const ats = row?.ats.map((value) => value?.toString());
    const ons = row?.ons.map((value) => value?.toString());
    expect({ ats, ons }).toEqual({
      ats: ["2026-11-22T00:00:00.000001Z", undefined],
      ons: ["2026-01-31", undefined],
    });
  });

  it("is text when it is an int8, which safeInteger reads or refuses", async () => {
    const [row] = await test.database.query<{ small: string; large: string }>(
      "select 9900::int8 as small, 9007199254740993::int8 as large",
    );
    expect(row).toEqual({ small: "9900", large: "9007199254740993" });
    expect(safeInteger("9900")).toBe(9900);
    expect(() => safeInteger("9007199254740993")).toThrow(RangeError);
    expect(() => safeInteger("1e3")).toThrow(RangeError);
  });

  it("is the same JSON", async () => {
    const value = { lines: [{ amount: 9900 }], note: null };
    const rows = await test.database.query("select $1::jsonb as value", [value]);
    expect(rows).toEqual([{ value }]);
  });

  it("is the same text, but for what PostgreSQL cannot hold", async () => {
    const [row] = await test.database.query(
      "select $1 as name, $2::text[] as names, $3::jsonb as value",
      [
        "a\u0000b",
        ["\u0000", "\ud800", "𠮷"],
        { "\u0000": "\ud800", note: "\\u0000", deep: ["\u0000"] },
      ],
    );
    expect(row).toEqual({
      name: "a\uFFFDb",
      names: ["\uFFFD", "\uFFFD", "𠮷"],
      value: { "\uFFFD": "\uFFFD", note: "\\u0000", deep: ["\uFFFD"] },
    });
  });
});

describe("a transaction", () => {
  it("commits when its work returns, and hands the result on", async () => {
    const result = await test.database.transaction(async (tx) => {
      const changed = await tx.execute("insert into things values (1, 'kept'), (2, 'kept too')");
      return { changed };
    });
    expect(result).toEqual({ changed: 2 });
    expect(await names()).toEqual(["kept", "kept too"]);
  });

  it("rolls back when its work throws, and throws the same error", async () => {
    const ours = new Error("ours");
    const work = test.database.transaction(async (tx) => {
      await tx.execute("insert into things values (3, 'gone')");
      throw ours;
    });
    expect(await rejection(work)).toBe(ours);
    expect(await names()).toEqual(["kept", "kept too"]);
  });

  it("says that it was rolled back when a statement failed and the work went on", async () => {
    const work = test.database.transaction(async (tx) => {
      await tx.execute("insert into things values (4, 'gone')");
      await tx.execute("select 1 / 0").catch(() => undefined);
    });
    await expect(work).rejects.toThrow(/was rolled back/);
    expect(await names()).toEqual(["kept", "kept too"]);
  });

  it("refuses queries once it is over", async () => {
    const tx = await test.database.transaction(async (inner) => inner);
    await expect(tx.query("select 1")).rejects.toThrow(/has ended/);
  });

  it("names the constraint that a row violated", async () => {
    const error = await rejection(test.database.execute("insert into things values (1, 'again')"));
    expect(isUniqueViolation(error, "things_pkey")).toBe(true);
    expect(isUniqueViolation(error, "another_constraint")).toBe(false);
    expect(isSerializationOrDeadlock(error)).toBe(false);
  });

  it("tells which transaction a deadlock ended", async () => {
    const lockBoth = (first: number, second: number, meet: () => Promise<void>) =>
      test.database.transaction(async (tx) => {
        await tx.query("select from things where id = $1 for update", [first]);
        await meet();
        await tx.query("select from things where id = $1 for update", [second]);
      });
    const meet = meetingOf(2);
    const outcomes = await Promise.all([
      rejection(lockBoth(1, 2, meet)),
      rejection(lockBoth(2, 1, meet)),
    ]);
    expect(outcomes.filter(isSerializationOrDeadlock)).toHaveLength(1);
    expect(outcomes).toContain("no error");
  });
});

describe("a COMMIT that gets no answer", () => {
  it("throws CommitUnknownError, because the work may have been kept", async () => {
    await test.database.execute("create table doomed (id integer)");
    await test.database.execute(
      `create function end_session() returns trigger language plpgsql
         as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$`,
    );
    await test.database.execute(
      `create constraint trigger ends_session after insert on doomed
         deferrable initially deferred for each row execute function end_session()`,
    );
    const work = test.database.transaction((tx) => tx.execute("insert into doomed values (1)"));
    expect(await rejection(work)).toBeInstanceOf(CommitUnknownError);
  });

  it("is not confused with a COMMIT that the server refused", async () => {
    await test.database.execute(
      "create table checked (id integer unique deferrable initially deferred)",
    );
    const error = await rejection(
      test.database.transaction((tx) => tx.execute("insert into checked values (1), (1)")),
    );
    expect(isUniqueViolation(error, "checked_id_key")).toBe(true);
  });
});

describe("a connection", () => {
  it("brings our settings, over those of the URL", async () => {
    const settings = async (url: string, planGuards: boolean) => {
      const database = connectDatabase({ url, planGuards, applicationName: "probe" });
      const rows = await database.query(
        `select current_setting('synchronous_commit') as commit, current_setting('timezone') as zone,
                current_setting('statement_timeout') as statement,
                current_setting('lock_timeout') as lock, current_setting('enable_sort') as sort,
                current_setting('idle_in_transaction_session_timeout') as idle,
                current_setting('application_name') as name`,
      );
      await database.close();
      return rows;
    };
    const ours = { commit: "on", zone: "UTC", statement: "30s", lock: "10s", idle: "30s" };
    const hostile = `${test.url}${test.url.includes("?") ? "&" : "?"}options=-c%20synchronous_commit%3Doff`;
    expect(await settings(hostile, false)).toEqual([{ ...ours, sort: "on", name: "probe" }]);
    expect(await settings(test.url, true)).toEqual([{ ...ours, sort: "off", name: "probe" }]);
  });

  it("may break while idle, in use or inside a transaction, and the next query gets another", async () => {
    const errors: unknown[] = [];
    const database = connectDatabase({
      url: test.url,
      poolSize: 1,
      onError: (error) => errors.push(error),
    });
    const ownPid = async () =>
      (await database.query<{ pid: number }>("select pg_backend_pid() as pid"))[0]?.pid;

    await test.database.query("select pg_terminate_backend($1, 5000)", [await ownPid()]);
    await until(() => errors.length > 0);
    const second = await ownPid();
    await rejection(database.query("select pg_terminate_backend(pg_backend_pid())"));
    const third = await ownPid();
    const broken = database.transaction(async (tx) => {
      await test.database.query("select pg_terminate_backend($1, 5000)", [third]);
      await tx.query("select 1");
    });
    expect(await rejection(broken)).toBeInstanceOf(Error);
    const fourth = await ownPid();
    expect(new Set([second, third, fourth]).size).toBe(3);
    await database.close();
  });

  it("is used again after a refused statement or a rolled-back transaction", async () => {
    const database = connectDatabase({ url: test.url, poolSize: 1 });
    const ownPid = () => database.query("select pg_backend_pid() as pid");
    const before = await ownPid();
    await rejection(database.query("select 1 / 0"));
    await rejection(database.transaction(() => Promise.reject(new Error("ours"))));
    expect(await ownPid()).toEqual(before);
    await database.close();
  });
});

describe("a listener", () => {
  it("is woken by its channel only, and after a reconnect, until it unsubscribes", async () => {
    const database = connectDatabase({ url: test.url, applicationName: "listening" });
    const woken: string[] = [];
    const unsubscribe = await database.listen("Due charges", (payload) => woken.push(payload));

    await test.database.query("select pg_notify('other', 'no'), pg_notify('Due charges', 'one')");
    await until(() => woken.length === 1);
    await test.database.query(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'listening'",
    );
    await until(() => woken.length === 2);
    await test.database.query("select pg_notify('Due charges', 'two')");
    await until(() => woken.length === 3);
    expect(woken).toEqual(["one", "", "two"]);

    await unsubscribe();
    await test.database.query("select pg_notify('Due charges', 'three')");
    const left = await test.database.query(
      "select from pg_stat_activity where application_name = 'listening' and query like 'listen%'",
    );
    expect({ woken: woken.length, left }).toEqual({ woken: 3, left: [] });
    await database.close();
  });

  it("may be asked for while the server is away", async () => {
    const database = connectDatabase({ url: "postgres://nobody@127.0.0.1:1/nothing" });
    await database.listen("any", () => undefined);
    await database.close();
    await database.close();
  });
});

/** Resolves once `count` callers have arrived. */
function meetingOf(count: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === count) for (const release of waiting) release();
    });
}

/** Waits for something that another process does; the test's own time limit ends a vain wait. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await test.database.query("select pg_sleep(0.01)");
}
