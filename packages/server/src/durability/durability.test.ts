import { describe, expect, it } from "vitest";
import {
  defaultFloors,
  floorsOf,
  mebibyte,
  weaknessesOf,
  type DurabilityFacts,
  type ServerFacts,
} from "./durability.ts";

const server: ServerFacts = {
  fsync: true,
  fullPageWrites: true,
  synchronousCommit: "on",
  isInRecovery: false,
  isReadOnly: false,
};
const roomy = { what: "the disk of the database", path: "/data", freeBytes: 4_096 * mebibyte };
const facts: DurabilityFacts = { server, canary: "read", disks: [roomy] };

function codesOf(change: Partial<DurabilityFacts>): string[] {
  const found = weaknessesOf({ ...facts, ...change }, defaultFloors);
  return found.map(({ code, stops }) => `${code} stops ${stops}`);
}
const serverWith = (change: Partial<ServerFacts>) => codesOf({ server: { ...server, ...change } });

describe("a server whose commits outlive a power cut", () => {
  it("stops nothing, also when commits wait for a standby in addition", () => {
    expect(codesOf({})).toEqual([]);
    expect(serverWith({ synchronousCommit: "remote_apply" })).toEqual([]);
  });
});

describe("a server that may forget what it has committed", () => {
  it("stops live accounts", () => {
    expect(serverWith({ fsync: false })).toEqual(["fsync_off stops live"]);
    expect(serverWith({ fullPageWrites: false })).toEqual(["full_page_writes_off stops live"]);
    expect(serverWith({ synchronousCommit: "off" })).toEqual(["synchronous_commit_off stops live"]);
  });
});

describe("a server that does not take writes", () => {
  it("stops everything", () => {
    expect(serverWith({ isInRecovery: true })).toEqual(["in_recovery stops all"]);
    expect(serverWith({ isReadOnly: true })).toEqual(["read_only stops all"]);
    expect(codesOf({ canary: "not_written" })).toEqual(["canary stops all"]);
    expect(codesOf({ canary: "not_read" })).toEqual(["canary stops all"]);
    expect(codesOf({ server: undefined })).toEqual(["database_unreachable stops all"]);
  });
});

describe("a disk that fills up", () => {
  it("stops live accounts at 1 GiB and everything at 200 MiB, and says which disk", () => {
    expect(codesOf({ disks: [{ ...roomy, freeBytes: 1_023 * mebibyte }] })).toEqual([
      "disk_full stops live",
    ]);
    const full = { ...facts, disks: [{ ...roomy, freeBytes: 12 * mebibyte }] };
    expect(weaknessesOf(full, defaultFloors)).toEqual([
      {
        code: "disk_full",
        detail: "the disk of the database has 12 MiB left at /data, less than 200: free some space",
        stops: "all",
      },
    ]);
  });

  it("has a floor that can be raised for live accounts, and not lowered", () => {
    expect(floorsOf(50)).toEqual({ liveBytes: 1_024 * mebibyte, testBytes: 50 * mebibyte });
    expect(floorsOf(5_000)).toEqual({ liveBytes: 5_000 * mebibyte, testBytes: 5_000 * mebibyte });
  });
});
