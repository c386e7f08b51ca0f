/**
 * The master key: from the environment, from a file, or, beside an embedded PostgreSQL, from a file
 * in the data directory that is made on first use. Without it no billing key can be charged, so it
 * is never replaced while there is something that only the old one opens.
 */
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listAccounts } from "./accounts/account-store.ts";
import { ConfigError, type Config } from "./config.ts";
import type { Queryable } from "./db/database.ts";
import type { Random } from "./effects.ts";
import { readMasterKey, type MasterKey } from "./security/encryption.ts";
import { Secret } from "./security/secret.ts";

/**
 * @param isEmbedded Only then a missing file is made.
 * @throws {ConfigError | EncryptionError} naming the fix.
 */
export async function loadMasterKey(
  config: Pick<Config, "masterKey" | "masterKeyFile" | "dataDirectory">,
  isEmbedded: boolean,
  db: Queryable,
  random: Random,
  notice: (line: string) => void,
): Promise<MasterKey> {
  if (config.masterKey !== undefined) return readMasterKey(config.masterKey);
  const path = config.masterKeyFile ?? join(config.dataDirectory, "master.key");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new ConfigError(`The master key file ${path} cannot be read (${error.code}).`);
  });
  if (text !== undefined) return readMasterKey(new Secret(text));
  if (!isEmbedded) {
    throw new ConfigError(
      "There is no master key. Make one with `openssl rand -base64 32`, and give it as MAEDAL_MASTER_KEY or in the file that MAEDAL_MASTER_KEY_FILE names.",
    );
  }
  if ((await listAccounts(db)).length > 0) {
    throw new ConfigError(
      `The master key file ${path} is missing, and the database holds accounts that only it opens. Put it back from your backup.`,
    );
  }
  return await makeKeyFile(path, random, notice);
}

async function makeKeyFile(
  path: string,
  random: Random,
  notice: (line: string) => void,
): Promise<MasterKey> {
  const key = new Secret(Buffer.from(random.bytes(32)).toString("base64"));
  // Never over another process's key: whoever was first has it.
  await writeFile(path, `${key.reveal()}\n`, { flag: "wx", mode: 0o600 });
  await chmod(path, 0o600); // A loose umask is no excuse, and a tight one no obstacle.
  notice(`Made the master key ${path}. Keep a copy of it elsewhere: nothing opens without it.`);
  return readMasterKey(key);
}
