/**
 * 5. Nothing is charged before it is due, nor claimed after a cancel that was committed first. A call
 * whose claim came before the cancel is awaited, and is none of this.
 *
 * The claim is in real time. On a test clock a period's date is not: there, what the test clock showed
 * when the money was taken is compared with it.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import type { Attempt, Charge, Invoice, Subscription } from "../evidence.ts";
import { judgeEach, timeOf, together, type Invariant } from "../invariant.ts";

export const onTime: Invariant = {
  number: 5,
  promise: "nothing is charged before it is due or after a cancel",
  unit: "attempts and captures",
  judge(account) {
    const captured = account.charges.filter(({ status }) => status === "captured");
    return together(
      judgeEach(account.attempts, (attempt) => attemptViolations(account, attempt)),
      judgeEach(captured, (charge) => captureViolations(account, charge)),
    );
  },
};

function attemptViolations(account: AccountEvidence, attempt: Attempt): string[] {
  const { facts } = account;
  const of = ownerOf(account, attempt.charge_id);
  if (of === undefined) return [`attempt ${attempt.id} is of no charge that is there`];
  const { charge, invoice, subscription } = of;
  const isOnTestClock = subscription.test_clock_id !== null;
  const dueAt = dueOf(account, invoice, subscription);
  const tooEarly = !isOnTestClock && attempt.claimed_at + facts.clockToleranceMs < dueAt;
  const canceledAt = cancelOf(account, subscription);
  const tooLate = canceledAt !== undefined && attempt.claimed_at > canceledAt;
  if (!tooEarly && !tooLate) return [];
  const what = `attempt ${attempt.n} of charge ${charge.id}, period ${invoice.period_index} of ${subscription.id}, claimed at ${timeOf(attempt.claimed_at)}`;
  return [
    ...(tooEarly ? [`${what}, was due only at ${timeOf(dueAt)}`] : []),
    ...(tooLate ? [`${what}, comes after the cancel of ${timeOf(canceledAt)}`] : []),
  ];
}

function captureViolations(account: AccountEvidence, charge: Charge): string[] {
  const of = ownerOf(account, charge.id);
  if (of?.subscription.test_clock_id === null || of === undefined) return [];
  const { invoice, subscription } = of;
  const dueAt = dueOf(account, invoice, subscription);
  const { captured_at: at } = charge;
  if (at === null || at >= dueAt) return [];
  return [
    `charge ${charge.id}, period ${invoice.period_index} of ${subscription.id}, took money at ${timeOf(at)} on its test clock and was due only at ${timeOf(dueAt)}`,
  ];
}

interface Owner {
  readonly charge: Charge;
  readonly invoice: Invoice;
  readonly subscription: Subscription;
}

function ownerOf(account: AccountEvidence, chargeId: string): Owner | undefined {
  const charge = account.chargeOf(chargeId);
  const invoice = charge && account.invoiceOf(charge.invoice_id);
  const subscription = invoice && account.subscriptionOf(invoice.subscription_id);
  return charge && invoice && subscription && { charge, invoice, subscription };
}

/**
 * By the checker's own calendar where it knows the period, else by the invoice. A first period that a
 * window offers begins anew with each confirmation: it is due once its subscription is there.
 */
function dueOf(account: AccountEvidence, invoice: Invoice, subscription: Subscription): number {
  const dueAt = account.billingOf(invoice.id)?.expected?.dueAt;
  if (dueAt !== undefined) return dueAt;
  const isOffered = account.chargesOf(invoice.id).some(({ id }) => account.isOffered(id));
  if (!isOffered) return invoice.due_at;
  return subscription.test_clock_id === null ? subscription.created_at : 0;
}

function cancelOf(account: AccountEvidence, subscription: Subscription): number | undefined {
  const told = account.cancelOf(subscription.id);
  if (told !== undefined) return told;
  const isInRealTime = subscription.test_clock_id === null;
  return isInRealTime ? (subscription.canceled_at ?? undefined) : undefined;
}
