import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import {
  afterDecline,
  afterFailure,
  afterPayment,
  canceled,
  roll,
  start,
  stateOf,
  type Price,
  type RollContext,
  type Subscription,
} from "./subscription.ts";

const at = (text: string) => Temporal.Instant.from(text);
const day = (text: string) => Temporal.PlainDate.from(text);
const monthly: Price = {
  id: "price_month",
  planId: "plan_1",
  planName: "프리미엄",
  amount: { amountMinor: 9_900, currency: "KRW" },
  interval: { unit: "month", count: 1 },
  trialDays: 0,
  capture: "automatic",
  registrationAmount: undefined,
  outlivesUnusedKeys: false,
};
const yearly: Price = { ...monthly, id: "price_year", interval: { unit: "year", count: 1 } };

const waiting: Subscription = {
  accountId: "acct_1",
  id: "sub_1",
  customerId: "cus_1",
  status: "incomplete",
  priceId: monthly.id,
  nextPriceId: undefined,
  billingKeyId: undefined,
  anchorOn: undefined,
  anchorPeriod: 0,
  zone: "Asia/Seoul",
  chargeTime: Temporal.PlainTime.from("10:00"),
  nextPeriod: 0,
  nextDueAt: undefined,
  methodRequired: false,
  cancelsAtPeriodEnd: false,
  canceledAt: undefined,
  testClockId: undefined,
  createdAt: at("2026-01-30T00:00:00Z"),
};
/** Began on 31 January in Seoul; February is due next. */
const running: Subscription = {
  ...waiting,
  status: "active",
  billingKeyId: "bk_1",
  anchorOn: day("2026-01-31"),
  nextPeriod: 1,
  nextDueAt: at("2026-02-28T01:00:00Z"),
};
const context: RollContext = {
  price: monthly,
  nextPrice: undefined,
  hasUsableKey: true,
  owesEarlier: false,
  overduePeriods: "collect_each",
  now: at("2026-02-28T01:00:00Z"),
};
const february = {
  index: 1,
  startsOn: day("2026-02-28"),
  endsOn: day("2026-03-31"),
  dueAt: at("2026-02-28T01:00:00Z"),
};

describe("a subscription that gets its method", () => {
  // 23:30 on the 30th in London is the morning of the 31st in Seoul.
  const now = at("2026-01-30T23:30:00Z");

  it("begins today in its own zone, owes the first period at once, and waits for its payment", () => {
    expect(start(waiting, monthly, "bk_1", now)).toEqual({
      state: {
        ...stateOf(waiting),
        billingKeyId: "bk_1",
        anchorOn: day("2026-01-31"),
        nextPeriod: 1,
      },
      bill: {
        periodIndex: 0,
        price: monthly,
        period: {
          index: 0,
          startsOn: day("2026-01-31"),
          endsOn: day("2026-02-28"),
          dueAt: at("2026-01-31T01:00:00Z"),
        },
        dueAt: now,
      },
    });
  });

  it("with a trial owes nothing until the trial is over", () => {
    expect(start(waiting, { ...monthly, trialDays: 14 }, "bk_1", now)).toEqual({
      state: {
        ...stateOf(waiting),
        status: "trialing",
        billingKeyId: "bk_1",
        anchorOn: day("2026-02-14"),
        nextDueAt: at("2026-02-14T01:00:00Z"),
      },
      bill: undefined,
    });
  });
});

describe("a subscription whose next period has fallen due", () => {
  it("is billed for it, and March is due on the 31st again", () => {
    expect(roll(running, context)).toEqual({
      kind: "bill",
      bill: { periodIndex: 1, price: monthly, period: february, dueAt: february.dueAt },
      invoice: "open",
      collects: true,
      state: { ...stateOf(running), nextPeriod: 2, nextDueAt: at("2026-03-31T01:00:00Z") },
    });
  });

  it("ends instead when it was to end with its period", () => {
    const ending = { ...running, cancelsAtPeriodEnd: true, nextPriceId: "price_year" };
    expect(roll(ending, context)).toEqual({
      kind: "end",
      state: {
        ...stateOf(running),
        status: "canceled",
        canceledAt: context.now,
        nextDueAt: undefined,
      },
    });
  });

  it("owes it without a method, and the customer is asked for one", () => {
    expect(roll(running, { ...context, hasUsableKey: false })).toMatchObject({
      kind: "bill",
      invoice: "open",
      collects: false,
      state: { status: "past_due", methodRequired: true, nextPeriod: 2 },
    });
  });

  it("is given up when it still has no method and owes a period already", () => {
    expect(roll(running, { ...context, hasUsableKey: false, owesEarlier: true })).toEqual({
      kind: "give_up",
      state: { ...stateOf(running), status: "unpaid", methodRequired: true, nextDueAt: undefined },
    });
  });

  it("is billed though it owes an earlier one, as long as there is a method to charge", () => {
    const late = { ...running, status: "past_due" as const };
    expect(roll(late, { ...context, owesEarlier: true })).toMatchObject({
      kind: "bill",
      collects: true,
      state: { status: "past_due" },
    });
  });
});

describe("a subscription with several overdue periods", () => {
  const now = at("2026-05-01T00:00:00Z");

  it("is billed for each of them where the account collects each", () => {
    expect(roll(running, { ...context, now })).toMatchObject({
      kind: "bill",
      invoice: "open",
      collects: true,
    });
  });

  it("owes only the latest where the account collects the latest", () => {
    const latest = { ...context, now, overduePeriods: "collect_latest" as const };
    expect(roll(running, latest)).toMatchObject({ invoice: "void", collects: false });
    const april = { ...running, nextPeriod: 3, nextDueAt: at("2026-04-30T01:00:00Z") };
    expect(roll(april, latest)).toMatchObject({ invoice: "open", collects: true });
  });
});

