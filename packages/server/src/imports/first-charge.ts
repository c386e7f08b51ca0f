/**
 * First charge: where a subscription that was billed elsewhere goes on. The calendar of its periods
 * is one in which a period begins on the day of the next charge, so that nothing is billed before.
 * That day may be a month's last because the month is short: then the calendar's anchor lies in an
 * earlier month that has the day, and 31 comes back after February.
 *
 * Pure module.
 */
import { Temporal } from "temporal-polyfill";
import {
  billingPeriod,
  defaultChargeTime,
  type BillingInterval,
} from "../calendar/billing-period.ts";
import type { SubscriptionState } from "../subscriptions/subscription.ts";
import type { WantedSubscription } from "./import-row.ts";
import type { Refusal } from "./refusal.ts";

/** What a subscription's row takes over from its file's. */
export interface FirstCharge {
  readonly zone: string;
  readonly chargeTime: Temporal.PlainTime;
  readonly anchorOn: Temporal.PlainDate;
  /** 0, or less: the calendar's number of the first period that we bill, which is our number 0. */
  readonly anchorPeriod: number;
  readonly dueAt: Temporal.Instant;
}

/** @param zone The customer's. */
export function firstCharge(
  wanted: WantedSubscription,
  interval: BillingInterval,
  zone: string,
  now: Temporal.Instant,
): FirstCharge | Refusal {
  const { nextChargeOn, chargeTime = defaultChargeTime, anchorDay = nextChargeOn.day } = wanted;
  const wrong = anchorProblem(nextChargeOn, anchorDay, interval);
  if (wrong !== undefined) return { code: "anchor_day_wrong", message: wrong };
  const { anchorOn, periodsBefore } = anchorFor(nextChargeOn, anchorDay, interval);
  const { dueAt } = billingPeriod({ anchorOn, zone, interval, chargeTime }, periodsBefore);
  if (Temporal.Instant.compare(dueAt, now) <= 0) {
    const message = `${nextChargeOn.toString()} ${chargeTime.toString({ smallestUnit: "minute" })} in ${zone} has passed: say the next day on which the customer is to be charged.`;
    return { code: "next_charge_in_past", message };
  }
  return { zone, chargeTime, anchorOn, anchorPeriod: 0 - periodsBefore, dueAt };
}

/** The state of a subscription that was never billed by us and is, for the first time, when due. */
export function importedState(
  { anchorOn, anchorPeriod, dueAt }: FirstCharge,
  priceId: string,
  billingKeyId: string,
): SubscriptionState {
  return {
    status: "active",
    priceId,
    nextPriceId: undefined,
    billingKeyId,
    anchorOn,
    anchorPeriod,
    nextPeriod: 0,
    nextDueAt: dueAt,
    methodRequired: false,
    cancelsAtPeriodEnd: false,
    canceledAt: undefined,
  };
}

function anchorProblem(
  nextChargeOn: Temporal.PlainDate,
  anchorDay: number,
  interval: BillingInterval,
): string | undefined {
  const { day, daysInMonth } = nextChargeOn;
  if (day === anchorDay) return undefined;
  if (monthsOf(interval) === undefined) {
    return `A plan that is paid by the ${interval.unit} has no day of the month: leave anchor_day empty.`;
  }
  if (day === Math.min(anchorDay, daysInMonth)) return undefined;
  return `Day ${anchorDay} of the month does not fall on ${nextChargeOn.toString()}: mend one of the two, or leave anchor_day empty.`;
}

/** Before it there were no billing keys; it ends the search for a month that has the day. */
const firstYear = 1900;

/**
 * The latest day, a whole number of intervals before the next charge, that has the day of the month;
 * or the nearest to it that any of those months has: one that is paid each February has no 31st.
 */
function anchorFor(
  nextChargeOn: Temporal.PlainDate,
  anchorDay: number,
  interval: BillingInterval,
): { readonly anchorOn: Temporal.PlainDate; readonly periodsBefore: number } {
  let best = { anchorOn: nextChargeOn, periodsBefore: 0 };
  const months = monthsOf(interval);
  if (months === undefined) return best;
  const month = nextChargeOn.with({ day: 1 });
  for (let n = 1; best.anchorOn.day < anchorDay; n += 1) {
    const earlier = month.subtract({ months: n * months });
    if (earlier.year < firstYear) break;
    const anchorOn = earlier.with({ day: Math.min(anchorDay, earlier.daysInMonth) });
    if (anchorOn.day > best.anchorOn.day) best = { anchorOn, periodsBefore: n };
  }
  return best;
}

/** Undefined for intervals that know no months. */
function monthsOf({ unit, count }: BillingInterval): number | undefined {
  if (unit === "month") return count;
  return unit === "year" ? count * 12 : undefined;
}
