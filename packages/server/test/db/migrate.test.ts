import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate, MigrationError, migrationStatus } from "../../src/db/migrate.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let test: TestDatabase;
let directory: string;

beforeEach(async () => {
  test = await createTestDatabase({ template: "empty" });
  directory = await mkdtemp(join(tmpdir(), "maedal-migrations-"));
});

afterEach(async () => {
  await test.drop();
  await rm(directory, { recursive: true, force: true });
});

const write = (file: string, sql: string) => writeFile(join(directory, file), sql);
const tables = () =>
  test.database.query("select relname as name from pg_class where relname ~ '^t_' order by 1");

describe("a database that no migration has touched", () => {
  it("gets all of them in order, once", async () => {
    await write("0002_add.sql", "alter table t_one add column b integer; create table t_two ();");
    await write("0001_create.sql", "create table t_one (a integer);");

    const before = await migrationStatus(test.database, { directory });
    const first = await migrate(test.url, { directory });
    const second = await migrate(test.url, { directory });
    const after = await migrationStatus(test.database, { directory });

    const all = ["0001_create", "0002_add"];
    expect({ before, first, second, after }).toEqual({
      before: { applied: [], pending: all },
      first: { applied: all },
      second: { applied: [] },
      after: { applied: all, pending: [] },
    });
    expect(await tables()).toEqual([{ name: "t_one" }, { name: "t_two" }]);
  });

  it("is migrated by one of several callers, while the others wait", async () => {
    await write("0001_create.sql", "create table t_one (); select pg_sleep(0.2);");
    await write("0002_more.sql", "create table t_two ();");
    const results = await Promise.all([1, 2, 3].map(() => migrate(test.url, { directory })));
    const applied = results.map((result) => result.applied).filter(({ length }) => length > 0);
    expect(applied).toEqual([["0001_create", "0002_more"]]);
  });
});

describe("a migration that fails", () => {
  it("leaves nothing of itself, and everything of those before it", async () => {
    await write("0001_create.sql", "create table t_one ();");
    await write("0002_fails.sql", "create table t_two (); select 1 / 0;");
    await expect(migrate(test.url, { directory })).rejects.toThrow(/0002_fails\.sql failed/);
    expect(await tables()).toEqual([{ name: "t_one" }]);
    const status = await migrationStatus(test.database, { directory });
    expect(status).toEqual({ applied: ["0001_create"], pending: ["0002_fails"] });
  });
});

describe("a migrated database", () => {
  beforeEach(async () => {
    await write("0001_create.sql", "create table t_one ();");
    await migrate(test.url, { directory });
  });

  const expectRefusal = async (reason: RegExp) => {
    const migrating = migrate(test.url, { directory });
    await expect(migrating).rejects.toThrow(MigrationError);
    await expect(migrating).rejects.toThrow(reason);
    await expect(migrationStatus(test.database, { directory })).rejects.toThrow(reason);
  };

  it("refuses a file that was edited after it was applied", async () => {
    await write("0001_create.sql", "create table t_one (a integer);");
    await expectRefusal(/0001_create\.sql differs .* restore that file/);
  });

  it("does not mind the line ends of another system", async () => {
    await write("0002_lines.sql", "select 1;\nselect 2;\n");
    await migrate(test.url, { directory });
    await write("0002_lines.sql", "select 1;\r\nselect 2;\r\n");
    expect(await migrate(test.url, { directory })).toEqual({ applied: [] });
  });

  it("refuses a program that is older than itself", async () => {
    await rm(join(directory, "0001_create.sql"));
    await expectRefusal(/start a newer Maedal/);
  });

  it("refuses a gap in the numbers, and a number used twice", async () => {
    await write("0003_late.sql", "select 1;");
    await expectRefusal(/0003_late\.sql is number 3 where 2 is due/);
    await write("0002_a.sql", "select 1;");
    await write("0002_b.sql", "select 1;");
    await expectRefusal(/0002_b\.sql is number 2 where 3 is due/);
  });

  it("refuses a name without a number", async () => {
    await write("create.sql", "select 1;");
    await expectRefusal(/create\.sql is not named like 0001_initial\.sql/);
  });
});
