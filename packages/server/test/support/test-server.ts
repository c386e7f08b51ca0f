/** The databases that a run of the suite makes and drops on its PostgreSQL server. */
import { randomBytes } from "node:crypto";
import { Client, escapeIdentifier } from "pg";

const namePrefix = "maedal_test_";
/** Copies of a template take turns: PostgreSQL refuses one while somebody is connected to it. */
const copyLock = 7_301_264_119;
const abandonedAfterSeconds = 6 * 60 * 60;

/** Begins every database name of one run: when it began, in seconds, and something random. */
export function runPrefix(): string {
  const startedAt = Math.floor(Date.now() / 1000);
  return `${namePrefix}${startedAt}_${randomBytes(4).toString("hex")}_`;
}

export async function createDatabase(serverUrl: string, name: string, template?: string) {
  await withClient(serverUrl, async (client) => {
    await client.query("select pg_advisory_lock($1)", [copyLock]);
    const copied = template === undefined ? "" : ` template ${escapeIdentifier(template)}`;
    await client.query(`create database ${escapeIdentifier(name)}${copied}`);
  });
}

export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await withClient(serverUrl, async (client) => {
    await client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
  });
}

export async function dropDatabases(serverUrl: string, prefix: string): Promise<void> {
  for (const name of await databaseNames(serverUrl, prefix)) await dropDatabase(serverUrl, name);
}

/** Drops what killed runs left on a server that stays. */
export async function dropOldDatabases(serverUrl: string): Promise<void> {
  const oldest = Date.now() / 1000 - abandonedAfterSeconds;
  for (const name of await databaseNames(serverUrl, namePrefix)) {
    const startedAt = Number(name.slice(namePrefix.length).split("_")[0]);
    if (startedAt < oldest) await dropDatabase(serverUrl, name);
  }
}

async function databaseNames(serverUrl: string, prefix: string): Promise<string[]> {
  return withClient(serverUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      "select datname from pg_database where starts_with(datname::text, $1) order by datname",
      [prefix],
    );
    return rows.map(({ datname }) => datname);
  });
}

async function withClient<T>(serverUrl: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
