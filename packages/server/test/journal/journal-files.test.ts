import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Temporal } from "temporal-polyfill";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  dropJournalFiles,
  listJournalFiles,
  readJournalFile,
  realJournalFiles,
  type JournalFiles,
} from "../../src/journal/journal-files.ts";
import { sendLine, type Send } from "../../src/journal/journal-line.ts";
import { createJournalWriter } from "../../src/journal/journal-writer.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "maedal-journal-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const at = Temporal.Instant.from("2026-03-01T01:00:00Z");

const send = (attemptId: string): Send => ({
  kind: "charge",
  accountId: "acct_1",
  connectionId: "gwy_1",
  chargeId: "chg_1",
  orderId: "ORDER",
  attemptId,
  via: "bk_1",
  amount: { amountMinor: 9_900, currency: "KRW" },
});

const line = (attemptId: string) => sendLine(send(attemptId), 1, at);

async function attemptsOf(name: string): Promise<string[]> {
  const { lines } = await readJournalFile(directory, name);
  return lines.flatMap((one) => (one.of === "send" ? [one.send.attemptId] : []));
}

const names = async () => (await listJournalFiles(directory)).map(({ name }) => name);

function writerOf(files: JournalFiles, today = () => "2026-03-01", largestFileBytes = 10_000) {
  return createJournalWriter({ files, header: () => line("header"), today, largestFileBytes });
}

describe("lines that come at once", () => {
  it("share a sync, and none is told before it is on the disk", async () => {
    const appended: string[] = [];
    const files = realJournalFiles(directory);
    const counted: JournalFiles = {
      directory,
      async create(day) {
        const file = await files.create(day);
        return {
          close: () => file.close(),
          async append(text) {
            await file.append(text);
            appended.push(text);
          },
        };
      },
    };
    const writer = writerOf(counted);
    const ids = Array.from({ length: 50 }, (_, n) => `att_${n}`);
    await Promise.all(
      ids.map(async (id) => {
        await writer.append(line(id));
        expect(appended.join("")).toContain(id);
      }),
    );
    await writer.close();
    expect(appended.length).toBeLessThan(10);
    expect(await attemptsOf("00000001-2026-03-01.log")).toEqual(["header", ...ids]);
  });
});

describe("a journal that grows", () => {
  it("begins another file every day, and when one is large", async () => {
    let today = "2026-03-01";
    const writer = writerOf(realJournalFiles(directory), () => today, 3 * line("att_1").length);
    for (const id of ["att_1", "att_2", "att_3"]) await writer.append(line(id));
    today = "2026-03-02";
    await writer.append(line("att_4"));
    await writer.close();
    expect(await names()).toEqual([
      "00000001-2026-03-01.log",
      "00000002-2026-03-01.log",
      "00000003-2026-03-02.log",
    ]);
    expect(await attemptsOf("00000003-2026-03-02.log")).toEqual(["header", "att_4"]);
  });

  it("drops files of days that are over, and never the newest", async () => {
    for (const name of ["00000001-2026-01-01.log", "00000002-2026-01-02.log"]) {
      await writeFile(join(directory, name), line("att_1"));
    }
    expect(await dropJournalFiles(directory, "2026-03-01")).toBe(1);
    expect(await names()).toEqual(["00000002-2026-01-02.log"]);
  });

  it("keeps the last of them, which shows how far the others reach back", async () => {
    const kept = ["00000002-2026-01-02.log", "00000003-2026-03-04.log"];
    for (const name of ["00000001-2026-01-01.log", ...kept]) {
      await writeFile(join(directory, name), line("att_1"));
    }
    expect(await dropJournalFiles(directory, "2026-03-01")).toBe(1);
    expect(await names()).toEqual(kept);
  });
});

describe("a journal that a crash or a full disk has cut off", () => {
  it("is read up to its last whole line", async () => {
    const name = "00000001-2026-03-01.log";
    await writeFile(join(directory, name), line("att_1") + line("att_2").slice(0, 40));
    const { damaged, isTorn } = await readJournalFile(directory, name);
    expect({ damaged, isTorn }).toEqual({ damaged: 0, isTorn: true });
    expect(await attemptsOf(name)).toEqual(["att_1"]);
  });

  it("goes on in another file, and refuses what could not be written", async () => {
    const files = realJournalFiles(directory);
    let isFull = false;
    const full: JournalFiles = {
      directory,
      async create(day) {
        const file = await files.create(day);
        return {
          close: () => file.close(),
          async append(text) {
            if (!isFull) return await file.append(text);
            await file.append(text.slice(0, 20));
            throw Object.assign(new Error("no space"), { code: "ENOSPC" });
          },
        };
      },
    };
    const writer = writerOf(full);
    await writer.append(line("att_1"));
    isFull = true;
    await expect(writer.append(line("att_2"))).rejects.toThrow(
      `the send journal in ${directory} cannot be written (ENOSPC): free space on its disk`,
    );
    isFull = false;
    await writer.append(line("att_3"));
    await writer.close();
    const [first = "", second = ""] = await names();
    expect(await attemptsOf(first)).toEqual(["header", "att_1"]);
    expect(await attemptsOf(second)).toEqual(["header", "att_3"]);
  });
});

describe("a journal that was changed in its middle", () => {
  it("says so, and gives what is left", async () => {
    const name = "00000001-2026-03-01.log";
    const path = join(directory, name);
    await writeFile(path, line("att_1") + line("att_2") + line("att_3"));
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("att_2", "att_X"));
    await appendFile(path, line("att_4"));
    const { damaged, isTorn } = await readJournalFile(directory, name);
    expect({ damaged, isTorn }).toEqual({ damaged: 1, isTorn: false });
    expect(await attemptsOf(name)).toEqual(["att_1", "att_3", "att_4"]);
  });
});
