import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import {
  afterDecline,
  afterFailure,
  afterPayment,
  canceled,
  roll,
  start,
  type PeriodToBill,
  type Price,
  type Subscription,
  type SubscriptionState,
} from "./subscription.ts";

const at = (text: string) => Temporal.Instant.from(text);
const priceOf = (id: string, unit: Price["interval"]["unit"], count: number): Price => ({
  id,
  planId: "plan_1",
  planName: "Plan",
  amount: { amountMinor: 9_900, currency: "KRW" },
  interval: { unit, count },
  trialDays: 0,
  capture: "automatic",
  registrationAmount: undefined,
  outlivesUnusedKeys: false,
});
const prices = [
  priceOf("price_day", "day", 1),
  priceOf("price_week", "week", 2),
  priceOf("price_month", "month", 1),
  priceOf("price_quarter", "month", 3),
  priceOf("price_year", "year", 1),
] as const;
const byId = new Map<string, Price>(prices.map((price) => [price.id, price]));

/** Something that happens to a subscription. */
type Happening =
  | { readonly kind: "wait"; readonly hours: number }
  | { readonly kind: "roll"; readonly hasUsableKey: boolean; readonly latestOnly: boolean }
  | { readonly kind: "pay" | "decline" | "cancel" | "cancel_later" }
  | { readonly kind: "fail"; readonly methodRequired: boolean }
  | { readonly kind: "change"; readonly priceId: string };

const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      hours: fc.integer({ min: 1, max: 2_000 }),
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("roll" as const),
      hasUsableKey: fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, fc.constant(false)),
      latestOnly: fc.boolean(),
    }),
    weight: 6,
  },
  { arbitrary: fc.constant({ kind: "pay" as const }), weight: 4 },
  fc.constant({ kind: "decline" as const }),
  fc.record({ kind: fc.constant("fail" as const), methodRequired: fc.boolean() }),
  fc.constantFrom(...prices).map(({ id }) => ({ kind: "change" as const, priceId: id })),
  fc.constantFrom({ kind: "cancel" as const }, { kind: "cancel_later" as const }),
);
const anyHistory = fc.record({
  zone: fc.constantFrom("Asia/Seoul", "Asia/Bangkok", "America/New_York", "Pacific/Apia"),
  startedAt: fc
    .integer({ min: 0, max: 3_000 })
    .map((days) => at("2024-01-01T15:30:00Z").add({ hours: days * 24 })),
  price: fc.constantFrom(...prices),
  trialDays: fc.constantFrom(0, 14),
  happenings: fc.array(anyHappening, { maxLength: 40 }),
});

interface Lived {
  readonly happening: Happening;
  readonly before: Subscription;
  readonly after: Subscription;
  readonly now: Temporal.Instant;
  readonly billed: PeriodToBill | undefined;
}

/** Lives a history as the stores do: a roll happens only when a period is due. */
function live(history: {
  zone: string;
  startedAt: Temporal.Instant;
  price: Price;
  trialDays: number;
  happenings: Happening[];
}): Lived[] {
  const { zone, startedAt, trialDays, happenings } = history;
  const price = { ...history.price, trialDays };
  const waiting = newSubscription(zone, price.id, startedAt);
  const started = start(waiting, price, "bk_1", startedAt);
  let subscription: Subscription = { ...waiting, ...started.state };
  let openInvoices = started.bill === undefined ? 0 : 1;
  let now = startedAt;
  const wait = { kind: "wait", hours: 0 } as const;
  const lived: Lived[] = [
    { happening: wait, before: waiting, after: subscription, now, billed: started.bill },
  ];
  for (const happening of happenings) {
    if (happening.kind === "wait") now = now.add({ hours: happening.hours });
    const { state, billed, owes } = next(subscription, happening, openInvoices, now);
    openInvoices = owes;
    const after = { ...subscription, ...state };
    lived.push({ happening, before: subscription, after, now, billed });
    subscription = after;
  }
  return lived;
}

function next(
  of: Subscription,
  happening: Happening,
  owes: number,
  now: Temporal.Instant,
): { state: Partial<SubscriptionState>; billed: PeriodToBill | undefined; owes: number } {
  const same = { state: {}, billed: undefined, owes };
  const price = byId.get(of.priceId);
  if (price === undefined) throw new Error("unknown price");
  switch (happening.kind) {
    case "wait":
      return same;
    case "roll": {
      if (of.nextDueAt === undefined || Temporal.Instant.compare(of.nextDueAt, now) > 0)
        return same;
      const { hasUsableKey, latestOnly } = happening;
      const decision = roll(of, {
        price,
        nextPrice: of.nextPriceId === undefined ? undefined : byId.get(of.nextPriceId),
        hasUsableKey,
        owesEarlier: owes > 0,
        overduePeriods: latestOnly ? "collect_latest" : "collect_each",
        now,
      });
      if (decision.kind !== "bill") return { ...same, state: decision.state };
      const opened = decision.invoice === "open" ? 1 : 0;
      return { state: decision.state, billed: decision.bill, owes: owes + opened };
    }
    case "pay":
      if (owes === 0) return same;
      return {
        ...same,
        state: afterPayment(of, { price, owesOthers: owes > 1, hasUsableKey: true, now }),
        owes: owes - 1,
      };
    case "decline":
      return owes === 0 ? same : { ...same, state: afterDecline(of) };
    case "fail": {
      // A charge that nobody wants any more is canceled when it is refused; it does not fail.
      if (owes === 0 || of.status === "canceled") return same;
      return { ...same, state: afterFailure(of, happening.methodRequired) };
    }
    case "cancel":
      return { ...same, state: canceled(of, now) };
    case "cancel_later":
      return of.status === "canceled" ? same : { ...same, state: { cancelsAtPeriodEnd: true } };
    case "change":
      return of.status === "canceled"
        ? same
        : { ...same, state: { nextPriceId: happening.priceId } };
  }
}

