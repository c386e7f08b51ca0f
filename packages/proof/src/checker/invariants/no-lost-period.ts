/**
 * 2. No lost period: whatever fell due has an invoice, and each invoice is decided, on its way, in
 * front of a person, or waits for a method.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import type { Invoice, Subscription } from "../evidence.ts";
import type { History } from "../history.ts";
import { judgeEach, timeOf, together, type Invariant } from "../invariant.ts";
import { isLive } from "../states.ts";

export const noLostPeriod: Invariant = {
  number: 2,
  promise: "no period that fell due is lost",
  unit: "periods",
  judge(account) {
    const owed = account.invoices.filter(({ status }) => status === "open");
    return together(
      periodsDue(account),
      judgeEach(owed, (invoice) => stuck(account, invoice)),
      toldViolations(account),
    );
  },
};

function periodsDue(account: AccountEvidence) {
  const due = account.subscriptions.flatMap((subscription) => {
    const history = account.historyOf(subscription.id);
    return history === undefined ? [] : duePeriods(account, subscription, history);
  });
  return judgeEach(due, ({ dueAt, periodIndex, subscription }) => {
    if (account.invoiceFor(subscription.id, periodIndex) !== undefined) return [];
    if (hasEndedLate(account, subscription, dueAt)) return [];
    return [
      `period ${periodIndex} of ${subscription.id} (${subscription.status}) was due at ${timeOf(dueAt)} and has no invoice`,
    ];
  });
}

const ends: ReadonlySet<string> = new Set(["subscription.canceled", "subscription.unpaid"]);
/** After a restore it takes people so long to have everything running again. */
const longestStandstillMs = 6 * 60 * 60 * 1_000;

/** An end that was due in the lost time, with the period, is carried out late where nobody remembers it. */
function hasEndedLate(
  { eventsOf, facts }: AccountEvidence,
  { id }: Subscription,
  dueAt: number,
): boolean {
  const { billingGraceMs, lostSpans } = facts; // It may have been due and not billed yet.
  const span = lostSpans.find((it) => it.fromAt - billingGraceMs <= dueAt && dueAt <= it.toAt);
  if (span === undefined) return false;
  const isLate = (at: number) => dueAt <= at && at <= span.toAt + longestStandstillMs;
  return eventsOf(id).some(({ occurred_at: at, type }) => ends.has(type) && isLate(at));
}

interface DuePeriod {
  readonly subscription: Subscription;
  readonly periodIndex: number;
  readonly dueAt: number;
}

function duePeriods(
  account: AccountEvidence,
  subscription: Subscription,
  history: History,
): DuePeriod[] {
  const { endedOn, firstPeriod, pauses } = history;
  if (firstPeriod === undefined) return [];
  const until = billedUntil(account, subscription);
  const billed = new Map(history.billings.map((it) => [it.periodIndex, it]));
  const last = history.billings.at(-1)?.periodIndex ?? firstPeriod - 1;
  const due: DuePeriod[] = [];
  for (let periodIndex = firstPeriod; ; periodIndex += 1) {
    const known = billed.get(periodIndex)?.invoice?.period_starts_on ?? undefined;
    const { dueAt, startsOn } = history.later(periodIndex);
    const isOver = periodIndex > last && (dueAt > until || startsOn > "9000");
    const hasEnded = endedOn !== undefined && (known ?? startsOn) >= endedOn;
    if (isOver || (hasEnded && periodIndex > last)) return due;
    const isPaused = pauses.some(
      ({ fromOn, toOn }) => startsOn >= fromOn && (toOn === undefined || startsOn <= toOn),
    );
    const isBilled = billed.has(periodIndex);
    if (isBilled || !isPaused) due.push({ subscription, periodIndex, dueAt });
  }
}

/** A test clock that moves has not done what falls due at the very instant it stands on. */
function billedUntil(account: AccountEvidence, subscription: Subscription): number {
  const clock = account.clockOf(subscription);
  if (clock === undefined) return account.asOf - account.facts.billingGraceMs;
  return clock.target_at === null ? clock.now_at : clock.now_at - 1;
}

function stuck(account: AccountEvidence, invoice: Invoice): string[] {
  const charges = account.chargesOf(invoice.id);
  const subscription = account.subscriptionOf(invoice.subscription_id);
  if (charges.some(isLive) || subscription === undefined) return [];
  // Held money that nobody took in time: the merchant decides whether to collect it.
  const wasHeld = charges.some(({ status }) => status === "voided");
  const isOver = subscription.status === "canceled";
  if (!isOver && (subscription.method_required || wasHeld)) return [];
  const what = `period ${invoice.period_index} of ${invoice.subscription_id} (${subscription.status})`;
  return [`invoice ${invoice.id} for ${what} is open, nothing collects it and nobody is asked`];
}

function toldViolations(account: AccountEvidence) {
  const periods = account.expectations.filter((it) => it.of === "period");
  return judgeEach(periods, ({ periodIndex, subscriptionId }) => {
    const isThere = account.invoiceFor(subscriptionId, periodIndex) !== undefined;
    return isThere
      ? []
      : [`period ${periodIndex} of ${subscriptionId} was expected and has no invoice`];
  });
}
