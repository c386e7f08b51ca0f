import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultFloors } from "../../src/durability/durability.ts";
import { connectDatabase } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { realEffects } from "../../src/effects.ts";
import { readServerHistory } from "../../src/journal/journal-store.ts";
import { openSendGuard, type OpenSendGuard } from "../../src/journal/open-send-guard.ts";
import {
  copyServer,
  cutOff,
  promote,
  startAtPoint,
  startServer,
  startStandby,
  switched,
  type SwitchedDatabase,
  type TestServer,
} from "../support/second-server.ts";
import {
  chargePayments,
  createWorld,
  eventually,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let parent: string;
let primary: TestServer;
/** Which server is behind the address now. */
let current: TestServer;
let database: SwitchedDatabase;
let world: World;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "maedal-failover-"));
  primary = await startServer(join(parent, "primary"));
  await migrate(primary.url);
  current = primary;
  database = switched(primary.database);
  world = await createWorld({ db: { database, url: primary.url, drop: async () => undefined } });
  stops = [];
});
afterEach(async () => {
  for (const stop of stops.toReversed()) await stop();
  await world.stop();
  await current.stop();
  await rm(parent, { recursive: true, force: true });
});

/** A process with its journal; it works when it is told to. */
interface Process {
  readonly opened: OpenSendGuard;
  work(): void;
  stop(): Promise<void>;
}

async function openProcess(): Promise<Process> {
  const opened = await openSendGuard({
    database,
    reconnect: () => connectDatabase({ url: current.url, poolSize: 1 }),
    effects: realEffects,
    log: silent,
    directory: join(parent, "journal"),
    keepDays: 40,
    floors: { ...defaultFloors, testBytes: 0, liveBytes: 0 },
    disks: [],
    runs: undefined,
  });
  const engine = world.engineWith({ sends: opened.guard });
  const ends: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ends) await end();
    await opened.stop();
  };
  stops.push(stop);
  return {
    opened,
    stop,
    work() {
      const worker = world.worker(engine);
      opened.watch(engine);
      ends.push(() => worker.stop());
    },
  };
}

async function runProcess(): Promise<Process> {
  const process = await openProcess();
  process.work();
  return process;
}

async function switchTo(next: TestServer): Promise<void> {
  await primary.stop();
  current = next;
  database.become(next.database);
}

async function recoveries(): Promise<object[]> {
  return await database.query(
    `select r.reason, r.finished_by, (select count(*)::int from recovery_sends s
       where s.recovery_id = r.id) as sends
     from recoveries r order by r.started_at`,
  );
}

async function untilRecovered(): Promise<void> {
  await eventually("the recovery to be over", async () => {
    const open = await database.query("select 1 from recoveries where finished_at is null");
    return open.length === 0 && (await recoveries()).length > 0;
  });
}

const afterFailover = {
  reason: "the database is on another timeline than 00000001: a failover or a restore",
  finished_by: "maedal",
  sends: 1,
};

/** The same server, and a history of its own from here on. */
async function expectPromoted(next: TestServer, before: string | undefined): Promise<void> {
  const after = await readServerHistory(next.database);
  expect([before, after].map((history) => history?.split("/")[0])).toEqual([
    before?.split("/")[0],
    before?.split("/")[0],
  ]);
  expect([before, after].map((history) => history?.split("/")[1])).toEqual([
    "00000001",
    "00000002",
  ]);
}

describe("a standby that is promoted without the last commits", () => {
  it("is noticed by the running process, learns what was paid, and nothing is taken again", async () => {
    await copyServer(primary, join(parent, "standby"));
    const standby = await startStandby(primary, join(parent, "standby"));
    const before = await readServerHistory(primary.database);
    const running = await openProcess();
    const lost = await subscribe(world);
    await cutOff(standby, primary);
    running.work();
    await untilCharges(world, lost.subscription.id, "captured");
    await promote(standby);
    await switchTo(standby);
    await expectPromoted(standby, before);
    const [behind] = await untilCharges(world, lost.subscription.id, "captured");
    await untilRecovered();
    expect(await recoveries()).toEqual([afterFailover]);
    expect(running.opened.guard.troubles()).toEqual([]);

    const next = await subscribe(world);
    await untilCharges(world, next.subscription.id, "captured");
    const payments = await chargePayments(world);
    expect(payments).toHaveLength(2);
    expect(payments.map(({ orderId }) => orderId)).toContain(behind?.order_id);
  });

  it("has nothing sent by a process that is connected to it before it is promoted", async () => {
    await copyServer(primary, join(parent, "standby"));
    const standby = await startStandby(primary, join(parent, "standby"));
    const { opened } = await runProcess();
    const { subscription } = await subscribe(world);
    await untilCharges(world, subscription.id, "captured");
    await cutOff(standby, primary);
    await switchTo(standby);
    await opened.check();
    expect(opened.guard.troubles().map(({ code, stops: whose }) => `${code} ${whose}`)).toEqual([
      "in_recovery all",
    ]);
  });
});

describe("a database that is recovered to a point in time", () => {
  it("learns from the journal what was paid after that point", async () => {
    await copyServer(primary, join(parent, "restored"));
    const before = await readServerHistory(primary.database);
    const idle = await runProcess();
    await eventually(
      "the process to be known",
      async () => idle.opened.guard.troubles().length === 0,
    );
    await idle.stop();
    const { subscription } = await subscribe(world);
    await primary.database.query("select pg_create_restore_point('before_the_charge')");
    const charging = await runProcess();
    const [paid] = await untilCharges(world, subscription.id, "captured");
    await charging.stop();

    const restored = await startAtPoint(primary, join(parent, "restored"), "before_the_charge");
    await expectPromoted(restored, before);
    await switchTo(restored);
    await runProcess();
    await untilRecovered();
    const [charge] = await untilCharges(world, subscription.id, "captured");
    expect(charge?.order_id).toBe(paid?.order_id);
    expect(await chargePayments(world)).toHaveLength(1);
    expect(await recoveries()).toMatchObject([{ finished_by: "maedal", sends: 1 }]);
  });
});
