/**
 * A world whose engine keeps a send journal in a directory of its own, and whose database can be set
 * back: a snapshot is a copy of the database, a restore puts the copy in its place.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, escapeIdentifier } from "pg";
import { inject } from "vitest";
import { defaultFloors } from "../../src/durability/durability.ts";
import { connectDatabase } from "../../src/db/database.ts";
import { realEffects } from "../../src/effects.ts";
import type { Engine } from "../../src/engine.ts";
import {
  openSendGuard,
  type OpenSendGuard,
  type SendGuardOptions,
} from "../../src/journal/open-send-guard.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { createWorld, eventually, type World, type WorldOptions } from "../support/world.ts";

export interface Process {
  readonly engine: Engine;
  readonly opened: OpenSendGuard;
  /** Runs the worker, and tends the journal as a server does. */
  work(): void;
  stop(): Promise<void>;
}

export interface JournalWorld {
  readonly world: World;
  /** The journal directory of the machine. */
  readonly directory: string;
  /** A server process: its guard is open and was checked once. */
  start(change?: Partial<SendGuardOptions>): Promise<Process>;
  snapshot(): Promise<void>;
  /** Whoever is connected is cut off, and finds the older database. */
  restore(): Promise<void>;
  /** The recoveries that were, oldest first. */
  recoveries(): Promise<{ reason: string; finished_by: string | null; sends: number }[]>;
  untilRecovered(count?: number): Promise<void>;
  stop(): Promise<void>;
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function createJournalWorld(options: WorldOptions = {}): Promise<JournalWorld> {
  const db = await createTestDatabase();
  const world = await createWorld({ ...options, db });
  const parent = await mkdtemp(join(tmpdir(), "maedal-journal-"));
  const directory = join(parent, "journal");
  const running: Process[] = [];

  async function start(change: Partial<SendGuardOptions> = {}): Promise<Process> {
    const opened = await openSendGuard({
      database: db.database,
      reconnect: () => connectDatabase({ url: db.url, poolSize: 1 }),
      effects: realEffects,
      log: silent,
      directory,
      keepDays: 40,
      floors: { ...defaultFloors, testBytes: 0, liveBytes: 0 },
      disks: [],
      runs: undefined,
      ...change,
    });
    const engine = world.engineWith({ sends: opened.guard });
    const stops: (() => Promise<void>)[] = [];
    const process: Process = {
      engine,
      opened,
      work() {
        const worker = world.worker(engine);
        opened.watch(engine);
        stops.push(() => worker.stop());
      },
      async stop() {
        await Promise.all(stops.map((stop) => stop()));
        await opened.stop();
      },
    };
    running.push(process);
    return process;
  }

  async function recoveries() {
    return await db.database.query<{ reason: string; finished_by: string | null; sends: number }>(
      `select r.reason, r.finished_by, (select count(*)::int from recovery_sends s
         where s.recovery_id = r.id) as sends
       from recoveries r order by r.started_at`,
    );
  }

  return {
    world,
    directory,
    start,
    recoveries,
    snapshot: () => copyDatabase(snapshotOf(db.url), nameOf(db.url)),
    restore: () => copyDatabase(nameOf(db.url), snapshotOf(db.url)),
    async untilRecovered(count = 1) {
      await eventually(`${count} recoveries to be over`, async () => {
        const all = await recoveries();
        return all.length >= count && all.every((it) => it.finished_by !== null);
      });
    },
    async stop() {
      await Promise.all(running.map((process) => process.stop()));
      await world.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

const nameOf = (url: string) => decodeURIComponent(/\/([^/?]+)(\?|$)/.exec(url)?.[1] ?? "");
const snapshotOf = (url: string) => `${nameOf(url)}_snapshot`;

async function copyDatabase(to: string, from: string): Promise<void> {
  const client = new Client({ connectionString: inject("testServer").url });
  await client.connect();
  try {
    await client.query(`drop database if exists ${escapeIdentifier(to)} with (force)`);
    await eventually("nobody to be connected to what is copied", async () => {
      await client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
        [from],
      );
      const copy = `create database ${escapeIdentifier(to)} template ${escapeIdentifier(from)}`;
      return await client.query(copy).then(
        () => true,
        () => false,
      );
    });
  } finally {
    await client.end();
  }
}
