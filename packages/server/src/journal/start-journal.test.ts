import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import type { JournalStart } from "./journal-line.ts";
import type { JournalRow } from "./journal-store.ts";
import { decideStart, type StartFacts } from "./start-journal.ts";

const startedAt = Temporal.Instant.from("2026-03-01T00:00:00Z");
const history = "7001/00000001";
const home = "shop-1:/var/maedal/journal/1";

const kept: JournalStart = { journalId: "jrn_1", epoch: 4, home, inode: "99", history, startedAt };

const row: JournalRow = {
  id: "jrn_1",
  home,
  epoch: 4,
  history,
  trouble: undefined,
  acceptedBy: "Min",
  startedAt,
  lastSeenAt: startedAt,
  isRecent: true,
  isRecovered: false,
};

const facts: StartFacts = { kept, isAtHome: true, rows: [row], siblings: [], history };

describe("a process that finds its journal and its database as it left them", () => {
  it("goes on under the next epoch, as vouched for as before", () => {
    expect(decideStart(facts)).toEqual({ epoch: 5, acceptedBy: "Min", recovery: undefined });
  });

  it("does so too when its last start was cut short between the two", () => {
    const rows = [{ ...row, epoch: 5 }];
    expect(decideStart({ ...facts, rows })).toEqual({
      epoch: 5,
      acceptedBy: "Min",
      recovery: undefined,
    });
  });

  it("learns nothing from a history that the role may not read", () => {
    expect(decideStart({ ...facts, history: undefined }).recovery).toBeUndefined();
  });
});

describe("a database that is not as the journal left it", () => {
  it("recovers when it is behind, and its epoch is used for nothing again", () => {
    const rows = [{ ...row, epoch: 2 }];
    expect(decideStart({ ...facts, rows })).toEqual({
      epoch: 5,
      acceptedBy: "Min",
      recovery: "the database is at epoch 2, the send journal at 4",
    });
  });

  it("recovers when it has never heard of the journal", () => {
    expect(decideStart({ ...facts, rows: [] })).toEqual({
      epoch: 5,
      acceptedBy: "maedal: the first place",
      recovery: "the database does not know the send journal",
    });
  });

  it("recovers on another timeline", () => {
    expect(decideStart({ ...facts, history: "7001/00000002" }).recovery).toBe(
      "the database is on another timeline than 00000001: a failover or a restore",
    );
  });

  it("does not recover again where another process has compared the journal meanwhile", () => {
    const rows = [{ ...row, isRecovered: true }];
    expect(decideStart({ ...facts, rows, history: "7001/00000002" }).recovery).toBeUndefined();
    expect(
      decideStart({ ...facts, rows: [{ ...row, isRecovered: true, epoch: 2 }] }).recovery,
    ).toBe("the database is at epoch 2, the send journal at 4");
  });

  it("recovers on another server", () => {
    expect(decideStart({ ...facts, history: "8002/00000001" }).recovery).toBe(
      "the database is on another server (its system identifier is no longer 7001)",
    );
  });
});

describe("a place that nobody has vouched for", () => {
  const fresh: StartFacts = { ...facts, kept: undefined };

  it("is the first one of a database that knows none", () => {
    expect(decideStart({ ...fresh, rows: [] })).toEqual({
      epoch: 1,
      acceptedBy: "maedal: the first place",
      recovery: undefined,
    });
  });

  it("is a second installation, or a copy of the database: a person must say", () => {
    expect(decideStart(fresh)).toEqual({ epoch: 1, acceptedBy: undefined, recovery: undefined });
  });

  it("is another process on a machine that was vouched for", () => {
    expect(decideStart({ ...fresh, siblings: ["jrn_1"] }).acceptedBy).toBe(
      "maedal: beside an accepted place",
    );
  });

  it("recovers first when others of its machine were compared with another history", () => {
    const after = { ...fresh, siblings: ["jrn_1"], history: "7001/00000002" };
    expect(decideStart(after).recovery).toBe(
      "the database is on another timeline than 00000001: a failover or a restore",
    );
    const lastSeenAt = startedAt.add({ seconds: 1 });
    const later = { ...row, id: "jrn_2", history: "7001/00000002", lastSeenAt };
    expect(decideStart({ ...after, rows: [row, later] }).recovery).toBeUndefined();
    expect(decideStart({ ...after, siblings: [] }).recovery).toBeUndefined();
  });

  it("is a directory that was copied from where it was written", () => {
    expect(decideStart({ ...facts, isAtHome: false }).acceptedBy).toBeUndefined();
  });

  it("is a journal that is older than the database remembers", () => {
    const rows = [{ ...row, epoch: 7 }];
    expect(decideStart({ ...facts, rows }).acceptedBy).toBeUndefined();
  });
});
