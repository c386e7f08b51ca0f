/**
 * 6. Amounts are the oracle's: each period costs what the price that was agreed for it says, and what
 * is charged and sent for it is that amount.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import type { Attempt, Charge } from "../evidence.ts";
import type { Billing } from "../history.ts";
import { judgeEach, together, type Invariant } from "../invariant.ts";
import { isLive } from "../states.ts";

export const rightAmounts: Invariant = {
  number: 6,
  promise: "amounts are what was agreed for the period",
  unit: "periods, charges and attempts",
  judge(account) {
    const billings = account.subscriptions.flatMap(({ id }) => {
      const told = account.historyOf(id)?.billings ?? [];
      return told.map((billing) => ({ subscriptionId: id, billing }));
    });
    // What a window offered at another price and nobody paid is canceled, and stays as it was.
    const live = account.charges.filter(isLive);
    return together(
      judgeEach(billings, ({ billing, subscriptionId }) =>
        priceViolations(subscriptionId, billing),
      ),
      judgeEach(live, (charge) => chargeViolations(account, charge)),
      judgeEach(account.charges, (charge) => attemptViolations(account, charge)),
      toldViolations(account),
    );
  },
};

function priceViolations(subscriptionId: string, { expected, invoice, periodIndex }: Billing) {
  if (invoice === undefined) return [];
  const what = `invoice ${invoice.id} for period ${periodIndex} of ${subscriptionId}`;
  if (expected === undefined) return [`${what} was billed at a price that nobody chose`];
  const ours = `${invoice.amount_minor} ${invoice.currency}`;
  const agreed = `${expected.amountMinor} ${expected.currency}`;
  return ours === agreed ? [] : [`${what} is ${ours}, price ${expected.priceId} says ${agreed}`];
}

function chargeViolations(account: AccountEvidence, charge: Charge): string[] {
  const invoice = account.invoiceOf(charge.invoice_id);
  if (invoice === undefined) return [`charge ${charge.id} has no invoice`];
  const charged = `${charge.amount_minor} ${charge.currency}`;
  const owed = `${invoice.amount_minor} ${invoice.currency}`;
  return charged === owed
    ? []
    : [`charge ${charge.id} is ${charged}, its invoice ${invoice.id} is ${owed}`];
}

/** What was agreed when it was claimed may be lost: another plan, above all. A person decides then. */
function isForgotten({ facts }: AccountEvidence, { claimed_at: at }: Attempt): boolean {
  return facts.lostSpans.some(({ fromAt, toAt }) => fromAt <= at && at <= toAt);
}

function attemptViolations(account: AccountEvidence, charge: Charge): string[] {
  const kept = account.attemptsOf(charge.id).filter((it) => !isForgotten(account, it));
  return kept.flatMap((attempt) => {
    const sent = `${attempt.amount_minor} ${attempt.currency}`;
    const charged = `${charge.amount_minor} ${charge.currency}`;
    return sent === charged
      ? []
      : [`attempt ${attempt.n} of charge ${charge.id} is ${sent}, the charge is ${charged}`];
  });
}

function toldViolations(account: AccountEvidence) {
  const periods = account.expectations.filter((it) => it.of === "period");
  return judgeEach(periods, ({ amountMinor, currency, periodIndex, subscriptionId }) => {
    const invoice = account.invoiceFor(subscriptionId, periodIndex);
    if (invoice === undefined) return []; // Missing is judged as lost.
    const ours = `${invoice.amount_minor} ${invoice.currency}`;
    const wanted = `${amountMinor} ${currency}`;
    return ours === wanted
      ? []
      : [
          `invoice ${invoice.id} for period ${periodIndex} of ${subscriptionId} is ${ours}, expected was ${wanted}`,
        ];
  });
}
