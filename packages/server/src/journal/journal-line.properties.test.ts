import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { readLine, sendLine, startLine, type JournalStart, type Send } from "./journal-line.ts";

const anyInstant = fc
  .integer({ min: 0, max: 4_000_000_000_000 })
  .map((ms) => Temporal.Instant.fromEpochMilliseconds(ms));

const anySend: fc.Arbitrary<Send> = fc.record({
  kind: fc.constantFrom("charge", "confirm", "capture", "void", "refund"),
  accountId: fc.string(),
  connectionId: fc.string(),
  chargeId: fc.string({ unit: "grapheme" }),
  orderId: fc.string(),
  attemptId: fc.string(),
  via: fc.option(fc.string(), { nil: undefined }),
  amount: fc.record({
    amountMinor: fc.maxSafeNat(),
    currency: fc.constantFrom("KRW", "JPY", "TWD", "THB", "USD"),
  }),
});

const anyStart: fc.Arbitrary<JournalStart> = fc.record({
  journalId: fc.string(),
  epoch: fc.integer({ min: 1 }),
  home: fc.string(),
  inode: fc.string(),
  history: fc.option(fc.string(), { nil: undefined }),
  startedAt: anyInstant,
});

const withoutFeed = (line: string) => line.slice(0, -1);

describe("a line of the send journal", () => {
  it("is one line, and is read back as it was written", () => {
    fc.assert(
      fc.property(anySend, anyInstant, (send, at) => {
        const line = sendLine(send, 3, at);
        expect(line.indexOf("\n")).toBe(line.length - 1);
        const read = readLine(withoutFeed(line));
        expect(read?.of).toBe("send");
        const { sentAt, ...rest } = read?.of === "send" ? read.send : { sentAt: undefined };
        expect(rest).toEqual({ ...send, epoch: 3 });
        expect(sentAt?.toString()).toBe(at.toString());
      }),
    );
    fc.assert(
      fc.property(anyStart, (start) => {
        const read = readLine(withoutFeed(startLine(start)));
        expect(JSON.stringify(read)).toBe(JSON.stringify({ of: "start", start }));
      }),
    );
  });

  it("is not read when any of its characters was changed, or lost", () => {
    fc.assert(
      fc.property(anySend, anyInstant, fc.nat(), fc.boolean(), (send, at, place, cuts) => {
        const line = withoutFeed(sendLine(send, 1, at));
        const index = place % line.length;
        const other = line[index] === "0" ? "1" : "0";
        const changed = cuts
          ? line.slice(0, index)
          : line.slice(0, index) + other + line.slice(index + 1);
        expect(readLine(changed)).toBeUndefined();
      }),
    );
  });
});
