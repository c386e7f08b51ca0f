/** `maedal import` as a merchant's engineer runs it, in a real process. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formerKey, formerKeys, rowCounts } from "../imports/former-system.ts";
import { runProgram } from "../support/program.ts";
import { addConnection, addPlan, createWorld, eventually, type World } from "../support/world.ts";
import { runMaedal } from "./run-maedal.ts";

let world: World;
let environment: Record<string, string>;
let directory: string;
beforeAll(async () => {
  world = await createWorld({ provider: "portone" });
  environment = { DATABASE_URL: world.db.url, MAEDAL_MASTER_KEY: "11".repeat(32) };
  directory = await mkdtemp(join(tmpdir(), "maedal-import-"));
});
afterAll(async () => {
  await world.stop();
  await rm(directory, { recursive: true, force: true });
});

let files = 0;
async function fileOf(lines: readonly string[]): Promise<string> {
  files += 1;
  const path = join(directory, `keys-${files}.csv`);
  await writeFile(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

const header = "customer_uid,external_id,plan_id,next_charge_on";
const nextCharge = Temporal.Now.plainDateISO("Asia/Seoul").add({ days: 20 }).toString();

async function importing(path: string, ...args: readonly string[]) {
  return await runMaedal(
    ["import", path, "--connection", world.connection.id, ...args],
    environment,
  );
}

function summaryIn(out: string): Record<string, unknown> {
  const { seconds, ...summary } = JSON.parse(out) as Record<string, unknown>;
  expect(typeof seconds).toBe("number");
  return summary;
}

describe("maedal import", () => {
  it("checks first, then does it with --apply, and finds nothing to do the third time", async () => {
    const planId = await addPlan(world);
    const keys = await formerKeys(world, 3);
    const rows = keys.map((key, n) => `${key},shop-${n},${planId},${nextCharge}`);
    const path = await fileOf([header, ...rows]);
    const before = await rowCounts(world);

    const dry = await importing(path);
    expect([dry.code, dry.err]).toEqual([0, ""]);
    expect(dry.out).toMatch(
      /^Would import 3 of 3 rows \(3 with a subscription\); 0 are there already, 0 are refused\. .* Nothing was changed: --apply does it\.\n$/,
    );
    expect(await rowCounts(world)).toEqual(before);

    const done = await importing(path, "--apply", "--json");
    const summary = {
      file: path,
      rows: 3,
      imported: 3,
      alreadyImported: 0,
      refused: {},
      subscriptions: 3,
      unscheduled: 0,
      kept: 0,
      dryRun: false,
      stopped: null,
    };
    expect([done.code, done.err, summaryIn(done.out)]).toEqual([0, "", summary]);

    const again = await importing(path, "--apply", "--json");
    const nothing = { ...summary, imported: 0, alreadyImported: 3, subscriptions: 0 };
    expect([again.code, summaryIn(again.out)]).toEqual([0, nothing]);
    expect((await readdir(directory)).filter((name) => name.includes("refused"))).toEqual([]);
  });

  it("ends with 1 when rows are refused, and reports them without their keys", async () => {
    const good = await formerKey(world);
    const other = await formerKey(world, "kakaopay");
    const path = await fileOf([
      "customer_uid,external_id,email",
      `${good},mixed-1,`,
      `${other},mixed-2,`,
      "never-registered-key,mixed-3,",
      `${good},mixed-4,`,
      "secret-and-broken,mixed-5,nobody",
    ]);
    const { code, err, out } = await importing(path, "--apply", "--json");
    expect(code).toBe(1);
    expect(summaryIn(out)).toMatchObject({
      rows: 5,
      imported: 1,
      refused: { bad_row: 1, duplicate_in_file: 1, key_not_found: 1, key_not_usable: 1 },
    });
    const reportPath = path.replace(".csv", ".refused.csv");
    const report = await readFile(reportPath, "utf8");
    const rows = report.slice(1).trim().split("\r\n");
    expect(rows.map((row) => row.split(",").slice(0, 4).join(","))).toEqual([
      "line,customer_uid,external_id,code",
      "3,form…,mixed-2,key_not_usable",
      "4,neve…,mixed-3,key_not_found",
      "5,form…,mixed-4,duplicate_in_file",
      "6,secr…,mixed-5,bad_row",
    ]);
    expect(err).toContain(`All refused rows are in ${reportPath}.`);
    for (const secret of [good, other, "never-registered-key", "secret-and-broken"]) {
      expect(report + err + out).not.toContain(secret);
    }
  });

  it("writes the report where it is told to", async () => {
    const path = await fileOf(["customer_uid,external_id", "never-registered-key,told-1"]);
    const report = join(directory, "told.csv");
    expect((await importing(path, "--report", report)).code).toBe(1);
    expect(await readFile(report, "utf8")).toContain("key_not_found");
  });

  it("ends with 2 when it cannot begin", async () => {
    const path = await fileOf(["customer_uid,external_id,card"]);
    const wrongFile = await importing(path);
    expect([wrongFile.code, wrongFile.err.includes('column "card"')]).toEqual([2, true]);
    const without = await runMaedal(["import", path], environment);
    expect([without.code, without.err.includes("--connection")]).toEqual([2, true]);
    const good = await fileOf(["customer_uid,external_id"]);
    const unknown = await runMaedal(["import", good, "--connection", "gwy_x"], environment);
    expect([unknown.code, unknown.err]).toEqual([
      2,
      "There is no gateway connection gwy_x: GET /v1/gateway-connections lists them.\n",
    ]);
  });

  it("says which providers' keys can be imported when these cannot", async () => {
    const { accountId, emulator, engine } = world;
    const toss = await addConnection(engine, accountId, emulator, 1, "toss");
    const path = await fileOf(["customer_uid,external_id"]);
    const { code, err } = await runMaedal(["import", path, "--connection", toss.id], environment);
    expect([code, err]).toEqual([
      2,
      `Connection ${toss.id} is with 토스페이먼츠, which tells nothing of keys that others have registered. Keys of PortOne V1 can be imported; here customers register anew.\n`,
    ]);
  });
});

describe("maedal import, stopped in the middle", () => {
  async function longFile(name: string) {
    const planId = await addPlan(world);
    const keys = await formerKeys(world, 300);
    const rows = keys.map((key, n) => `${key},${name}-${n},${planId},${nextCharge}`);
    // PortOne takes its time with each fifty, so that the import is caught in the middle.
    const slow = { type: "delay", ms: 1_500, when: "after" };
    const provider = "portone";
    await world.control.fault({ provider, operation: "customers", times: null, action: slow });
    const imported = async () => {
      const [row] = await world.db.database.query<{ n: number }>(
        `select count(*)::int as n from subscriptions s
         join customers c on c.account_id = s.account_id and c.id = s.customer_id
         where c.external_id like $1`,
        [`${name}-%`],
      );
      return row?.n ?? 0;
    };
    return { path: await fileOf([header, ...rows]), imported };
  }

  it("ends after the rows it is at when it is asked to, and says how far it came", async () => {
    const { imported, path } = await longFile("asked");
    const program = runProgram(
      ["import", path, "--connection", world.connection.id, "--apply", "--json"],
      environment,
    );
    await eventually("some rows", async () => (await imported()) >= 10);
    const code = await program.stop();
    const done = await imported();
    expect([code, done < 300]).toEqual([1, true]);
    expect(program.output()).toContain(
      `Stopped after ${done} of 300 rows. It was interrupted. Run`,
    );
    await world.control.clearFaults();
    const rest = summaryIn((await importing(path, "--apply", "--json")).out);
    expect(rest).toMatchObject({ imported: 300 - done, alreadyImported: done });
  });

  it("is killed, and goes on when it is run again", async () => {
    const { imported, path } = await longFile("killed");
    const program = runProgram(
      ["import", path, "--connection", world.connection.id, "--apply"],
      environment,
    );
    await eventually("some rows", async () => (await imported()) >= 10);
    await program.kill();
    const done = await imported();
    expect(done).toBeLessThan(300);
    await world.control.clearFaults();
    const rest = summaryIn((await importing(path, "--apply", "--json")).out);
    expect(rest).toMatchObject({ imported: 300 - done, alreadyImported: done });
    expect(await imported()).toBe(300);
  });
});
