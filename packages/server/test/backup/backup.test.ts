import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { backup, restore } from "../../src/cli/backup.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { connectDatabase, type Database } from "../../src/db/database.ts";
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from "../../src/db/embedded/start-embedded-postgres.ts";
import { migrate } from "../../src/db/migrate.ts";
import { endRecovery, findOpenRecovery } from "../../src/journal/recovery-store.ts";
import {
  chargePayments,
  createWorld,
  eventually,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

/** A server of its own, with the product's tables. */
interface Server {
  readonly data: string;
  readonly database: Database;
  readonly url: string;
  stop(): Promise<void>;
}

async function serve(data: string): Promise<Server> {
  const postgres: EmbeddedPostgres = await startEmbeddedPostgres({
    dataDirectory: data,
    initdbNoSync: true,
  });
  await migrate(postgres.url);
  const database = connectDatabase({ url: postgres.url, onError: () => undefined });
  return {
    data,
    database,
    url: postgres.url,
    async stop() {
      await database.close();
      await postgres.stop();
    },
  };
}

const lines: string[] = [];
const terminal: Terminal = {
  environment: {},
  print: (line) => void lines.push(line),
  say: () => undefined,
};

async function takeBackup(data: string, target: string): Promise<Record<string, unknown>> {
  await backup(terminal, target, { data, json: true });
  return JSON.parse(lines.at(-1) ?? "") as Record<string, unknown>;
}

let parent: string;
let server: Server;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "maedal-backup-"));
  server = await serve(join(parent, "data"));
});
afterEach(async () => {
  await server.stop();
  await rm(parent, { recursive: true, force: true });
});

describe("a backup that is taken while rows are written", () => {
  it("has every row that was committed before, and each that it has is whole", async () => {
    const { data, database } = server;
    await database.execute("create table acknowledged (n integer primary key, filler text)");
    const progress = { acknowledged: 0, isOver: false };
    const insert = "insert into acknowledged values ($1, repeat('x', 2000))";
    const writing = (async () => {
      while (!progress.isOver) {
        await database.execute(insert, [progress.acknowledged + 1]);
        progress.acknowledged += 1;
      }
    })();
    await eventually("some rows", async () => progress.acknowledged > 200);
    const before = progress.acknowledged;
    const made = await takeBackup(data, join(parent, "backup"));
    progress.isOver = true;
    await writing;
    expect(made).toMatchObject({ holdsMasterKey: false, files: expect.any(Number) });

    await restore(terminal, join(parent, "backup"), { data: join(parent, "restored") });
    const restored = await serve(join(parent, "restored"));
    const [row] = await restored.database.query<{ n: number; last: number; whole: number }>(
      `select count(*)::int as n, max(n) as last,
         count(*) filter (where length(filler) = 2000)::int as whole from acknowledged`,
    );
    await restored.stop();
    expect(row?.n).toBeGreaterThanOrEqual(before);
    expect(row?.n).toBeLessThanOrEqual(progress.acknowledged);
    expect([row?.last, row?.whole]).toEqual([row?.n, row?.n]);
  });

  it("holds neither the master key nor the send journal, nor what belongs to a running server", async () => {
    const { data } = server;
    await writeFile(join(data, "master.key"), "a secret");
    await mkdir(join(data, "journal"));
    await writeFile(join(data, "journal", "1.log"), "sent");
    const target = join(parent, "backup");
    await takeBackup(data, target);
    expect(await readdir(target)).toEqual(["manifest.json", "postgres"]);
    const names = await readdir(join(target, "postgres"));
    expect(names.filter((name) => /postmaster|master\.key|journal/.test(name))).toEqual([]);
    expect(names).toContain("backup_label");
  });
});

describe("a server that does not run", () => {
  it("is backed up all the same, and stands still afterwards", async () => {
    await server.database.execute("create table kept as select 7 as n");
    await server.stop();
    await takeBackup(server.data, join(parent, "backup"));
    expect(await readdir(join(server.data, "postgres"))).not.toContain("postmaster.pid");
    await restore(terminal, join(parent, "backup"), { data: join(parent, "restored") });
    server = await serve(join(parent, "restored"));
    expect(await server.database.query("select n from kept")).toEqual([{ n: 7 }]);
  });
});

