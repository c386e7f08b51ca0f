/** Measures what durability.ts judges: settings of the server, a canary, free space on disks. */
import { statfs } from "node:fs/promises";
import { statement, type Queryable } from "../db/database.ts";
import type { DiskFacts, ServerFacts } from "./durability.ts";

const server = statement(
  "durability_of_server",
  `select current_setting('fsync')::boolean as fsync,
     current_setting('full_page_writes')::boolean as full_page_writes,
     current_setting('synchronous_commit') as synchronous_commit,
     pg_is_in_recovery() as in_recovery,
     current_setting('transaction_read_only')::boolean as read_only`,
);

export async function measureServer(db: Queryable): Promise<ServerFacts> {
  const [row] = await db.query<{
    fsync: boolean;
    full_page_writes: boolean;
    synchronous_commit: string;
    in_recovery: boolean;
    read_only: boolean;
  }>(server);
  if (row === undefined) throw new Error("the server said nothing of its settings");
  return {
    fsync: row.fsync,
    fullPageWrites: row.full_page_writes,
    synchronousCommit: row.synchronous_commit,
    isInRecovery: row.in_recovery,
    isReadOnly: row.read_only,
  };
}

export interface Disk {
  readonly what: string;
  readonly path: string;
}

/** What this process may still write there. A path that is not there has no space. */
export async function measureDisk({ path, what }: Disk): Promise<DiskFacts> {
  const found = await statfs(path).catch(() => undefined);
  return { what, path, freeBytes: found === undefined ? 0 : found.bavail * found.bsize };
}
