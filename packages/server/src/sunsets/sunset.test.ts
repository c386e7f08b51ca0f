import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { AppError } from "../app-error.ts";
import { termsOf, type Sunset, type WantedSunset } from "./sunset.ts";

const now = Temporal.Instant.from("2026-11-22T03:00:00.123456789Z");
const nowStored = Temporal.Instant.from("2026-11-22T03:00:00.123456Z");
const yearEnd = Temporal.Instant.from("2026-12-31T15:00:00Z");
const later = Temporal.Instant.from("2027-02-28T15:00:00Z");

const wanted: WantedSunset = {
  successorId: "gwy_new",
  reason: "CHAI closes its service",
  chargesUntil: undefined,
  whenSilent: "keep",
  cancelAt: undefined,
};

const present: Sunset = {
  ...wanted,
  chargesUntil: yearEnd,
  accountId: "acct_1",
  connectionId: "gwy_old",
  startedAt: now,
  endedAt: undefined,
};

const terms = (change: Partial<WantedSunset>, before?: Sunset, at = now) =>
  termsOf("gwy_old", { ...wanted, ...change }, before, at);

function refusal(decide: () => unknown): unknown {
  try {
    return decide();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const [field] = (error.details["errors"] ?? []) as { path: string }[];
    return field === undefined ? error.code : `${error.code} ${field.path}`;
  }
}

describe("a connection that somebody leaves", () => {
  it("stops charging now, unless told until when", () => {
    expect(terms({})).toEqual({ ...wanted, chargesUntil: nowStored });
    expect(terms({ chargesUntil: yearEnd })).toEqual({ ...wanted, chargesUntil: yearEnd });
  });

  it("cancels who stays silent only at a time that was set, not before charging stops", () => {
    const cancel = { whenSilent: "cancel", chargesUntil: yearEnd } as const;
    expect(terms({ ...cancel, cancelAt: later })).toEqual({
      ...wanted,
      ...cancel,
      cancelAt: later,
    });
    expect(refusal(() => terms(cancel))).toBe("invalid_request cancelAt");
    expect(refusal(() => terms({ ...cancel, cancelAt: now }))).toBe("invalid_request cancelAt");
    expect(refusal(() => terms({ cancelAt: later }))).toBe("invalid_request cancelAt");
  });

  it("has another one for its successor, and no end in the past", () => {
    expect(refusal(() => terms({ successorId: "gwy_old" }))).toBe("invalid_request successorId");
    const past = now.subtract({ seconds: 1 });
    expect(refusal(() => terms({ chargesUntil: past }))).toBe("invalid_request chargesUntil");
  });
});

describe("a sunset that is on its way", () => {
  it("may change in everything", () => {
    const change = { successorId: "gwy_other", reason: "soon", chargesUntil: later };
    expect(terms(change, present)).toEqual({ ...wanted, ...change });
    expect(terms({}, present)).toEqual({ ...wanted, chargesUntil: nowStored });
  });

  it("stopped when it did, however often it is said again", () => {
    const inTheNewYear = yearEnd.add({ hours: 1 });
    expect(terms({}, present, inTheNewYear)).toEqual({ ...wanted, chargesUntil: yearEnd });
    const said = { chargesUntil: yearEnd };
    expect(terms(said, present, inTheNewYear)).toEqual({ ...wanted, chargesUntil: yearEnd });
  });
});

describe("a sunset that has ended", () => {
  const over = { ...present, endedAt: yearEnd };
  const inTheNewYear = yearEnd.add({ hours: 1 });

  it("takes what it was told before, and nothing else", () => {
    const same = terms({ chargesUntil: yearEnd }, over, inTheNewYear);
    expect(same).toEqual({ ...wanted, chargesUntil: yearEnd });
    const other = () => terms({ chargesUntil: later }, over, inTheNewYear);
    expect(refusal(other)).toBe("sunset_ended");
  });
});
