import { describe, expect, it } from "vitest";
import type { Arrival } from "../../src/simulator/network.ts";
import {
  claimsOfPayments,
  wireViolations,
  type AttemptRow,
} from "../../src/simulator/wire-rules.ts";

const second = 1_000;
const minute = 60 * second;
const startMs = Date.UTC(2026, 2, 1);
const at = (ms: number) => new Date(startMs + ms).toISOString();

let sequence = 0;

function arrival(
  operation: string,
  departedMs: number,
  {
    orderId = "ORDER00",
    paymentKey,
    ...rest
  }: Partial<Arrival> & { readonly orderId?: string; readonly paymentKey?: string } = {},
): Arrival {
  sequence += 1;
  const atMs = startMs + departedMs;
  return {
    process: "worker1.1",
    departedAtMs: atMs,
    arrivedAtMs: atMs + 100,
    isCopy: false,
    entry: {
      sequence,
      provider: "toss",
      operation,
      orderId,
      paymentKey,
      method: "POST",
      path: "/",
      headers: {},
      body: null,
      receivedAt: at(departedMs + 100),
      outcome: { answered: 200 },
      processed: true,
      fault: null,
    },
    ...rest,
  };
}

const claimed = (claimedMs: number, row: Partial<AttemptRow> = {}): AttemptRow => ({
  charge_id: "chg_1",
  order_id: "ORDER00",
  claimed_at: at(claimedMs),
  over_at: at(claimedMs + 125 * second),
  outcome: "captured",
  ended_at: at(claimedMs + second),
  ...row,
});

const unanswered = { outcome: "unknown", ended_at: at(30 * second) };

function violations(
  arrivals: readonly Arrival[],
  attempts: readonly AttemptRow[],
  more: Partial<Parameters<typeof wireViolations>[0]> = {},
): readonly string[] {
  const nothing = { elsewhere: [], decisions: [], refundClaims: new Map() };
  return wireViolations({ arrivals, attempts, ...nothing, ...more });
}

describe("an order that leaves", () => {
  it("within the gate of its claim is in order, even if the network delivers it twice", () => {
    const copy = { isCopy: true };
    const arrivals = [arrival("charge", 19 * second), arrival("charge", 19 * second, copy)];
    expect(violations(arrivals, [claimed(0)])).toEqual([]);
  });

  it("later breaks rule 4", () => {
    expect(violations([arrival("charge", 25 * second)], [claimed(0)])).toEqual([
      "rule 4: order ORDER00 left worker1.1 at 2026-03-01T00:00:25Z, 25 s after its claim",
    ]);
  });

  it("twice with one claim breaks rule 4", () => {
    const arrivals = [arrival("charge", 0), arrival("charge", 10 * second)];
    expect(violations(arrivals, [claimed(0)])).toEqual([
      "rule 4: order ORDER00 left worker1.1 at 2026-03-01T00:00:00Z and again at 2026-03-01T00:00:10Z, with one claim",
    ]);
  });

  it("without a claim that was committed breaks rule 3", () => {
    expect(violations([arrival("charge", 0)], [])).toEqual([
      "rule 3: order ORDER00 left worker1.1 at 2026-03-01T00:00:00Z, and no claim of it was committed",
    ]);
  });

  it("under an id that somebody else uses breaks rule 1", () => {
    const elsewhere = [arrival("charge", -minute, { process: "elsewhere" })];
    expect(violations([arrival("charge", 0)], [claimed(0)], { elsewhere })).toEqual([
      "rule 1: order ORDER00 is somebody else's, too",
    ]);
  });
});

