/** A database of its own for a test file: empty tables, all migrations applied, about 0.1 s. */
import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { connectDatabase, type Database } from "../../src/db/database.ts";
import { withDatabase } from "../../src/db/session.ts";
import { createDatabase, dropDatabase } from "./test-server.ts";

export interface TestDatabase {
  /** For code under test that makes its own connections. */
  readonly url: string;
  readonly database: Database;
  /** Closes `database` and drops it, whoever else is still connected. */
  drop(): Promise<void>;
}

/** `template: "empty"` gives a database that no migration has touched. */
export async function createTestDatabase(
  options: { readonly template?: "migrated" | "empty" } = {},
): Promise<TestDatabase> {
  const server = inject("testServer");
  const name = `${server.prefix}${randomBytes(6).toString("hex")}`;
  await createDatabase(
    server.url,
    name,
    options.template === "empty" ? undefined : server.template,
  );
  const url = withDatabase(server.url, name);
  const database = connectDatabase({ url });
  return {
    url,
    database,
    async drop() {
      await database.close();
      await dropDatabase(server.url, name);
    },
  };
}
