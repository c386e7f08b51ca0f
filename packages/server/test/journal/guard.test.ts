import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { SendGuard } from "../../src/journal/send-guard.ts";
import { realJournalFiles, type JournalFiles } from "../../src/journal/journal-files.ts";
import {
  acceptJournals,
  listJournals,
  readServerHistory,
} from "../../src/journal/journal-store.ts";
import { endRecovery } from "../../src/journal/recovery-store.ts";
import {
  chargePayments,
  chargesOf,
  eventually,
  subscribe,
  untilCharges,
} from "../support/world.ts";
import { createJournalWorld, type JournalWorld } from "./journal-world.ts";

let guarded: JournalWorld;
afterEach(() => guarded.stop());

/** Without what the suite's own server lacks: it runs without fsync, for the sake of speed. */
const codes = ({ troubles }: SendGuard) =>
  troubles()
    .filter(({ code }) => code !== "fsync_off")
    .map(({ code, stops }) => `${code} ${stops}`);

async function mayClaim(guard: SendGuard, mode: "test" | "live"): Promise<boolean> {
  const { accountId, connection, db } = guarded.world;
  const { id } = connection;
  return await db.database.transaction((tx) => guard.mayClaim(tx, { accountId, id, mode }));
}

describe("a disk that is full", () => {
  it("has nothing sent, says why, and lets sends go on when there is space", async () => {
    guarded = await createJournalWorld();
    const { world } = guarded;
    let isFull = false;
    const files = (directory: string): JournalFiles => ({
      directory,
      async create(day) {
        const file = await realJournalFiles(directory).create(day);
        return {
          close: () => file.close(),
          async append(text) {
            if (isFull) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
            await file.append(text);
          },
        };
      },
    });
    const process = await guarded.start({ files });
    isFull = true;
    const { subscription } = await subscribe(world);
    process.work();
    const refused = await eventually("the charge not to be sent", async () => {
      const [charge] = await chargesOf(world, subscription.id);
      return charge?.failure_code === "journal_unwritable" && charge;
    });
    expect(refused).toMatchObject({ status: "scheduled", failure_class: "not_sent" });
    expect(codes(process.opened.guard)).toContain("journal_unwritable all");
    expect(await chargePayments(world)).toEqual([]);
    isFull = false;
    await untilCharges(world, subscription.id, "captured");
    expect(await chargePayments(world)).toHaveLength(1);
  });

  it("has nothing sent long before it is", async () => {
    guarded = await createJournalWorld();
    const floors = { testBytes: 1, liveBytes: Number.MAX_SAFE_INTEGER };
    const process = await guarded.start({ floors });
    expect(codes(process.opened.guard)).toEqual(["disk_full live"]);
    expect(await mayClaim(process.opened.guard, "test")).toBe(true);
    const full = { testBytes: Number.MAX_SAFE_INTEGER, liveBytes: Number.MAX_SAFE_INTEGER };
    const other = await guarded.start({ floors: full });
    expect(codes(other.opened.guard)).toEqual(["disk_full all"]);
    expect(await mayClaim(other.opened.guard, "test")).toBe(false);
  });
});

describe("two processes of one machine", () => {
  it("keep journals of their own, and the second is vouched for by the first", async () => {
    guarded = await createJournalWorld();
    const first = await guarded.start();
    const second = await guarded.start();
    expect((await readdir(guarded.directory)).toSorted()).toEqual(["1", "2"]);
    const rows = await listJournals(guarded.world.db.database);
    expect(rows.map(({ acceptedBy, epoch }) => ({ acceptedBy, epoch }))).toEqual([
      { acceptedBy: "maedal: the first place", epoch: 1 },
      { acceptedBy: "maedal: beside an accepted place", epoch: 1 },
    ]);
    expect(codes(second.opened.guard)).toEqual([]);
    await first.stop();
    await guarded.start();
    const epochs = (await listJournals(guarded.world.db.database)).map(({ epoch }) => epoch);
    expect(epochs.toSorted((one, other) => one - other)).toEqual([1, 2]);
  });
});

