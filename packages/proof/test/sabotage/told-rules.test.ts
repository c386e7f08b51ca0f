import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../../emulator/src/ledger.ts";
import { toldViolations } from "../../src/simulator/told-rules.ts";

const startMs = Date.UTC(2026, 2, 1);
const minute = 60_000;
const at = (minutes: number) => new Date(startMs + minutes * minute).toISOString();

const payment = (minutes: number): LedgerEntry => ({
  sequence: 1,
  provider: "toss",
  kind: "payment",
  orderId: "ORDER00",
  amount: 9_900,
  currency: "KRW",
  key: null,
  paymentId: "pay_1",
  at: at(minutes),
});

const shown = (status: string, minutes: number) => [
  { atMs: startMs + minutes * minute, chargeId: "chg_1", status },
];

const tables = (outcome: string | null, findings: readonly (readonly [string, number])[] = []) => ({
  charges: [{ id: "chg_1", payment_id: "pay_1" }],
  attempts: [
    {
      charge_id: "chg_1",
      n: 1,
      order_id: "ORDER00",
      claimed_at: at(0),
      ended_at: at(1),
      outcome,
    },
  ],
  look_ups: findings.map(([finding, minutes]) => ({
    order_id: "ORDER00",
    finding,
    looked_up_at: at(minutes),
  })),
  events: [],
});

describe("a charge that is called captured", () => {
  it("is so once the provider has taken the money", () => {
    const told = { ledger: [payment(1)], shown: shown("captured", 2), tables: tables("captured") };
    expect(toldViolations(told)).toEqual([]);
  });

  it("breaks rule 5 before, though the money is taken later", () => {
    const told = { ledger: [payment(5)], shown: shown("captured", 2), tables: tables("captured") };
    expect(toldViolations(told)).toEqual([
      "rule 5: the API called charge chg_1 captured at 2026-03-01T00:02:00Z, before the provider had taken anything",
    ]);
  });

  it("breaks rule 5 in an event as it does in an answer", () => {
    const data = { chargeId: "chg_1" };
    const events = [{ type: "charge.captured", occurred_at: at(2), data }];
    const told = { ledger: [], shown: [], tables: { ...tables("unknown"), events } };
    expect(toldViolations(told)).toEqual([
      "rule 5: an event called charge chg_1 captured at 2026-03-01T00:02:00Z, before the provider had taken anything",
    ]);
  });
});

describe("a charge that is called failed", () => {
  const called = (minutes: number, rows: ReturnType<typeof tables>) =>
    toldViolations({ ledger: [], shown: shown("failed", minutes), tables: rows });
  const open = (minutes: number) => [
    `rule 5: the API called charge chg_1 failed at 2026-03-01T00:${minutes}:00Z, while attempt 1 under ORDER00 was not decided`,
  ];

  it("is so once its attempt was declined", () => {
    expect(called(30, tables("declined"))).toEqual([]);
  });

  it("breaks rule 5 while nobody knows what became of its attempt", () => {
    expect(called(30, tables("unknown"))).toEqual(open(30));
    expect(called(30, tables(null))).toEqual(open(30));
  });

  it("is so once the provider has said twice that there is nothing, and not before", () => {
    const twice = tables("unknown", [
      ["not_found", 16],
      ["not_found", 18],
    ]);
    expect(called(17, twice)).toEqual(open(17));
    expect(called(18, twice)).toEqual([]);
  });

  it("is so once a person has decided it", () => {
    const data = { chargeId: "chg_1", decision: "give_up" };
    const events = [{ type: "charge.review_resolved", occurred_at: at(20), data }];
    expect(called(30, { ...tables("unknown"), events: events as never[] })).toEqual([]);
  });
});