describe("a change of price that waits for the next period", () => {
  it("of the same cycle changes the amount and keeps the anchor day", () => {
    const dearer = { ...monthly, id: "price_dearer" };
    const decision = roll(
      { ...running, nextPriceId: dearer.id },
      { ...context, nextPrice: dearer },
    );
    expect(decision).toEqual({
      kind: "bill",
      bill: { periodIndex: 1, price: dearer, period: february, dueAt: february.dueAt },
      invoice: "open",
      collects: true,
      state: {
        ...stateOf(running),
        priceId: dearer.id,
        nextPeriod: 2,
        nextDueAt: at("2026-03-31T01:00:00Z"),
      },
    });
  });

  it("of another cycle moves the anchor to the day on which the new cycle begins", () => {
    const decision = roll(
      { ...running, nextPriceId: yearly.id },
      { ...context, nextPrice: yearly },
    );
    expect(decision).toEqual({
      kind: "bill",
      bill: {
        periodIndex: 1,
        price: yearly,
        period: {
          index: 0,
          startsOn: day("2026-02-28"),
          endsOn: day("2027-02-28"),
          dueAt: at("2026-02-28T01:00:00Z"),
        },
        dueAt: at("2026-02-28T01:00:00Z"),
      },
      invoice: "open",
      collects: true,
      state: {
        ...stateOf(running),
        priceId: yearly.id,
        anchorOn: day("2026-02-28"),
        anchorPeriod: 1,
        nextPeriod: 2,
        nextDueAt: at("2027-02-28T01:00:00Z"),
      },
    });
  });
});

describe("a subscription whose invoice was paid", () => {
  const now = at("2026-02-10T00:00:00Z");
  const paid = { price: monthly, owesOthers: false, hasUsableKey: true, now };

  it("is active, and its next period is due by the calendar", () => {
    const begun = { ...running, status: "incomplete" as const, nextDueAt: undefined };
    expect(afterPayment(begun, { ...paid, now: at("2026-01-31T00:00:00Z") })).toEqual(
      stateOf(running),
    );
    const late = { ...running, status: "past_due" as const, methodRequired: true };
    expect(afterPayment(late, paid)).toEqual(stateOf(running));
  });

  it("still needs another method when its own was lost meanwhile", () => {
    const losing = { ...running, methodRequired: true };
    expect(afterPayment(losing, { ...paid, hasUsableKey: false })).toEqual(stateOf(losing));
  });

  it("stays as it is while it owes another", () => {
    const late = { ...running, status: "past_due" as const };
    expect(afterPayment(late, { ...paid, owesOthers: true })).toEqual(stateOf(late));
  });

  it("stays canceled, or paused", () => {
    const over = { ...running, status: "canceled" as const, canceledAt: now, nextDueAt: undefined };
    expect(afterPayment(over, paid)).toEqual(stateOf(over));
    const paused = { ...running, status: "paused" as const };
    expect(afterPayment(paused, paid)).toEqual(stateOf(paused));
  });

  it.each(["incomplete", "unpaid"] as const)(
    "late, after it was %s, goes on with the period that begins next",
    (status) => {
      const notServed = { ...running, status, nextDueAt: undefined };
      expect(afterPayment(notServed, { ...paid, now: at("2026-06-20T00:00:00Z") })).toEqual({
        ...stateOf(running),
        nextPeriod: 5,
        nextDueAt: at("2026-06-30T01:00:00Z"),
      });
    },
  );
});

describe("a subscription whose charge was declined", () => {
  it("is past due while it is tried again; one that never began or was given up stays so", () => {
    expect(afterDecline(running)).toEqual({ ...stateOf(running), status: "past_due" });
    const trialing = { ...running, status: "trialing" as const };
    expect(afterDecline(trialing)).toEqual({ ...stateOf(running), status: "past_due" });
    for (const status of ["incomplete", "past_due", "unpaid", "canceled"] as const) {
      expect(afterDecline({ ...running, status })).toEqual({ ...stateOf(running), status });
    }
  });
});

describe("a subscription whose charge was given up", () => {
  it("is unpaid when the retries are used up, and nothing more falls due", () => {
    expect(afterFailure(running, false)).toEqual({
      ...stateOf(running),
      status: "unpaid",
      methodRequired: true,
      nextDueAt: undefined,
    });
  });

  it("is past due, with its next period still due, when the method is to blame", () => {
    expect(afterFailure(running, true)).toEqual({
      ...stateOf(running),
      status: "past_due",
      methodRequired: true,
    });
  });

  it.each(["incomplete", "unpaid"] as const)(
    "while it was %s stays so: nothing is billed until something is paid",
    (status) => {
      const notServed = { ...running, status, nextDueAt: undefined };
      for (const methodRequired of [true, false]) {
        expect(afterFailure(notServed, methodRequired)).toEqual({
          ...stateOf(notServed),
          methodRequired: true,
        });
      }
    },
  );
});

describe("a subscription that is canceled", () => {
  it("ends now, with nothing due and no change to come, once and for all", () => {
    const changing = { ...running, nextPriceId: "price_year", cancelsAtPeriodEnd: true };
    const now = at("2026-02-10T00:00:00Z");
    const ended = {
      ...stateOf(running),
      status: "canceled",
      canceledAt: now,
      nextDueAt: undefined,
    };
    expect(canceled(changing, now)).toEqual(ended);
    const over = { ...running, ...canceled(changing, now) };
    expect(canceled(over, at("2026-03-01T00:00:00Z"))).toEqual(ended);
  });
});
