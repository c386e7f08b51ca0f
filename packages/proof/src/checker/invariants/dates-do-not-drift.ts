/**
 * 12. A period lies where the checker's own calendar puts it: counted from the anchor, so the 31st
 * comes back after February, at the agreed time in the subscription's zone.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import type { Billing } from "../history.ts";
import { judgeEach, timeOf, together, type Invariant } from "../invariant.ts";

export const datesDoNotDrift: Invariant = {
  number: 12,
  promise: "periods lie where the calendar puts them",
  unit: "periods",
  judge(account) {
    const billings = account.subscriptions.flatMap(({ id }) => {
      const told = account.historyOf(id)?.billings ?? [];
      return told.map((billing) => ({ subscriptionId: id, billing }));
    });
    return together(
      judgeEach(billings, ({ billing, subscriptionId }) => dateViolations(subscriptionId, billing)),
      toldViolations(account),
    );
  },
};

function dateViolations(
  subscriptionId: string,
  { expected, invoice, periodIndex }: Billing,
): string[] {
  if (invoice === undefined || expected === undefined) return [];
  const what = `invoice ${invoice.id} for period ${periodIndex} of ${subscriptionId}`;
  const ours = `${invoice.period_starts_on} to ${invoice.period_ends_on}`;
  const theirs = `${expected.startsOn} to ${expected.endsOn}`;
  const isLate = expected.dueAt !== undefined && invoice.due_at !== expected.dueAt;
  return [
    ...(ours === theirs ? [] : [`${what} is for ${ours}, the calendar says ${theirs}`]),
    ...(isLate
      ? [`${what} is due at ${timeOf(invoice.due_at)}, the calendar says ${timeOf(expected.dueAt)}`]
      : []),
  ];
}

function toldViolations(account: AccountEvidence) {
  const periods = account.expectations.filter((it) => it.of === "period");
  return judgeEach(periods, ({ periodIndex, startsOn, subscriptionId }) => {
    const invoice = account.invoiceFor(subscriptionId, periodIndex);
    if (invoice === undefined || invoice.period_starts_on === startsOn) return [];
    return [
      `invoice ${invoice.id} for period ${periodIndex} of ${subscriptionId} begins on ${invoice.period_starts_on}, expected was ${startsOn}`,
    ];
  });
}
