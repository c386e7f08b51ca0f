/**
 * Cluster: a PostgreSQL with everything that happens to one. It syncs its commits, is killed and
 * recovers, runs out of disk, takes no writes for a while, and gives way to a standby that lacks its
 * last commits. Clients come through a fault proxy and never learn which server it is.
 */
import {
  appendFile,
  chown,
  mkdir,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { openDataDirectory } from "../../../server/src/db/embedded/data-directory.ts";
import { findPostmaster, type Postmaster } from "../../../server/src/db/embedded/postmaster.ts";
import { choosePrivileges } from "../../../server/src/db/embedded/privileges.ts";
import {
  embeddedDatabase,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from "../../../server/src/db/embedded/start-embedded-postgres.ts";
import { takeBackup } from "../../../server/src/db/embedded/take-backup.ts";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";
import { familyOf, limitFiles } from "./file-limit.ts";
import { pause, until } from "./waiting.ts";

/** Commits of this span were lost, as far as anybody can tell. */
export interface LostSpan {
  readonly fromAt: string;
  readonly toAt: string;
}

export interface Cluster {
  /** For the engine's processes. */
  readonly url: string;
  readonly proxy: FaultProxy;
  /** Asks the primary itself, past the proxy. */
  ask<Row>(sql: string): Promise<Row[]>;
  /** SIGKILL to the postmaster, and to its children as well when the whole machine goes down. */
  kill(withChildren: boolean): Promise<void>;
  readOnlyFor(ms: number): Promise<void>;
  /** No file of the server grows beyond `bytes`; it is started again if it went down over that. */
  fullFor(ms: number, bytes: number): Promise<void>;
  /** Copies the running primary and has the copy follow it, asynchronously. */
  addStandby(): Promise<void>;
  /** Lets the standby fall behind, kills the primary, and has the standby take its place. */
  promote(lagMs: number): Promise<LostSpan>;
  stop(): Promise<void>;
}

interface Server {
  readonly root: string;
  embedded: EmbeddedPostgres;
  postmaster: Postmaster;
}

interface State {
  readonly root: string;
  readonly proxy: FaultProxy;
  /** Between standby and primary. */
  readonly replication: FaultProxy;
  primary: Server;
  standby: Server | undefined;
  count: number;
}

/** Longer than anything takes on a machine that is busy with other things. */
const patienceMs = 120_000;
const slot = "chaos_standby";
const user = "maedal";

/** @param root A directory of its own, which must exist. */
export async function startCluster(root: string): Promise<Cluster> {
  const proxy = await startFaultProxy();
  const replication = await startFaultProxy();
  const primary = await startServer(join(root, "server-1"));
  const state: State = { root, proxy, replication, primary, standby: undefined, count: 1 };
  lead(state);
  await settle(primary);
  return {
    url: `postgres://${user}@127.0.0.1:${proxy.port}/${embeddedDatabase}?sslmode=disable`,
    proxy,
    ask: (sql) => ask(state.primary, sql),
    kill: (withChildren) => kill(state, withChildren),
    readOnlyFor: (ms) => readOnlyFor(state, ms),
    fullFor: (ms, bytes) => fullFor(state, ms, bytes),
    addStandby: () => addStandby(state),
    promote: (lagMs) => promote(state, lagMs),
    async stop() {
      await Promise.all([proxy.close(), replication.close()]);
      await state.standby?.embedded.stop();
      await state.primary.embedded.stop();
    },
  };
}

/** What makes it faster and no less durable; copies inherit it. */
const settings: readonly string[] = [
  // A sync of the file system before recovery, and not of each file: much faster on a busy disk; Linux only.
  "recovery_init_sync_method = 'syncfs'",
  // Processes that live for seconds would plan each statement six times over, and do little else.
  "plan_cache_mode = 'force_generic_plan'",
  "join_collapse_limit = 4",
  "from_collapse_limit = 4",
  "jit = off",
];

async function settle(server: Server): Promise<void> {
  for (const setting of settings) {
    await ask(server, `alter system set ${setting}`).catch(() => undefined);
  }
  await ask(server, "select pg_reload_conf()");
}

async function startServer(root: string): Promise<Server> {
  const embedded = await startEmbeddedPostgres({ dataDirectory: root });
  return { root, embedded, postmaster: await postmasterOf(root) };
}

async function postmasterOf(root: string): Promise<Postmaster> {
  const found = await findPostmaster(join(root, "postgres"));
  if (found === undefined) throw new Error(`no PostgreSQL serves ${root}`);
  return found;
}

function lead({ primary, proxy, replication }: State): void {
  const socket = join(primary.postmaster.socketDirectory, ".s.PGSQL.5432");
  proxy.pointTo(socket);
  replication.pointTo(socket);
}

/** Never limited by what the server itself is told to be like. */
async function ask<Row>({ embedded }: Server, sql: string): Promise<Row[]> {
  const options = "-c default_transaction_read_only=off";
  const client = new Client({ connectionString: embedded.url, options });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function killProcesses({ postmaster }: Server, withChildren: boolean): Promise<void> {
  const { pid } = postmaster.process;
  for (const victim of withChildren ? await familyOf(pid) : [pid]) {
    try {
      process.kill(victim, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

async function restart(state: State): Promise<void> {
  const { primary } = state;
  await primary.embedded.stop();
  state.primary = await startServer(primary.root);
  lead(state);
}

async function kill(state: State, withChildren: boolean): Promise<void> {
  await killProcesses(state.primary, withChildren);
  await restart(state);
}

async function readOnlyFor({ primary }: State, ms: number): Promise<void> {
  await ask(primary, "alter system set default_transaction_read_only = on");
  await ask(primary, "select pg_reload_conf()");
  await pause(ms);
  await ask(primary, "alter system reset default_transaction_read_only");
  await ask(primary, "select pg_reload_conf()");
}

async function fullFor(state: State, ms: number, bytes: number): Promise<void> {
  const { pid } = state.primary.postmaster.process;
  await limitFiles(await familyOf(pid), bytes);
  await pause(ms);
  await limitFiles(await familyOf(pid), undefined);
  // A server that could not write its log has gone down, or is about to.
  await pause(200);
  const isUp = await ask(state.primary, "checkpoint").then(
    () => true,
    () => false,
  );
  if (!isUp) await restart(state);
}

async function addStandby(state: State): Promise<void> {
  const { primary, replication } = state;
  state.count += 1;
  const root = join(state.root, `server-${state.count}`);
  const backup = join(state.root, `backup-${state.count}`);
  const cluster = join(primary.root, "postgres");
  await ask(primary, `select pg_create_physical_replication_slot('${slot}', true)`);
  await takeBackup({ url: primary.embedded.url, cluster, target: backup });
  const directory = await openDataDirectory(root);
  await rename(join(backup, "postgres"), directory.cluster);
  await rm(backup, { recursive: true, force: true });
  const source = `host=127.0.0.1 port=${replication.port} user=${user} sslmode=disable gssencmode=disable`;
  await appendFile(
    join(directory.cluster, "postgresql.auto.conf"),
    `primary_conninfo = '${source}'\nprimary_slot_name = '${slot}'\nwal_retrieve_retry_interval = '200ms'\n`,
  );
  await writeFile(join(directory.cluster, "standby.signal"), "", { mode: 0o600 });
  await shareBinaries(state, directory.binaries);
  const privileges = await choosePrivileges(cluster, undefined);
  if (privileges.kind === "user") await giveAll(directory.root, privileges);
  state.standby = await startServer(root);
  await until("the standby follows", patienceMs, async () => {
    const rows = await ask(primary, "select 1 from pg_stat_replication where state = 'streaming'");
    return rows.length > 0;
  });
}

/** A copy of the programs takes longer than one of the data. */
async function shareBinaries({ primary, root }: State, binaries: string): Promise<void> {
  const shared = join(root, "binaries");
  const isFirst = !(await readdir(root)).includes("binaries");
  if (isFirst) {
    await mkdir(shared);
    const own = join(primary.root, "binaries");
    for (const version of await readdir(own)) {
      await rename(join(own, version), join(shared, version));
      await symlink(join(shared, version), join(own, version));
    }
  }
  await symlink(shared, binaries);
}

async function giveAll(root: string, to: { readonly uid: number; readonly gid: number }) {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  await chown(root, to.uid, to.gid);
  for (const entry of entries) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), to.uid, to.gid);
  }
}

/** How much later than the primary's end what it had committed may still be sent. */
const sentLateMs = 2_000;
/** Commits are not quite in the order of their times. */
const slackMs = 250;

async function promote(state: State, lagMs: number): Promise<LostSpan> {
  const { primary, proxy, replication, standby } = state;
  if (standby === undefined) throw new Error("there is no standby");
  replication.hold();
  await pause(lagMs);
  proxy.pointTo(undefined);
  replication.pointTo(undefined);
  await killProcesses(primary, true);
  const endedAt = Date.now();
  replication.cutAll();
  replication.release();
  proxy.cutAll();
  await primary.embedded.stop();
  // It replays what it got by itself before it is promoted. What it got may end within a record.
  await ask(standby, "select pg_promote(false)");
  await until("the standby has been promoted", patienceMs, async () => {
    const [row] = await ask<{ done: boolean }>(standby, "select not pg_is_in_recovery() as done");
    return row?.done === true;
  });
  const [last] = await ask<{ ms: number }>(
    standby,
    "select extract(epoch from pg_last_xact_replay_timestamp())::float8 * 1000 as ms",
  );
  state.primary = standby;
  state.standby = undefined;
  lead(state);
  await rm(primary.root, { recursive: true, force: true });
  const fromMs = (last?.ms ?? endedAt) - slackMs;
  return {
    fromAt: new Date(fromMs).toISOString(),
    toAt: new Date(endedAt + sentLateMs).toISOString(),
  };
}
