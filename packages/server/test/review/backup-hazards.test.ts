import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backup, restore } from "../../src/cli/backup.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { takeBackup } from "../../src/db/embedded/take-backup.ts";
import { migrate } from "../../src/db/migrate.ts";
import { startServer, type TestServer } from "../support/second-server.ts";

const terminal: Terminal = { environment: {}, print: () => undefined, say: () => undefined };

let parent: string;
let server: TestServer;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "maedal-backup-hazards-"));
  server = await startServer(join(parent, "data"));
  await migrate(server.url);
});
afterEach(async () => {
  await server.stop();
  await rm(parent, { recursive: true, force: true });
});

const inParent = (...names: string[]) => join(parent, ...names);

describe("a data directory in which somebody has edited a file", () => {
  it("is backed up so that it can be restored, whatever the editor left behind", async () => {
    await writeFile(inParent("data", "postgres", "postgresql.conf~"), "# before\n");
    await writeFile(inParent("data", "postgres", "원래 설정 (2).conf"), "# before\n");
    await backup(terminal, inParent("backup"), { data: server.data });
    await restore(terminal, inParent("backup"), { data: inParent("restored") });
    const names = await readdir(inParent("restored", "postgres"));
    expect(names).toEqual(expect.arrayContaining(["postgresql.conf~", "원래 설정 (2).conf"]));
  });
});

describe("a backup into the data directory itself", () => {
  it.each([["backup"], ["postgres", "backup"], ["journal", "..", "backup"]])(
    "is refused, and leaves nothing there: %s",
    async (...names) => {
      const target = inParent("data", ...names);
      const before = await readdir(server.data, { recursive: true });
      const made = backup(terminal, target, { data: server.data });
      await expect(made).rejects.toThrow("would be lost with it");
      const after = await readdir(server.data, { recursive: true });
      expect(after.filter((name) => name.includes("backup"))).toEqual(
        before.filter((name) => name.includes("backup")),
      );
    },
  );
});

describe("a backup whose server goes away in the middle", () => {
  it("fails, leaves nothing that could be taken for a whole one, and the next one succeeds", async () => {
    const target = inParent("backup");
    const wanted = { url: server.url, cluster: inParent("data", "postgres"), target };
    let isCut = false;
    const cut = takeBackup({
      ...wanted,
      onProgress: () => {
        if (isCut) return;
        isCut = true;
        void server.database.execute(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'maedal backup'",
        );
      },
    });
    await expect(cut).rejects.toThrow();
    expect(await readdir(target)).toEqual([]);
    expect(await server.database.query("select 1 from pg_replication_slots")).toEqual([]);
    await takeBackup(wanted);
    expect(await readdir(target)).toEqual(["manifest.json", "postgres"]);
  });
});

describe("a database with a tablespace elsewhere", () => {
  it("is not backed up in part: it is refused, with the reason", async () => {
    await mkdir(inParent("elsewhere"), { mode: 0o777 });
    await server.database.execute(
      `create tablespace elsewhere location '${inParent("elsewhere")}'`,
    );
    const made = backup(terminal, inParent("backup"), { data: server.data });
    await expect(made).rejects.toThrow("leads out of the data directory");
    expect(await readdir(inParent("backup"))).toEqual([]);
  });
});

describe("a backup that was taken while a recovery was open", () => {
  it("is restored into one that waits for every journal, also for those that were compared then", async () => {
    await server.database.execute(
      `insert into journals (id, home, epoch, canary) values ('jrn_1', 'far:/journal/1', 1, 5)`,
    );
    await server.database.execute("insert into recoveries (id, reason) values ('rcv_1', 'then')");
    await server.database.execute(
      "insert into recovery_journals (recovery_id, journal_id) values ('rcv_1', 'jrn_1')",
    );
    await backup(terminal, inParent("backup"), { data: server.data });
    await restore(terminal, inParent("backup"), { data: inParent("restored") });
    const restored = await startServer(inParent("restored"));
    const open = await restored.database.query(
      "select id from recoveries where finished_at is null",
    );
    const compared = await restored.database.query("select journal_id from recovery_journals");
    await restored.stop();
    expect({ open, compared }).toEqual({ open: [{ id: "rcv_1" }], compared: [] });
  });
});
