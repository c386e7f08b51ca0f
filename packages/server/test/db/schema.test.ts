import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rewriteSchemaCommand, schemaFile, schemaText } from "../../src/db/schema-file.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

describe("schema.sql", () => {
  it("is what the migrations build", async () => {
    const onDisk = await readFile(schemaFile, "utf8").catch(() => "");
    const built = await schemaText(test.database);
    expect(onDisk, `schema.sql is out of date; rewrite it: ${rewriteSchemaCommand}`).toEqual(built);
  });
});
