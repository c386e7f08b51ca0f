import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { money } from "@maedal/gateways";
import type { BillingInterval } from "../calendar/billing-period.ts";
import { roll, type Price, type Subscription } from "../subscriptions/subscription.ts";
import { firstCharge, importedState, type FirstCharge } from "./first-charge.ts";
import type { WantedSubscription } from "./import-row.ts";

const now = Temporal.Instant.from("2026-11-22T00:00:00Z");
const monthly: BillingInterval = { unit: "month", count: 1 };

function wanted(nextChargeOn: string, rest: Partial<WantedSubscription> = {}): WantedSubscription {
  const date = Temporal.PlainDate.from(nextChargeOn);
  return {
    planId: "plan_1",
    nextChargeOn: date,
    chargeTime: undefined,
    anchorDay: undefined,
    ...rest,
  };
}

function taken(
  asked: WantedSubscription,
  interval: BillingInterval = monthly,
  zone = "Asia/Seoul",
): FirstCharge {
  const first = firstCharge(asked, interval, zone, now);
  if ("code" in first) throw new Error(first.message);
  return first;
}

/** The periods that the roller bills of an imported subscription, each when it falls due. */
function billed(first: FirstCharge, interval: BillingInterval, count: number) {
  const price: Price = {
    id: "price_1",
    planId: "plan_1",
    planName: "Milk",
    amount: money(9_900, "KRW"),
    interval,
    trialDays: 0,
    capture: "automatic",
    registrationAmount: undefined,
    outlivesUnusedKeys: false,
  };
  let subscription: Subscription = {
    ...importedState(first, price.id, "bk_1"),
    accountId: "acct_1",
    id: "sub_1",
    customerId: "cus_1",
    zone: first.zone,
    chargeTime: first.chargeTime,
    testClockId: undefined,
    createdAt: now,
  };
  return Array.from({ length: count }, () => {
    if (subscription.nextDueAt === undefined) throw new Error("nothing is due any more");
    const decision = roll(subscription, {
      price,
      nextPrice: undefined,
      hasUsableKey: true,
      owesEarlier: false,
      overduePeriods: "collect_each",
      now: subscription.nextDueAt,
    });
    if (decision.kind !== "bill") throw new Error(decision.kind);
    subscription = { ...subscription, ...decision.state };
    return decision.bill;
  });
}

const daysOf = (first: FirstCharge, interval: BillingInterval, count: number) =>
  billed(first, interval, count).map(({ period }) => period.startsOn.toString());

describe("a monthly subscription that is next charged on an ordinary day", () => {
  it("is due that day, at ten in the customer's zone unless told, and counts its periods from 0", () => {
    expect(taken(wanted("2026-12-15"))).toEqual({
      zone: "Asia/Seoul",
      chargeTime: Temporal.PlainTime.from("10:00"),
      anchorOn: Temporal.PlainDate.from("2026-12-15"),
      anchorPeriod: 0,
      dueAt: Temporal.Instant.from("2026-12-15T01:00:00Z"),
    });
    const chargeTime = Temporal.PlainTime.from("23:30");
    const inTaipei = taken(wanted("2026-12-15", { chargeTime }), monthly, "Asia/Taipei");
    expect(inTaipei.dueAt.toString()).toBe("2026-12-15T15:30:00Z");
    expect(billed(inTaipei, monthly, 2).map(({ periodIndex }) => periodIndex)).toEqual([0, 1]);
  });
});

describe("a subscription from the 31st that is next charged at the end of February", () => {
  const day31 = { anchorDay: 31 };

  it("is charged on the 31st again in March", () => {
    const first = taken(wanted("2027-02-28", day31));
    expect(daysOf(first, monthly, 4)).toEqual([
      "2027-02-28",
      "2027-03-31",
      "2027-04-30",
      "2027-05-31",
    ]);
    const [bill] = billed(first, monthly, 1);
    expect([bill?.periodIndex, bill?.dueAt.toString()]).toEqual([0, "2027-02-28T01:00:00Z"]);
  });

  it("stays on the 28th when nobody says that it was the 31st", () => {
    expect(daysOf(taken(wanted("2027-02-28")), monthly, 2)).toEqual(["2027-02-28", "2027-03-28"]);
  });

  it("is charged on the last day of each quarter's first month when it pays by the quarter", () => {
    const quarterly = { unit: "month", count: 3 } as const;
    const first = taken(wanted("2027-02-28", day31), quarterly);
    expect(daysOf(first, quarterly, 4)).toEqual([
      "2027-02-28",
      "2027-05-31",
      "2027-08-31",
      "2027-11-30",
    ]);
  });

  it("is charged on the last of February each year when it pays by the year", () => {
    const yearly = { unit: "year", count: 1 } as const;
    const first = taken(wanted("2027-02-28", day31), yearly);
    expect(daysOf(first, yearly, 3)).toEqual(["2027-02-28", "2028-02-29", "2029-02-28"]);
  });
});

