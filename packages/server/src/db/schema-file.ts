/** `schema.sql`: the dump of what all migrations build, kept beside them and reviewed like code. */
import { fileURLToPath } from "node:url";
import type { Database } from "./database.ts";
import { dumpSchema } from "./dump-schema.ts";

export const schemaFile = fileURLToPath(new URL("../../schema.sql", import.meta.url));

export const rewriteSchemaCommand =
  "node --conditions=source packages/server/src/db/write-schema.ts";

/** The whole text of the file, for a database that all migrations were applied to. */
export async function schemaText(database: Database): Promise<string> {
  return `-- What the migrations build. Written by a program, read by people; to rewrite it:
--   ${rewriteSchemaCommand}

${await dumpSchema(database)}`;
}
