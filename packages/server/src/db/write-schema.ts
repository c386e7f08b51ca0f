/**
 * Rewrites `packages/server/schema.sql` from the migrations, on a throw-away embedded PostgreSQL:
 *
 *   node --conditions=source packages/server/src/db/write-schema.ts
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectDatabase } from "./database.ts";
import { startEmbeddedPostgres } from "./embedded/start-embedded-postgres.ts";
import { migrate } from "./migrate.ts";
import { schemaFile, schemaText } from "./schema-file.ts";

const dataDirectory = await mkdtemp(join(tmpdir(), "maedal-schema-"));
const postgres = await startEmbeddedPostgres({ dataDirectory, initdbNoSync: true });
const database = connectDatabase({ url: postgres.url });
try {
  await migrate(postgres.url);
  await writeFile(schemaFile, await schemaText(database));
} finally {
  await database.close();
  await postgres.stop();
  await rm(dataDirectory, { recursive: true, force: true });
}
