import { execFile } from "node:child_process";
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectDatabase } from "../../../src/db/database.ts";
import { findBinaries } from "../../../src/db/embedded/binaries.ts";
import { processIdentity } from "../../../src/db/embedded/processes.ts";
import {
  startEmbeddedPostgres,
  stopAbandonedPostgres,
  type EmbeddedPostgres,
} from "../../../src/db/embedded/start-embedded-postgres.ts";
import { startOwner, type OwnerProcess } from "./owner-process.ts";

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
/** The user "nobody", on Debian and most others. */
const nobody = { uid: 65_534, gid: 65_534 };

let parent: string;
let dataDirectory: string;
let running: EmbeddedPostgres[];
let owners: OwnerProcess[];

let stoppedData: string;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), "maedal-embedded-"));
  await (await startEmbeddedPostgres({ dataDirectory: directory, initdbNoSync: true })).stop();
  stoppedData = directory;
});
afterAll(() => rm(stoppedData, { recursive: true, force: true }));

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "maedal-embedded-"));
  dataDirectory = join(parent, "data");
  running = [];
  owners = [];
});

afterEach(async () => {
  await Promise.all(owners.map((owner) => owner.kill()));
  await Promise.all(running.map((postgres) => postgres.stop()));
  if ((await readdir(parent)).includes("data")) {
    await stopAbandonedPostgres(dataDirectory).catch(() => undefined);
  }
  await rm(parent, { recursive: true, force: true });
});

/** Data that was made and stopped once, for tests about what comes later: a copy takes no second. */
async function useStoppedData(): Promise<void> {
  await run("cp", ["-a", stoppedData, dataDirectory]);
}

async function start(
  options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {},
): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDirectory, initdbNoSync: true, ...options });
  running.push(postgres);
  return postgres;
}

async function own(options?: Parameters<typeof startOwner>[1]): Promise<OwnerProcess> {
  const owner = await startOwner(dataDirectory, options);
  owners.push(owner);
  return owner;
}

async function ask<Row>(url: string, sql: string): Promise<Row[]> {
  const database = connectDatabase({ url });
  try {
    return await database.query<Row>(sql);
  } finally {
    await database.close();
  }
}

const rowCount = async (url: string) =>
  (await ask<{ rows: number }>(url, "select count(*)::int as rows from acknowledged"))[0]?.rows;

const postmasterPid = async () =>
  Number(
    (await readFile(join(dataDirectory, "postgres", "postmaster.pid"), "utf8")).split("\n")[0],
  );

describe("a data directory that does not exist yet", () => {
  it("becomes a durable PostgreSQL that only its owner can reach", async () => {
    const { url, adopted } = await start();
    const settings = await ask(
      url,
      `select current_setting('fsync') as fsync, current_setting('data_checksums') as checksums,
              current_setting('listen_addresses') as addresses, current_user as "user",
              current_setting('max_connections') as connections, current_database() as database,
              (select datlocale from pg_database where datname = current_database()) as locale`,
    );
    expect({ adopted, settings }).toEqual({
      adopted: false,
      settings: [
        {
          fsync: "on",
          checksums: "on",
          addresses: "",
          user: "maedal",
          connections: "200",
          database: "maedal",
          locale: "C.UTF-8",
        },
      ],
    });
  });

  it("may lie deeper than a socket's address is long", async () => {
    dataDirectory = join(parent, "a-name-of-forty-characters-and-no-fewer/".repeat(4), "data");
    const postgres = await start();
    await ask(postgres.url, "create table acknowledged (n integer)");
    await postgres.stop();
    const again = await start();
    expect(await rowCount(again.url)).toBe(0);
  });
});

describe("a stop", () => {
  it("leaves no process behind, and the data to the next start", async () => {
    await useStoppedData();
    const postgres = await start();
    const pid = await postmasterPid();
    await ask(postgres.url, "create table acknowledged (n integer)");
    await postgres.stop();
    await postgres.stop();
    expect(await processIdentity(pid)).toBeUndefined();

    const next = await start();
    expect({ adopted: next.adopted, rows: await rowCount(next.url) }).toEqual({
      adopted: false,
      rows: 0,
    });
  });
});

describe("a second process", () => {
  it("is refused while the first lives, and told whom to stop or what to set", async () => {
    await useStoppedData();
    const first = await own();
    const second = await own();
    expect(second.outcome).toEqual({
      refused:
        `The data directory ${dataDirectory} is in use by process ${first.pid}. ` +
        "Stop that process first. Or set DATABASE_URL to use a PostgreSQL server of your own.",
    });
    await expect(start()).rejects.toThrow(`process ${first.pid}`);
  });

  it("is let in once the first has stopped", async () => {
    await useStoppedData();
    const first = await own();
    await first.finish();
    expect((await start()).adopted).toBe(false);
  });

  it("that starts at the same moment is refused, on a new directory and on an abandoned one", async () => {
    for (const adopted of [false, true]) {
      const racers = await Promise.all([own(), own(), own()]);
      const winners = racers.filter(({ outcome }) => "started" in outcome);
      expect(winners.map(({ outcome }) => outcome)).toEqual([
        { started: { url: expect.any(String), adopted } },
      ]);
      await Promise.all(racers.map((racer) => racer.kill()));
    }
  });
});

