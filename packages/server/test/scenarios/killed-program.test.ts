import { randomInt } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectDatabase, type Database } from "../../src/db/database.ts";
import { startEmbeddedPostgres } from "../../src/db/embedded/start-embedded-postgres.ts";
import { migrate } from "../../src/db/migrate.ts";
import { openDatabase } from "../../src/open-database.ts";
import { runProgram, type Program } from "../support/program.ts";
import type { TestDatabase } from "../support/test-database.ts";
import { createWorld, eventually, subscribe, type World } from "../support/world.ts";

const charges = 1_000;
/** Charges that a kill may leave for the look-ups, which take their time. */
const mostInFlight = 50;
const masterKeyText = "11".repeat(32);

/** The program's own embedded PostgreSQL, opened while the program is not running. */
async function openEmbedded(dataDirectory: string): Promise<TestDatabase> {
  const postgres = await startEmbeddedPostgres({ dataDirectory });
  await migrate(postgres.url);
  const database = connectDatabase({ url: postgres.url });
  const drop = async (): Promise<void> => {
    await database.close();
    await postgres.stop();
  };
  return { url: postgres.url, database, drop };
}

async function makeSubscriptions(world: World): Promise<void> {
  for (let made = 0; made < charges; made += 20) {
    await Promise.all(Array.from({ length: 20 }, () => subscribe(world)));
  }
}

describe("the whole program, killed at random moments during 1,000 charges", () => {
  it("is started again, finishes, and the ledger shows one payment for each period", async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), "maedal-killed-"));
    const world = await createWorld({ db: await openEmbedded(dataDirectory), concurrency: 20 });
    // Every charge takes a while, so that a kill finds many of them on their way.
    const slow = { type: "delay", ms: 20, when: "after" };
    await world.control.fault({ operation: "charge", times: null, action: slow });
    await makeSubscriptions(world);
    await world.db.drop();

    const environment = {
      MAEDAL_DATA: dataDirectory,
      MAEDAL_MASTER_KEY: masterKeyText,
      MAEDAL_PORT: "0",
      MAEDAL_LOG_LEVEL: "error",
      MAEDAL_WINDOWS_SCALE: "0.01",
    };
    const paid = async () => (await world.control.payments()).length;
    let kills = 0;
    let before = await paid();
    while (before < charges - mostInFlight) {
      const program = runProgram(["serve"], environment);
      const limit = Math.min(charges - mostInFlight, before + randomInt(10, 70));
      await untilPaid(limit, paid, program);
      // Every third time the database's own server goes with it, as in a crash of the machine.
      if (kills % 3 === 2) await killPostmaster(dataDirectory);
      await program.kill();
      kills += 1;
      before = await paid();
    }
    expect(kills).toBeGreaterThan(5);
    const survivor = runProgram(["serve"], environment);
    await untilPaid(charges, paid, survivor);
    const db = await whenSettled(survivor, dataDirectory);

    const payments = await world.control.payments();
    expect(payments).toHaveLength(charges);
    expect(new Set(payments.map(({ orderId }) => orderId)).size).toBe(charges);
    const notCaptured = await db.database.query(
      `select status, failure_code, review_reason, look_ups, resends, unsent, held_until, due_at
       from charges where status <> 'captured'`,
    );
    expect(notCaptured).toEqual([]);
    const ours = await db.database.query<{ order_id: string }>(
      "select order_id from charges order by order_id",
    );
    expect(ours.map(({ order_id }) => order_id)).toEqual(
      payments.map(({ orderId }) => orderId).sort(),
    );
    await db.drop();
    await world.emulator.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }, 900_000);
});

/** A charge that was lost on its way waits for the whole settle window before it is sent again. */
async function untilPaid(count: number, paid: () => Promise<number>, program: Program) {
  try {
    await eventually(`${count} payments`, async () => (await paid()) >= count, 180_000);
  } catch (error) {
    await program.kill();
    throw new Error(`the program printed:\n${program.output()}`, { cause: error });
  }
}

async function killPostmaster(dataDirectory: string): Promise<void> {
  const file = await findPostmasterFile(dataDirectory);
  const [pid] = (await readFile(file, "utf8")).split("\n");
  process.kill(Number(pid), "SIGKILL");
}

async function findPostmasterFile(dataDirectory: string): Promise<string> {
  const names = await readdir(dataDirectory, { recursive: true });
  const found = names.find((name) => name.endsWith("postmaster.pid"));
  if (found === undefined) throw new Error("no postmaster.pid");
  return join(dataDirectory, found);
}

/** Lets the survivor look up what is still open, stops it as an operator would, opens its database. */
async function whenSettled(survivor: Program, dataDirectory: string): Promise<TestDatabase> {
  for (let tries = 0; tries < 160; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const guest = await openGuest(dataDirectory);
    const [row] = await guest.query<{ open: number }>(
      "select count(*)::int as open from charges where status <> 'captured'",
    );
    await guest.close();
    if (row?.open === 0) break;
  }
  expect(await survivor.stop()).toBe(0);
  return await openEmbedded(dataDirectory);
}

async function openGuest(dataDirectory: string): Promise<Database> {
  const place = { databaseUrl: undefined, dataDirectory };
  const { url } = await openDatabase(place, "guest", () => undefined);
  return connectDatabase({ url });
}
