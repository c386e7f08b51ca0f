/**
 * History: a subscription's life told again from its events alone, by the checker's own rules, so
 * that what the engine billed can be compared with what it should have billed.
 *
 * The events of one subscription are in the order of its changes, because every change locks its
 * row. So "which price was agreed when period n was billed" has one answer:
 *
 * - a price that is chosen before the first period is billed counts from that period on, unless the
 *   customer was just paying the one before;
 * - later, it counts from the next period that is billed; another cycle begins on that period's day.
 */
import { boundaryOf, dateAt, daysAfter, instantOf, type Cycle } from "./calendar.ts";
import type { Event, Invoice, Price, Subscription } from "./evidence.ts";

export interface Billing {
  readonly periodIndex: number;
  /** What was billed; undefined when there is no such invoice. */
  readonly invoice: Invoice | undefined;
  /** What should have been billed; undefined when no price is known that could be meant. */
  readonly expected: Expected | undefined;
}

export interface Expected {
  readonly priceId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly startsOn: string;
  readonly endsOn: string;
  /** Undefined for a period that is due as soon as its subscription begins. */
  readonly dueAt: number | undefined;
}

/** Days, both inclusive, on which no period is billed: nobody was served. */
interface Pause {
  readonly fromOn: string;
  readonly toOn: string | undefined;
}

export interface History {
  /** In the order in which they were billed. */
  readonly billings: readonly Billing[];
  readonly pauses: readonly Pause[];
  /** The day of the end, in the subscription's zone. */
  readonly endedOn: string | undefined;
  /** The cycle that runs, and the period that it began with; undefined before it has begun. */
  readonly cycle: Counted | undefined;
  /** The first period that must be billed; undefined before it has begun. */
  readonly firstPeriod: number | undefined;
  /** First day of a period after the last that was billed, and when it is due. */
  readonly later: (periodIndex: number) => { readonly startsOn: string; readonly dueAt: number };
}

/** A cycle whose period 0 is this period of the subscription's life. */
interface Counted extends Cycle {
  readonly fromPeriod: number;
}

/** @param isFromWindow Whether an invoice was offered in a payment window, and begins when it is paid. */
export function historyOf(
  subscription: Subscription,
  events: readonly Event[],
  invoices: readonly Invoice[],
  prices: readonly Price[],
  isFromWindow: (invoiceId: string) => boolean,
): History {
  const teller = new Teller(subscription, invoices, prices, isFromWindow);
  for (const event of events) teller.hear(event);
  return teller.told();
}

class Teller {
  readonly #subscription: Subscription;
  readonly #invoices: ReadonlyMap<string, Invoice>;
  readonly #prices: readonly Price[];
  readonly #isFromWindow: (invoiceId: string) => boolean;
  readonly #billings: Billing[] = [];
  readonly #pauses: Pause[] = [];
  /** Prices that the first period may have, oldest choice first. */
  #candidates: Price[] = [];
  #price: Price | undefined;
  #pending: Price | undefined;
  #cycle: Counted | undefined;
  /** Cycles that another has followed, oldest first. */
  readonly #pastCycles: Counted[] = [];
  #trialFrom: string | undefined;
  #pausedOn: string | undefined;
  #endedOn: string | undefined;

  constructor(
    subscription: Subscription,
    invoices: readonly Invoice[],
    prices: readonly Price[],
    isFromWindow: (invoiceId: string) => boolean,
  ) {
    this.#subscription = subscription;
    this.#invoices = new Map(invoices.map((invoice) => [invoice.id, invoice]));
    this.#prices = prices;
    this.#isFromWindow = isFromWindow;
  }

  hear(event: Event): void {
    switch (event.type) {
      case "subscription.created":
        this.#candidates = this.#pricesAtCreation(event.data["planId"]);
        return;
      case "subscription.price_change_scheduled":
        return this.#choose(event.data["priceId"]);
      case "subscription.trial_started":
        this.#trialFrom = this.#dayOf(event);
        return;
      case "invoice.opened":
      case "invoice.void":
        return this.#bill(event);
      case "subscription.activated":
      case "subscription.recovered":
        return this.#goOn(event);
      case "subscription.unpaid":
        this.#pausedOn ??= this.#dayOf(event);
        return;
      case "subscription.canceled":
        this.#endedOn = this.#dayOf(event);
        return;
    }
  }