describe("an owner that was killed", () => {
  it("leaves its server to the next one, with every acknowledged row", async () => {
    await useStoppedData();
    const owner = await own({ task: "write" });
    await owner.acknowledgedAtLeast(200);
    await owner.kill();

    const next = await start();
    expect(next.adopted).toBe(true);
    expect(await rowCount(next.url)).toBeGreaterThanOrEqual(owner.lastAcknowledged());
    const pid = await postmasterPid();
    await next.stop();
    expect(await processIdentity(pid)).toBeUndefined();
  });
});

describe("a server that was killed", () => {
  it("recovers every acknowledged row at the next start, even at once", async () => {
    await useStoppedData();
    const owner = await own({ task: "write" });
    await owner.acknowledgedAtLeast(200);
    process.kill(await postmasterPid(), "SIGKILL");
    await owner.kill();

    const next = await start();
    expect(next.adopted).toBe(false);
    expect(await rowCount(next.url)).toBeGreaterThanOrEqual(owner.lastAcknowledged());
  });

  it("can be stopped and started again by the owner that survived it", async () => {
    await useStoppedData();
    const first = await start();
    await ask(first.url, "create table acknowledged (n integer)");
    process.kill(await postmasterPid(), "SIGKILL");
    await first.stop();
    const next = await start();
    expect(await rowCount(next.url)).toBe(0);
  });
});

describe.skipIf(!isRoot)("privileges", () => {
  it("of an ordinary user are enough", async () => {
    await chown(parent, nobody.uid, nobody.gid);
    const owner = await own(nobody);
    expect(owner.outcome).toEqual({ started: { url: expect.any(String), adopted: false } });
    await owner.finish();
  });

  it("of root can be handed to another user, who then owns the data for good", async () => {
    await chown(parent, nobody.uid, nobody.gid);
    const first = await start({ runAs: "nobody" });
    await ask(first.url, "create table acknowledged (n integer)");
    await first.stop();
    const next = await start();
    expect(await rowCount(next.url)).toBe(0);
  });

  it("of another user do not open the data", async () => {
    await useStoppedData();
    await chown(parent, nobody.uid, nobody.gid);
    await chown(dataDirectory, nobody.uid, nobody.gid);
    const owner = await own(nobody);
    expect(owner.outcome).toEqual({ refused: expect.stringContaining("belongs to user 0") });
  });
});

describe("what cannot work is refused with the way out", () => {
  it("a directory with other files in it", async () => {
    await mkdir(dataDirectory);
    await writeFile(join(dataDirectory, "thesis.doc"), "");
    await expect(start()).rejects.toThrow(/not Maedal's.*DATABASE_URL/s);
    expect(await readdir(dataDirectory)).toEqual(["thesis.doc"]);
  });

  it("the data directory of somebody else's PostgreSQL", async () => {
    await mkdir(dataDirectory);
    await writeFile(join(dataDirectory, "PG_VERSION"), "18\n");
    await expect(start()).rejects.toThrow(/did not make.*DATABASE_URL/s);
  });

  it("a copy of data that is in use", async () => {
    await useStoppedData();
    const owner = await own();
    await owner.kill();
    await run("cp", ["-a", dataDirectory, `${dataDirectory}-copy`]);
    const copy = start({ dataDirectory: `${dataDirectory}-copy` });
    await expect(copy).rejects.toThrow(/Copy it again while Maedal is stopped.*DATABASE_URL/s);
  });

  it("data of another major version", async () => {
    await useStoppedData();
    await writeFile(join(dataDirectory, "postgres", "PG_VERSION"), "17\n");
    await expect(start()).rejects.toThrow(/PostgreSQL 17.*PostgreSQL 18.*DATABASE_URL/s);
  });

  it("data that PostgreSQL itself refuses, quoting its log", async () => {
    await useStoppedData();
    await writeFile(join(dataDirectory, "postgres", "postgresql.conf"), "no_such_setting = 1\n");
    await expect(start()).rejects.toThrow(/no_such_setting.*DATABASE_URL/s);
  });

  it("a platform that there are no binaries for", async () => {
    await expect(findBinaries("plan9-x64")).rejects.toThrow(/plan9-x64.*DATABASE_URL/s);
  });
});
