import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

describe("x", () => {
  it("y", async () => {
    expect(await test.database.query("select 1 as one")).toEqual([{ one: 1 }]);
  });
});