  /** In the subscription's zone. */
  #dayOf(event: Event): string {
    return dateAt(event.occurred_at, this.#subscription.zone);
  }

  told(): History {
    if (this.#pausedOn !== undefined) {
      this.#pauses.push({ fromOn: this.#pausedOn, toOn: undefined });
    }
    const [first] = this.#billings;
    const cycle = this.#cycle ?? this.#cycleOfTrial();
    return {
      billings: this.#billings,
      pauses: this.#pauses,
      endedOn: this.#endedOn,
      cycle,
      firstPeriod: first?.periodIndex ?? cycle?.fromPeriod,
      later: (periodIndex) => this.#later(periodIndex, cycle),
    };
  }

  /**
   * The price that the plan had then. A plan may have moved in the very moment of the creation, so
   * the price before counts too when the change is that fresh.
   */
  #pricesAtCreation(planId: unknown): Price[] {
    const { created_at: at } = this.#subscription;
    const known = this.#prices
      .filter((price) => price.plan_id === planId && price.created_at <= at)
      .toSorted((one, other) => one.created_at - other.created_at);
    const latest = known.at(-1);
    const isFresh = latest !== undefined && at - latest.created_at < freshMs;
    return isFresh ? known.slice(-2) : known.slice(-1);
  }

  #choose(priceId: unknown): void {
    const price = this.#prices.find(({ id }) => id === priceId);
    if (price === undefined) return;
    if (this.#price === undefined) this.#candidates.push(price);
    else this.#pending = price.id === this.#price.id ? undefined : price;
  }

  /** Billed: opened, or void from the start because a later period is due as well. */
  #bill(event: Event): void {
    const { invoiceId, periodIndex, periodStartsOn } = event.data;
    if (typeof periodIndex !== "number" || typeof invoiceId !== "string") return;
    if (event.type === "invoice.void" && periodStartsOn === undefined) return;
    const [first] = this.#billings;
    // What a window offered, paid after the subscription had begun otherwise: it is no period of it.
    if (first !== undefined && periodIndex < first.periodIndex) return;
    const invoice = this.#invoices.get(invoiceId);
    const expected =
      this.#price === undefined
        ? this.#expectFirst(periodIndex, invoice, this.#dayOf(event))
        : this.#expectNext(this.#price, periodIndex);
    this.#billings.push({ periodIndex, invoice, expected });
  }

  #expectFirst(
    periodIndex: number,
    invoice: Invoice | undefined,
    on: string,
  ): Expected | undefined {
    const isTrial = this.#trialFrom !== undefined;
    if (!isTrial) this.#pausedOn ??= on; // Nothing more is billed before it is paid.
    const options = this.#candidates.flatMap((price, chosen) => {
      const pending = this.#candidates.slice(chosen + 1).at(-1);
      return isTrial && pending !== undefined
        ? [
            { price, applied: pending, left: undefined },
            { price, applied: price, left: pending },
          ]
        : [{ price, applied: price, left: pending }];
    });
    const likely = options
      .toReversed()
      .map((option) => ({ ...option, startsOn: this.#firstDay(option.price, invoice, on) }));
    const fits = ({ applied, startsOn }: (typeof likely)[number]) =>
      invoice !== undefined &&
      isBilledAs(invoice, this.#expectFrom(startsOn, applied, periodIndex));
    const taken = likely.find(fits) ?? likely[0];
    if (taken === undefined) return undefined;
    const { applied, left, startsOn } = taken;
    this.#price = applied;
    this.#pending = left?.id === applied.id ? undefined : left;
    this.#cycle = { anchorOn: startsOn, interval: intervalOf(applied), fromPeriod: periodIndex };
    const expected = this.#expectFrom(startsOn, applied, periodIndex);
    return isTrial ? expected : { ...expected, dueAt: undefined };
  }

  /** The day that the first period begins on. */
  #firstDay(price: Price, invoice: Invoice | undefined, on: string): string {
    if (this.#trialFrom !== undefined) return daysAfter(this.#trialFrom, price.trial_days);
    // A window's payment is told of when it is known, which may be days after it was made.
    const created = dateAt(this.#subscription.created_at, this.#subscription.zone);
    const said = invoice?.period_starts_on ?? on;
    const isPossible = this.#subscription.test_clock_id !== null || said >= created;
    const isLate = invoice !== undefined && this.#isFromWindow(invoice.id) && said <= on;
    return isLate && isPossible ? said : on;
  }

  #expectFrom(anchorOn: string, price: Price, periodIndex: number): Expected {
    const cycle = { anchorOn, interval: intervalOf(price), fromPeriod: periodIndex };
    return this.#expected(price, cycle, periodIndex);
  }

  #expectNext(current: Price, periodIndex: number): Expected | undefined {
    const price = this.#pending ?? current;
    if (this.#cycle === undefined) return undefined;
    if (!isSameInterval(price, current)) {
      const anchorOn = startOf(this.#cycle, periodIndex);
      this.#pastCycles.push(this.#cycle);
      this.#cycle = { anchorOn, interval: intervalOf(price), fromPeriod: periodIndex };
    }
    this.#price = price;
    this.#pending = undefined;
    return this.#expected(price, this.#cycle, periodIndex);
  }

  #expected(price: Price, cycle: Counted, periodIndex: number): Expected {
    const startsOn = startOf(cycle, periodIndex);
    const { charge_time: time, zone } = this.#subscription;
    return {
      priceId: price.id,
      amountMinor: price.amount_minor,
      currency: price.currency,
      startsOn,
      endsOn: startOf(cycle, periodIndex + 1),
      dueAt: instantOf(startsOn, time, zone),
    };
  }

  /** Of a trial whose first period has not been billed: the price that was chosen last. */
  #cycleOfTrial(): Counted | undefined {
    const price = this.#candidates.at(-1);
    if (this.#trialFrom === undefined || price === undefined) return undefined;
    const { anchor_on, anchor_period } = this.#subscription;
    const anchorOn = anchor_on ?? daysAfter(this.#trialFrom, price.trial_days);
    return { anchorOn, interval: intervalOf(price), fromPeriod: anchor_period };
  }

  #later(periodIndex: number, cycle: Counted | undefined): { startsOn: string; dueAt: number } {
    const next = (this.#billings.at(-1)?.periodIndex ?? -1) + 1;
    // A period that nobody billed may lie before the cycle that runs now.
    const isPast = cycle !== undefined && periodIndex < cycle.fromPeriod;
    const past = this.#pastCycles.findLast(({ fromPeriod }) => fromPeriod <= periodIndex);
    let counted = isPast ? (past ?? cycle) : cycle;
    if (counted !== undefined && this.#price && this.#pending && periodIndex > next) {
      const anchorOn = startOf(counted, next);
      if (!isSameInterval(this.#price, this.#pending)) {
        counted = { anchorOn, interval: intervalOf(this.#pending), fromPeriod: next };
      }
    }
    const startsOn = counted === undefined ? "9999-12-31" : startOf(counted, periodIndex);
    const { charge_time: time, zone } = this.#subscription;
    return { startsOn, dueAt: instantOf(startsOn, time, zone) };
  }

  #goOn(event: Event): void {
    if (this.#pausedOn === undefined) return;
    this.#pauses.push({ fromOn: this.#pausedOn, toOn: this.#dayOf(event) });
    this.#pausedOn = undefined;
  }
}

/** A plan that moved so shortly before a subscription was made may have been read before it did. */
const freshMs = 60_000;

function startOf(cycle: Counted, periodIndex: number): string {
  return boundaryOf(cycle, Math.max(0, periodIndex - cycle.fromPeriod));
}

function intervalOf({ interval_count: count, interval_unit: unit }: Price): Cycle["interval"] {
  return { unit, count };
}

function isSameInterval(one: Price, other: Price): boolean {
  return one.interval_unit === other.interval_unit && one.interval_count === other.interval_count;
}

function isBilledAs(invoice: Invoice, expected: Expected): boolean {
  return (
    invoice.amount_minor === expected.amountMinor &&
    invoice.currency === expected.currency &&
    invoice.period_starts_on === expected.startsOn &&
    invoice.period_ends_on === expected.endsOn
  );
}