describe("a first charge that cannot be", () => {
  it("is refused at the moment that it is due, because that has passed", () => {
    const at = taken(wanted("2026-11-22")).dueAt;
    expect(firstCharge(wanted("2026-11-22"), monthly, "Asia/Seoul", at)).toEqual({
      code: "next_charge_in_past",
      message:
        "2026-11-22 10:00 in Asia/Seoul has passed: say the next day on which the customer is to be charged.",
    });
  });

  it("is refused for an anchor that does not fall on its day", () => {
    const asked = wanted("2027-02-15", { anchorDay: 31 });
    expect(firstCharge(asked, monthly, "Asia/Seoul", now)).toEqual({
      code: "anchor_day_wrong",
      message:
        "Day 31 of the month does not fall on 2027-02-15: mend one of the two, or leave anchor_day empty.",
    });
  });

  it("is refused for a plan by the week with another day of the month", () => {
    const asked = wanted("2027-02-28", { anchorDay: 31 });
    expect(firstCharge(asked, { unit: "week", count: 2 }, "Asia/Seoul", now)).toEqual({
      code: "anchor_day_wrong",
      message: "A plan that is paid by the week has no day of the month: leave anchor_day empty.",
    });
  });
});

const anyInterval = fc.record({
  unit: fc.constantFrom("day", "week", "month", "year"),
  count: fc.integer({ min: 1, max: 13 }),
});
const anyDate = fc
  .integer({ min: 1, max: 4_000 })
  .map((days) => Temporal.PlainDate.from("2026-11-23").add({ days }));
const anyZone = fc.constantFrom("Asia/Seoul", "Asia/Bangkok", "America/New_York", "Pacific/Apia");
const anyTime = fc
  .integer({ min: 0, max: 24 * 60 - 1 })
  .map((minutes) => Temporal.PlainTime.from("00:00").add({ minutes }));

describe("any imported subscription", () => {
  it("is first billed for the period of its next charge, due on that day at its time", () => {
    fc.assert(
      fc.property(
        anyDate,
        anyInterval,
        anyZone,
        anyTime,
        (nextChargeOn, interval, zone, chargeTime) => {
          const first = taken(
            { ...wanted("2027-01-01"), nextChargeOn, chargeTime },
            interval,
            zone,
          );
          const [bill] = billed(first, interval, 1);
          const due = nextChargeOn.toZonedDateTime({ timeZone: zone, plainTime: chargeTime });
          expect(bill?.dueAt.toString()).toBe(due.toInstant().toString());
          expect([bill?.periodIndex, bill?.period.startsOn.toString()]).toEqual([
            0,
            nextChargeOn.toString(),
          ]);
        },
      ),
    );
  });

  it("never drifts from its anchor day: each charge is on it, or on the last day of a short month", () => {
    const byMonth = fc.oneof(
      fc.record({ unit: fc.constant("month" as const), count: fc.integer({ min: 1, max: 24 }) }),
      fc.record({ unit: fc.constant("year" as const), count: fc.integer({ min: 1, max: 5 }) }),
    );
    const anyDay = fc.integer({ min: 1, max: 31 });
    fc.assert(
      fc.property(anyDate, byMonth, anyDay, (date, interval, anchorDay) => {
        const month = date.add({ months: 1 });
        const nextChargeOn = month.with({ day: Math.min(anchorDay, month.daysInMonth) });
        const first = taken({ ...wanted("2027-01-01"), nextChargeOn, anchorDay }, interval);
        for (const { period } of billed(first, interval, 30)) {
          const { day, daysInMonth } = period.startsOn;
          expect(day).toBe(Math.min(anchorDay, daysInMonth));
        }
      }),
    );
  });

  it("leaves no period out and bills none twice", () => {
    fc.assert(
      fc.property(anyDate, anyInterval, (nextChargeOn, interval) => {
        const first = taken({ ...wanted("2027-01-01"), nextChargeOn }, interval);
        const bills = billed(first, interval, 12);
        expect(bills.map(({ periodIndex }) => periodIndex)).toEqual(bills.map((_, index) => index));
        for (const [index, { period }] of bills.entries()) {
          const next = bills[index + 1];
          if (next !== undefined) expect(period.endsOn.equals(next.period.startsOn)).toBe(true);
        }
      }),
    );
  });
});