describe("a refund that leaves", () => {
  const refund = (departedMs: number, more: Partial<Arrival> = {}) =>
    arrival("cancel", departedMs, { paymentKey: "pay_1", ...more });
  const judged = (arrivals: readonly Arrival[], ...claimedMs: number[]) => {
    const refundClaims = new Map([["pay_1", claimedMs.map((ms) => startMs + ms)]]);
    return violations(arrivals, [], { refundClaims });
  };

  it("within the gate of its claim is in order, and so is the next of the same payment", () => {
    const copy = refund(19 * second, { isCopy: true });
    const arrivals = [refund(19 * second), copy, refund(10 * minute)];
    expect(judged(arrivals, 0, 10 * minute)).toEqual([]);
  });

  it("later breaks rule 4", () => {
    expect(judged([refund(25 * second)], 0, minute)).toEqual([
      "rule 4: a refund of payment pay_1 left worker1.1 at 2026-03-01T00:00:25Z, 25 s after its claim",
    ]);
  });

  it("twice with one claim breaks rule 4", () => {
    expect(judged([refund(0), refund(10 * second)], 0)).toEqual([
      "rule 4: a refund of payment pay_1 left worker1.1 at 2026-03-01T00:00:00Z and again at 2026-03-01T00:00:10Z, with one claim",
    ]);
  });

  it("again with another token, because the provider had refused the first, is in order", () => {
    const refused = refund(0);
    const entry = { ...refused.entry, outcome: { answered: 401 }, processed: false };
    expect(judged([{ ...refused, entry }, refund(10 * second)], 0)).toEqual([]);
  });

  it("without a claim that was committed breaks rule 3, whatever else was claimed", () => {
    expect(judged([refund(0)], minute)).toEqual([
      "rule 3: a refund of payment pay_1 left worker1.1 at 2026-03-01T00:00:00Z, and no claim of it was committed",
    ]);
  });

  it("is known by its payment", () => {
    const charges = [
      { id: "chg_1", payment_id: "pay_1" },
      { id: "chg_2", payment_id: "pay_2" },
    ];
    const refunds = [
      { id: "rfd_1", charge_id: "chg_1" },
      { id: "rfd_2", charge_id: "chg_2" },
    ];
    const claims = [
      { refundId: "rfd_1", atMs: 1 },
      { refundId: "rfd_2", atMs: 2 },
      { refundId: "rfd_1", atMs: 3 },
    ];
    expect(claimsOfPayments(claims, { charges, refunds })).toEqual(
      new Map([
        ["pay_1", [1, 3]],
        ["pay_2", [2]],
      ]),
    );
  });
});

describe("another order id for the same period", () => {
  const later = arrival("charge", 60 * minute, { orderId: "ORDER01" });
  const laterClaim = claimed(60 * minute, { order_id: "ORDER01" });

  it("is in order after a refusal", () => {
    const declined = claimed(0, { outcome: "declined" });
    expect(violations([arrival("charge", 0), later], [declined, laterClaim])).toEqual([]);
  });

  it("breaks rule 2 while the one before is unknown", () => {
    const attempts = [claimed(0, unanswered), laterClaim];
    expect(violations([arrival("charge", 0), later], attempts)).toEqual([
      "rule 2: order ORDER01 was sent at 2026-03-01T01:00:00Z, though ORDER00, claimed at 2026-03-01T00:00:00.000Z, was unknown",
    ]);
  });

  it("is in order when a person has decided that nothing was paid", () => {
    const decisions = [{ chargeId: "chg_1", atMs: startMs + 50 * minute }];
    const attempts = [claimed(0, unanswered), laterClaim];
    expect(violations([arrival("charge", 0), later], attempts, { decisions })).toEqual([]);
  });
});

describe("the same order again, after a send without an answer", () => {
  const attempts = [claimed(0, unanswered), claimed(20 * minute)];
  const again = arrival("charge", 20 * minute);
  const asked = (...minutes: number[]) =>
    minutes.map((number) => arrival("get_order", number * minute));
  const course = (...minutes: number[]) => [arrival("charge", 0), ...asked(...minutes), again];

  it("is in order when it was asked about twice, late enough and far enough apart", () => {
    expect(violations(course(1, 16, 17.5), attempts)).toEqual([]);
  });

  it("breaks rule 6 when nobody asked", () => {
    expect(violations(course(), attempts)).toEqual([
      "rule 6: order ORDER00 was sent again at 2026-03-01T00:20:00Z, 19.5 min after a send without an answer; 0 of 0 look-ups late enough, 0 s apart",
    ]);
  });

  it("breaks rule 6 when it was asked about too early", () => {
    expect(violations(course(1, 16), attempts)).toEqual([
      "rule 6: order ORDER00 was sent again at 2026-03-01T00:20:00Z, 19.5 min after a send without an answer; 1 of 2 look-ups late enough, 0 s apart",
    ]);
  });

  it("breaks rule 6 when both questions were asked in one breath", () => {
    expect(violations(course(16, 16.5), attempts)).toEqual([
      "rule 6: order ORDER00 was sent again at 2026-03-01T00:20:00Z, 19.5 min after a send without an answer; 2 of 2 look-ups late enough, 30 s apart",
    ]);
  });

  it("is in order when the provider had refused it", () => {
    const declined = claimed(0, { outcome: "declined", ended_at: at(second) });
    expect(violations(course(), [declined, claimed(20 * minute)])).toEqual([]);
  });
});
