/**
 * A process that owns an embedded PostgreSQL, for tests that kill it. Writes JSON lines:
 *
 *   {"started": {"url", "adopted"}}   or   {"refused": message}
 *   {"acknowledged": n}               after each committed row, when told to "write"
 *
 *   own-postgres.ts DIRECTORY [write]     stops its PostgreSQL and ends when stdin does
 */
import { connectDatabase } from "../../../src/db/database.ts";
import { startEmbeddedPostgres } from "../../../src/db/embedded/start-embedded-postgres.ts";

const [dataDirectory = "", task] = process.argv.slice(2);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const postgres = await startEmbeddedPostgres({ dataDirectory, initdbNoSync: true });
  say({ started: { url: postgres.url, adopted: postgres.adopted } });
  if (task === "write") await writeRows(postgres.url);
  process.stdin.resume().once("end", () => void postgres.stop());
} catch (error) {
  say({ refused: error instanceof Error ? error.message : String(error) });
}

/** Until somebody kills us, or the server. */
async function writeRows(url: string): Promise<void> {
  const database = connectDatabase({ url });
  await database.execute("create table acknowledged (n integer primary key)");
  for (let n = 1; ; n += 1) {
    await database.execute("insert into acknowledged values ($1)", [n]);
    say({ acknowledged: n });
  }
}