describe("a second installation, or a copy of the database, with live credentials", () => {
  it("sends nothing of live accounts until somebody vouches for it", async () => {
    guarded = await createJournalWorld();
    const { database } = guarded.world.db;
    await guarded.start();
    const copy = await guarded.start({ directory: `${guarded.directory}-elsewhere` });
    expect(codes(copy.opened.guard)).toEqual(["journal_not_accepted live"]);
    expect(await mayClaim(copy.opened.guard, "test")).toBe(true);
    const accepted = await acceptJournals(database, "Min", undefined);
    expect(accepted.map(({ home }) => home.endsWith("-elsewhere/1"))).toEqual([true]);
    await copy.opened.check();
    expect(codes(copy.opened.guard)).toEqual([]);
  });

  it("is noticed too when the journal was copied along", async () => {
    guarded = await createJournalWorld();
    const original = await guarded.start();
    await original.stop();
    const copied = `${guarded.directory}-copy`;
    await cp(guarded.directory, copied, { recursive: true });
    const copy = await guarded.start({ directory: copied });
    expect(codes(copy.opened.guard)).toContain("journal_not_accepted live");
  });
});

describe("two processes that write for one journal", () => {
  it("are not both believed: the one that started first claims nothing more", async () => {
    guarded = await createJournalWorld();
    const first = await guarded.start();
    await cp(join(guarded.directory, "1"), join(`${guarded.directory}-copy`, "1"), {
      recursive: true,
      filter: (source) => !source.includes("owner."),
    });
    const second = await guarded.start({ directory: `${guarded.directory}-copy` });
    expect(await mayClaim(second.opened.guard, "test")).toBe(true);
    expect(await mayClaim(first.opened.guard, "test")).toBe(false);
  });
});

describe("a journal directory that cannot be made", () => {
  it("has nothing sent, says where and why, and leaves no trace in the database", async () => {
    guarded = await createJournalWorld();
    const directory = "/dev/null/journal";
    const { opened } = await guarded.start({ directory });
    expect(
      opened.guard.troubles().map(({ code, detail, stops }) => ({ code, detail, stops })),
    ).toEqual([
      {
        code: "journal_unwritable",
        detail: `the send journal in ${directory} cannot be written (ENOTDIR): mend what the system names`,
        stops: "all",
      },
    ]);
    expect(await mayClaim(opened.guard, "test")).toBe(false);
    await opened.check();
    expect(await listJournals(guarded.world.db.database)).toEqual([]);
  });
});

describe("a database role without rights", () => {
  it("may know which server and which history it writes to", async () => {
    guarded = await createJournalWorld();
    const { database } = guarded.world.db;
    const undo = new Error("undone");
    const asked = database.transaction(async (tx) => {
      await tx.execute("create role maedal_nobody");
      await tx.execute("set local role maedal_nobody");
      expect(await readServerHistory(tx)).toMatch(/^\d+\/[0-9A-F]{8}$/);
      throw undo;
    });
    await expect(asked).rejects.toBe(undo);
  });
});

describe("a recovery that nobody can finish", () => {
  it("is ended by a person, with a reason, and sends go on", async () => {
    guarded = await createJournalWorld();
    const { database } = guarded.world.db;
    const { opened } = await guarded.start();
    await database.execute("insert into recoveries (id, reason) values ('rcv_1', 'a test')");
    expect(await mayClaim(opened.guard, "test")).toBe(false);
    await opened.check();
    expect(codes(opened.guard)).toEqual(["recovering all"]);
    await endRecovery(database, "Min", "looked at the console");
    expect(await mayClaim(opened.guard, "test")).toBe(true);
    await opened.check();
    expect(codes(opened.guard)).toEqual([]);
  });
});
