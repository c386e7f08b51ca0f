import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeOwnerLock } from "../../../src/db/embedded/owner-lock.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "maedal-lock-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** Several takers at once; the winner's lock. */
async function race(takers: number) {
  const outcomes = await Promise.allSettled(
    Array.from({ length: takers }, () => takeOwnerLock(directory)),
  );
  const winners = outcomes.filter((outcome) => outcome.status === "fulfilled");
  expect(winners).toHaveLength(1);
  return winners[0]?.value;
}

describe("the owner lock", () => {
  it("goes to exactly one of many takers, however often it changes hands", async () => {
    for (let round = 0; round < 25; round += 1) {
      const lock = await race(8);
      await lock?.release();
    }
  });

  it("is taken over from a process that is gone, by exactly one", async () => {
    await writeFile(join(directory, "owner.7"), JSON.stringify({ pid: 1, identity: "long ago" }));
    await race(8);
    await expect(takeOwnerLock(directory)).rejects.toThrow(`process ${process.pid}`);
  });

  it("is free when a power cut left its file empty", async () => {
    await writeFile(join(directory, "owner.7"), "");
    await race(8);
  });

  it("leaves one file, whoever came and went", async () => {
    for (let round = 0; round < 3; round += 1) await (await race(4))?.release();
    await takeOwnerLock(directory);
    expect(await readdir(directory)).toEqual(["owner.4"]);
  });
});
