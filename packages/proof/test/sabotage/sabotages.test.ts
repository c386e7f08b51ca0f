import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { createChance } from "../../src/chance.ts";
import { replacedModules, sabotageNames, whatCaught } from "../../src/sabotage/sabotage-names.ts";
import { seedsFor } from "../../src/sabotage/sabotage-seeds.ts";
import { sabotages } from "../../src/sabotage/sabotages.ts";
import { drawLosses } from "../../src/simulator/database-losses.ts";
import { lossesOf } from "../../src/simulator/losing-seeds.ts";

const year = 365 * 24 * 60 * 60 * 1_000;
const root = join(import.meta.dirname, "..", "..", "..", "..");
const sabotageFolder = join(root, "packages", "proof", "src", "sabotage");
const run = promisify(execFile);

describe("the names of the sabotages", () => {
  it("are those that the proof promises", () => {
    expect(sabotageNames).toEqual([
      "timeout-is-failure",
      "no-intent",
      "no-lookup",
      "no-settle-window",
      "no-send-gate",
      "no-lease-token",
      "order-id-per-attempt",
      "sequence-ids",
      "trust-webhook",
      "no-verify",
      "http-retry",
      "drifting-calendar",
      "free-stale-locks",
      "no-journal",
    ]);
  });

  it("each stand for a change of the engine: of its parts, its statements or one of its modules", () => {
    const idle = sabotageNames.filter((name) => {
      const changes = Object.keys(sabotages[name]());
      return changes.length === 0 && replacedModules[name] === undefined;
    });
    expect(idle).toEqual([]);
  });

  it("replace modules that are there, by others that are there", () => {
    const missing = Object.values(replacedModules).flatMap((modules) =>
      Object.entries(modules).filter(
        ([ours, theirs]) =>
          !existsSync(join(root, ours)) || !existsSync(join(sabotageFolder, theirs)),
      ),
    );
    expect(missing).toEqual([]);
  });

  it("are told to whoever asks for another", { timeout: 60_000 }, async () => {
    const program = join(root, "packages", "proof", "src", "simulator", "main.ts");
    const args = ["--conditions=source", program, "--sabotage", "no-money"];
    const refusal = await run(process.execPath, args).then(
      () => "accepted",
      (error: unknown) =>
        String(error instanceof Error && "stderr" in error ? error.stderr : error),
    );
    expect(sabotageNames.filter((name) => !refusal.includes(name))).toEqual([]);
  });
});

describe("the seeds of a run", () => {
  it("are all of them, from the first on", () => {
    expect(seedsFor(undefined, 7, 3)).toEqual(["7", "8", "9"]);
    expect(seedsFor("no-lookup", 7, 3)).toEqual(["7", "8", "9"]);
  });

  it("are those that lose commits, where nothing else can show that the journal is not read", () => {
    const seeds = seedsFor("no-journal", 1, 5);
    const lose = (seed: string) => drawLosses(lossesOf(createChance(seed)), 0, year).length > 0;
    const all = seedsFor(undefined, 1, Number(seeds.at(-1)));
    expect(seeds).toEqual(all.filter(lose));
  });
});

describe("a sabotaged simulation that shows violations", () => {
  const hasty = "rule 6: order X was sent again";
  const broken = 'worker1.1 logged "results could not be recorded": duplicate key';

  it("has caught the sabotage by the violation that the missing rule would have prevented", () => {
    expect(whatCaught("no-lookup", [broken, hasty])).toBe(hasty);
  });

  it("has caught nothing by what the way of the sabotage has broken beside", () => {
    expect(whatCaught("no-lookup", [broken, "3. paid means exactly one payment: …"])).toBe(
      undefined,
    );
    expect(whatCaught("no-verify", ["12. periods lie where the calendar puts them: …"])).toBe(
      undefined,
    );
  });
});

describe("the product as it is built", () => {
  it("contains no sabotage, and no name of one", { timeout: 120_000 }, async () => {
    const outDir = await mkdtemp(join(tmpdir(), "maedal-build-"));
    try {
      const tsc = join(root, "node_modules", ".bin", "tsc");
      const project = join(root, "packages", "server", "tsconfig.build.json");
      const buildInfo = ["--tsBuildInfoFile", join(outDir, "build-info.json")];
      await run(tsc, ["-p", project, "--outDir", outDir, "--noCheck", ...buildInfo]);
      const files: string[] = [];
      const telling: string[] = [];
      for await (const path of glob("**/*.js", { cwd: outDir })) {
        files.push(path);
        const text = await readFile(join(outDir, path), "utf8");
        const isTelling = ["sabotage", "@maedal/proof", ...sabotageNames].some((word) =>
          text.includes(word),
        );
        if (isTelling || path.includes("sabotage")) telling.push(path);
      }
      expect(files).toContain(join("charges", "charge.js"));
      expect(telling).toEqual([]);
    } finally {
      await rm(outDir, { recursive: true, force: true });
    }
  });
});