function newSubscription(zone: string, priceId: string, createdAt: Temporal.Instant): Subscription {
  return {
    accountId: "acct_1",
    id: "sub_1",
    customerId: "cus_1",
    status: "incomplete",
    priceId,
    nextPriceId: undefined,
    billingKeyId: undefined,
    anchorOn: undefined,
    anchorPeriod: 0,
    zone,
    chargeTime: Temporal.PlainTime.from("10:00"),
    nextPeriod: 0,
    nextDueAt: undefined,
    methodRequired: false,
    cancelsAtPeriodEnd: false,
    canceledAt: undefined,
    testClockId: undefined,
    createdAt,
  };
}

function always(check: (lived: readonly Lived[]) => void): void {
  fc.assert(
    fc.property(anyHistory, (history) => check(live(history))),
    { numRuns: 500 },
  );
}

const billedIn = (lived: readonly Lived[]) => lived.flatMap(({ billed }) => billed ?? []);
const days = (a: Temporal.PlainDate, b: Temporal.PlainDate) => Temporal.PlainDate.compare(a, b);

describe("a subscription, whatever happens to it", () => {
  it("bills each period of its life at most once, and never an earlier one", () => {
    always((lived) => {
      const indexes = billedIn(lived).map(({ periodIndex }) => periodIndex);
      expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
    });
  });

  it("never counts its periods back, nor past what it billed", () => {
    always((lived) => {
      for (const { before, after, billed } of lived) {
        expect(after.nextPeriod).toBeGreaterThanOrEqual(before.nextPeriod);
        if (billed !== undefined) expect(after.nextPeriod).toBe(billed.periodIndex + 1);
      }
    });
  });

  it("bills no day twice, and leaves none out while it was served", () => {
    always((lived) => {
      let endsOn: Temporal.PlainDate | undefined;
      let wasNotServed = false;
      for (const { before, billed } of lived) {
        wasNotServed ||= before.status === "unpaid" || before.status === "incomplete";
        if (billed === undefined) continue;
        const { period } = billed;
        if (endsOn !== undefined) {
          expect(days(period.startsOn, endsOn)).toBeGreaterThanOrEqual(0);
          if (!wasNotServed) expect(days(period.startsOn, endsOn)).toBe(0);
        }
        endsOn = period.endsOn;
        wasNotServed = false;
      }
    });
  });

  it("bills no period that began while it had not begun, or was given up", () => {
    always((lived) => {
      let servedFrom: Temporal.PlainDate | undefined;
      for (const { before, after, billed, now } of lived.slice(1)) {
        const wasServed = before.status !== "incomplete" && before.status !== "unpaid";
        const isServed = after.status === "active";
        if (!wasServed && isServed) {
          servedFrom = now.toZonedDateTimeISO(after.zone).toPlainDate();
        }
        if (billed === undefined || servedFrom === undefined) continue;
        expect(days(billed.period.startsOn, servedFrom)).toBeGreaterThan(0);
      }
    });
  });

  it("bills later periods on their first day, at the charge time of its zone", () => {
    always((lived) => {
      for (const { billed, before } of lived.slice(1)) {
        if (billed === undefined) continue;
        const { zone } = before;
        const local = billed.dueAt.toZonedDateTimeISO(zone).toPlainDateTime().toString();
        expect(local).toBe(`${billed.period.startsOn.toString()}T10:00:00`);
      }
    });
  });

  it("has nothing due while it is incomplete, unpaid or canceled", () => {
    always((lived) => {
      for (const { after } of lived) {
        if (!["incomplete", "unpaid", "canceled"].includes(after.status)) continue;
        expect(after.nextDueAt).toBeUndefined();
      }
    });
  });

  it("is canceled for good", () => {
    always((lived) => {
      for (const { before, after } of lived) {
        if (before.status === "canceled") expect(after).toEqual(before);
      }
    });
  });

  it("keeps the amount and the cycle of the period that runs: a change waits for the next", () => {
    always((lived) => {
      for (const { before, after, billed } of lived) {
        if (after.priceId !== before.priceId) expect(billed?.price.id).toBe(before.nextPriceId);
        if (billed === undefined) expect(after.anchorPeriod).toBe(before.anchorPeriod);
      }
    });
  });
});
