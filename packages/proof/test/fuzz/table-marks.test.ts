import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../../server/test/support/test-database.ts";
import { watchTables, type TableMarks } from "../../src/fuzz/table-marks.ts";

let db: TestDatabase;
let marks: TableMarks;

beforeAll(async () => {
  db = await createTestDatabase({ template: "empty" });
  await db.database.execute("create table things (id integer primary key, name text)");
  await db.database.execute("create table others (id integer primary key)");
  await db.database.execute("insert into things values (1, 'one'), (2, 'two')");
  marks = await watchTables(db.database);
});

afterAll(() => db.drop());

async function changedBy(sql: string): Promise<readonly string[]> {
  await db.database.execute(sql);
  return await marks.changed();
}

describe("the marks of the tables", () => {
  it("tell which table a row was inserted into, changed in or deleted from", async () => {
    expect(await changedBy("insert into others values (1)")).toEqual(["others"]);
    expect(await changedBy("update things set name = 'two' where id = 2")).toEqual(["things"]);
    expect(await changedBy("delete from things where id = 1")).toEqual(["things"]);
  });

  it("tell nothing of a question, a locked row, or what was rolled back", async () => {
    expect(await changedBy("select count(*) from things")).toEqual([]);
    expect(await changedBy("select * from things for update")).toEqual([]);
    const failure = db.database.transaction(async (tx) => {
      await tx.execute("insert into things values (3, 'three')");
      throw new Error("no");
    });
    await expect(failure).rejects.toThrow("no");
    expect(await marks.changed()).toEqual([]);
  });
});
