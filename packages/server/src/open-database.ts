/** Which PostgreSQL: the one of DATABASE_URL, or the embedded one in the data directory. */
import type { Config } from "./config.ts";
import { openDataDirectory } from "./db/embedded/data-directory.ts";
import { findPostmaster, socketUrl } from "./db/embedded/postmaster.ts";
import { embeddedDatabase, startEmbeddedPostgres } from "./db/embedded/start-embedded-postgres.ts";

export interface OpenDatabase {
  readonly url: string;
  readonly isEmbedded: boolean;
  /** Stops the embedded PostgreSQL if this process started it. */
  stop(): Promise<void>;
}

/**
 * `owner` starts the embedded PostgreSQL and is the only one who may: `maedal serve`. `guest` joins
 * the one that a running `maedal serve` owns, so that commands work beside it, and starts it for
 * the time of the command otherwise.
 */
export type DatabaseRole = "owner" | "guest";

/** @throws {EmbeddedPostgresError} naming the fix. */
export async function openDatabase(
  config: Pick<Config, "databaseUrl" | "dataDirectory">,
  role: DatabaseRole,
  notice: (line: string) => void,
): Promise<OpenDatabase> {
  const { databaseUrl, dataDirectory } = config;
  const nothing = async () => undefined;
  if (databaseUrl !== undefined) return { url: databaseUrl, isEmbedded: false, stop: nothing };
  if (role === "guest") {
    const { cluster } = await openDataDirectory(dataDirectory);
    const running = await findPostmaster(cluster);
    if (running !== undefined) {
      const url = socketUrl(running.socketDirectory, embeddedDatabase);
      return { url, isEmbedded: true, stop: nothing };
    }
  }
  const postgres = await startEmbeddedPostgres({ dataDirectory, log: notice });
  return { url: postgres.url, isEmbedded: true, stop: () => postgres.stop() };
}
