/** The checker as a program: a directory of evidence in, lines and an exit code out. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { writeEvidence } from "../../src/checker/collect.ts";
import { story, type Story } from "./story.ts";

const root = mkdtempSync(join(tmpdir(), "checker-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const program = new URL("../../src/checker/main.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function check(directory: string, ...options: string[]): Promise<Ended> {
  return await new Promise((resolve) => {
    const args = ["--disable-warning=ExperimentalWarning", program, "check", directory, ...options];
    execFile(process.execPath, args, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, stdout, stderr });
    });
  });
}

/** As a journal is on the disk: a checksum before each line. */
function journalText(lines: readonly unknown[]): string {
  return lines
    .map((line) => JSON.stringify(line))
    .map((json) => `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`)
    .join("");
}

function written(name: string, run: Story, journal = journalText(run.journal)): string {
  const directory = join(root, name);
  writeEvidence(directory, run);
  mkdirSync(join(directory, "journal"));
  writeFileSync(join(directory, "journal", "00000001-2026-01-31.log"), journal);
  writeFileSync(
    join(directory, "expectations.jsonl"),
    run.expectations.map((line) => JSON.stringify(line)).join("\n"),
  );
  writeFileSync(join(directory, "facts.json"), JSON.stringify(run.facts));
  return directory;
}

describe("a directory with the evidence of a clean run", () => {
  it("passes: one line for each promise, a closing line, and exit code 0", async () => {
    const { code, stdout } = await check(written("clean", story()));
    expect(stdout.trimEnd().split("\n")).toEqual([
      "ok    1  at most one payment per subscription and period (3 paid periods)",
      "ok    2  no period that fell due is lost (6 periods)",
      "ok    3  paid means exactly one payment, and every payment is known (6 invoices and payments)",
      "ok    4  every call that moves money was committed first, and is in the journal (5 calls)",
      "ok    5  nothing is charged before it is due or after a cancel (7 attempts and captures)",
      "ok    6  amounts are what was agreed for the period (12 periods, charges and attempts)",
      "ok    7  unknown is never shown as paid or failed (4 charges and declines)",
      "ok    8  refunds are at most what was taken, and the same in both books (6 payments and charges)",
      "ok    9  each transition has one event, in sequence (8 subscriptions, invoices, charges and refunds)",
      "–    10  no planted secret stands in a table, journal or searched file (nothing to judge)",
      "ok   11  order ids name their period, and change only after a definite refusal (6 invoices and order ids)",
      "ok   12  periods lie where the calendar puts them (6 periods)",
      "1 accounts, 1 subscriptions, 3 charges, 4 attempts, 3 payments (0 of others)",
      "nothing to judge for 1 of them: that proves nothing",
      "11 passed, 0 failed",
    ]);
    expect(code).toBe(0);
  });

  it("cannot be judged when there is nothing in it: exit code 2", async () => {
    const nothing = { ...story(), ledger: [], calls: [], journal: [], tables: {} };
    const { code, stdout } = await check(written("empty", nothing));
    expect(stdout).toContain("0 passed, 0 failed");
    expect(code).toBe(2);
  });

  it("is one object with --json", async () => {
    const { code, stdout } = await check(written("json", story()), "--json");
    const { charges, payments, violations } = JSON.parse(stdout) as Record<string, unknown>;
    expect([code, violations, charges, payments]).toEqual([0, 0, 3, 3]);
  });
});

describe("a directory with the evidence of a double charge", () => {
  const twice = story();
  twice.ledger.push({ ...twice.ledger[0], sequence: 9, paymentId: "pay_0b" });

  it("fails with exit code 1, and says what was found", async () => {
    const { code, stdout } = await check(written("twice", twice));
    expect(stdout).toContain("FAIL  1  at most one payment per subscription and period");
    expect(stdout).toContain("was paid 2 times: 9900 KRW as pay_0 at toss under");
    expect(stdout.trimEnd()).toMatch(/10 passed, 1 failed$/);
    expect(code).toBe(1);
  });
});

describe("files to search for planted secrets", () => {
  it("are searched, and named where one stands in them", async () => {
    const directory = written("searched", story());
    writeFileSync(join(directory, "secrets.txt"), "live_sk_planted\n");
    const log = join(root, "server.log");
    writeFileSync(log, '{"level":30,"key":"live_sk_planted"}\n');
    const { code, stdout } = await check(directory, "--search", log);
    expect(stdout).toContain(`${log} contains planted secret 1`);
    expect(code).toBe(1);
  });
});

describe("a journal on a disk", () => {
  it("may end in the middle of a line: what was not written was not sent", async () => {
    const run = story();
    const torn = `${journalText(run.journal)}0000`;
    expect((await check(written("torn", run, torn))).code).toBe(0);
  });

  it("is refused when a line in the middle is damaged", async () => {
    const run = story();
    const damaged = journalText(run.journal).replace('"charge"', '"xharge"');
    const { code, stderr } = await check(written("damaged", run, damaged));
    expect(stderr).toContain("00000001-2026-01-31.log, line 1 is damaged");
    expect(code).toBe(2);
  });
});

describe("a directory without evidence", () => {
  it("is no pass: exit code 2, and what is missing", async () => {
    const { code, stderr } = await check(join(root, "nothing"));
    expect(stderr).toContain("tables is missing");
    expect(code).toBe(2);
  });
});
