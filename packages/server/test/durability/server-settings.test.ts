import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultFloors } from "../../src/durability/durability.ts";
import { connectDatabase } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { realEffects } from "../../src/effects.ts";
import { openSendGuard, type OpenSendGuard } from "../../src/journal/open-send-guard.ts";
import { startServer, type TestServer } from "../support/second-server.ts";
import { eventually } from "../support/world.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let parent: string;
let server: TestServer;
let opened: OpenSendGuard;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "maedal-settings-"));
  server = await startServer(join(parent, "data"));
  await migrate(server.url);
  opened = await openSendGuard({
    database: server.database,
    reconnect: () => connectDatabase({ url: server.url, poolSize: 1 }),
    effects: realEffects,
    log: silent,
    directory: join(parent, "journal"),
    keepDays: 40,
    floors: { ...defaultFloors, testBytes: 0, liveBytes: 0 },
    disks: [],
    runs: undefined,
  });
});
afterEach(async () => {
  await opened.stop();
  await server.stop();
  await rm(parent, { recursive: true, force: true });
});

const gone = { accountId: "acct_1", id: "gwy_1" };

/** What may be claimed, and what the guard says. */
async function standing(): Promise<string[]> {
  const may = async (mode: "test" | "live") =>
    await server.database.transaction((tx) => opened.guard.mayClaim(tx, { ...gone, mode }));
  const allowed = [(await may("live")) ? "live" : "", (await may("test")) ? "test" : ""];
  const codes = opened.guard.troubles().map(({ code }) => code);
  return [...allowed.filter(Boolean), ...codes];
}

/** Changes a setting of the running server, and has the guard look once more, as it does each minute. */
async function alter(name: string, value: string): Promise<void> {
  await server.database.execute(`alter system set ${name} = ${value}`);
  await server.database.execute("select pg_reload_conf()");
  await eventually("the setting to hold", async () => {
    const [row] = await server.database.query<{ now: string }>(
      `select current_setting('${name}') as now`,
    );
    return row?.now === value;
  });
  await opened.check();
}

describe("a server whose settings change while it runs", () => {
  it("cannot be told to forget: the embedded one was started with what commits rest on", async () => {
    expect(await standing()).toEqual(["live", "test"]);
    await server.database.execute("alter system set fsync = off");
    await server.database.execute("alter system set full_page_writes = off");
    await server.database.execute("select pg_reload_conf()");
    await opened.check();
    expect(await standing()).toEqual(["live", "test"]);
    const settings = await server.database.query(
      "select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages",
    );
    expect(settings).toEqual([{ fsync: "on", pages: "on" }]);
  });

  it("keeps what a role or a database says of commits from holding for us", async () => {
    await server.database.execute("alter role maedal set synchronous_commit = off");
    await server.database.execute("alter database maedal set synchronous_commit = off");
    const fresh = connectDatabase({ url: server.url });
    const [row] = await fresh.query<{ now: string }>(
      "select current_setting('synchronous_commit') as now",
    );
    await fresh.close();
    expect(row).toEqual({ now: "on" });
  });

  it("has nothing sent while it takes no writes, and goes on by itself", async () => {
    await alter("default_transaction_read_only", "on");
    expect(await standing()).toEqual(["read_only"]);
    await alter("default_transaction_read_only", "off");
    expect(await standing()).toEqual(["live", "test"]);
  });
});