describe("a backup or a restore that cannot be right is refused:", () => {
  it("into a directory that holds something", async () => {
    const target = join(parent, "backup");
    await mkdir(target);
    await writeFile(join(target, "holiday.jpg"), "");
    await expect(backup(terminal, target, { data: server.data })).rejects.toThrow("is not empty");
    await takeBackup(server.data, join(parent, "good"));
    const restoring = restore(terminal, join(parent, "good"), { data: target });
    await expect(restoring).rejects.toThrow("is not empty");
    expect(await readdir(target)).toEqual(["holiday.jpg"]);
  });

  it("of a database that is not there, or is somebody else's to back up", async () => {
    const nowhere = backup(terminal, join(parent, "backup"), { data: join(parent, "nowhere") });
    await expect(nowhere).rejects.toThrow("There is no database in");
    const environment = { DATABASE_URL: "postgres://db.example/maedal" };
    const elsewhere = backup({ ...terminal, environment }, join(parent, "backup"), {});
    await expect(elsewhere).rejects.toThrow("with its own tools");
  });

  it("from what was cut short, changed, or added to", async () => {
    const source = join(parent, "backup");
    const data = join(parent, "restored");
    await takeBackup(server.data, source);
    const refusal = async () => {
      const error: unknown = await restore(terminal, source, { data }).catch((e: unknown) => e);
      expect(await readdir(data).catch(() => [])).toEqual([]);
      return error instanceof Error ? error.message : "restored";
    };
    await writeFile(join(source, "postgres", "recovery.signal"), "");
    expect(await refusal()).toContain("1 files that were not backed up");
    await rm(join(source, "postgres", "recovery.signal"));
    await writeFile(join(source, "postgres", "PG_VERSION"), "17\n");
    expect(await refusal()).toContain("postgres/PG_VERSION is not as it was backed up");
    await rm(join(source, "postgres", "PG_VERSION"));
    expect(await refusal()).toContain("postgres/PG_VERSION is missing");
    await rm(join(source, "manifest.json"));
    expect(await refusal()).toContain("was cut short");
  });
});

describe("a server that charges", () => {
  let world: World;
  beforeEach(async () => {
    const { database, url } = server;
    const db = { database, url, drop: () => database.close() };
    world = await createWorld({ db });
  });
  afterEach(() => world.stop());

  it("goes on from its backup, takes nothing twice, and charges what is due", async () => {
    const worker = world.worker();
    const subscribed = [];
    for (let n = 0; n < 6; n += 1) subscribed.push(await subscribe(world));
    const backingUp = takeBackup(server.data, join(parent, "backup"));
    for (let n = 0; n < 6; n += 1) subscribed.push(await subscribe(world));
    await backingUp;
    for (const { subscription } of subscribed) {
      await untilCharges(world, subscription.id, "captured");
    }
    await worker.stop();
    expect(await chargePayments(world)).toHaveLength(12);

    await restore(terminal, join(parent, "backup"), { data: join(parent, "restored") });
    const restored = await serve(join(parent, "restored"));
    try {
      const engine = world.engineWith({ database: restored.database });
      const known = await restored.database.query("select id from subscriptions");
      expect(known.length).toBeGreaterThanOrEqual(6);
      expect((await findOpenRecovery(restored.database))?.reason).toContain("from a backup");
      const gateway = await world.patient.of(restored.database, world.connection);
      const claim = () => claimCharges(engine, world.connection, gateway.capabilities, "real", 50);
      expect(await claim()).toEqual([]);

      await endRecovery(restored.database, "test", "no journal was kept");
      const again = world.worker(engine);
      const there = { ...world, engine, db: { ...world.db, database: restored.database } };
      const next = await subscribe(there);
      await untilCharges(there, next.subscription.id, "captured");
      await eventually("every charge to be decided", async () => {
        const open = await restored.database.query(
          "select id from charges where status not in ('captured')",
        );
        return open.length === 0;
      });
      await again.stop();
      const orderIds = (await chargePayments(world)).map(({ orderId }) => orderId);
      expect(orderIds).toHaveLength(13);
      expect(new Set(orderIds).size).toBe(13);
    } finally {
      await restored.stop();
    }
  });
});
