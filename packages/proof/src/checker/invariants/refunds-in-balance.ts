/**
 * 8. Nobody gets back more than was taken, and our books say what the provider's do: per payment, in
 * the sums of a charge, and in the rows behind them. What was taken for no period of a subscription is
 * given back.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import type { Charge } from "../evidence.ts";
import { judgeEach, together, type Invariant } from "../invariant.ts";
import type { Payment } from "../payments.ts";

export const refundsInBalance: Invariant = {
  number: 8,
  promise: "refunds are at most what was taken, and the same in both books",
  unit: "payments and charges",
  judge(account) {
    return together(
      judgeEach(account.payments, (payment) => paymentViolations(account, payment)),
      judgeEach(account.charges, (charge) => [
        ...chargeViolations(account, charge),
        ...keptForNothing(account, charge),
      ]),
    );
  },
};

function paymentViolations(account: AccountEvidence, payment: Payment): string[] {
  const { currency, orderId, paymentId, refundedMinor, takenMinor } = payment;
  const what = `payment ${paymentId} under ${orderId}`;
  if (refundedMinor > takenMinor) {
    return [`of ${what}, ${takenMinor} ${currency} were taken and ${refundedMinor} given back`];
  }
  const charge = account.chargeOfPayment(paymentId);
  if (charge?.status !== "captured" || charge.refunded_minor === refundedMinor) return [];
  const books = `charge ${charge.id} says ${charge.refunded_minor} were refunded, the ledger ${refundedMinor}`;
  // What the provider has given back and we do not know yet may still be found out.
  const isMoreThanTheirs = charge.refunded_minor > refundedMinor;
  return isMoreThanTheirs || !isBeingFoundOut(account, charge) ? [`${what}: ${books}`] : [];
}

function isBeingFoundOut(account: AccountEvidence, { id, payment_id }: Charge): boolean {
  const open: readonly string[] = ["in_flight", "reconciling", "in_review"];
  return (
    account.refundsOf(id).some(({ status }) => open.includes(status)) ||
    // One that is settled has been booked: what is missing since is another refund.
    account.findings.some(
      ({ kind, payment_id: found, settled_by }) =>
        found === payment_id && kind === "refund_elsewhere" && settled_by == null,
    )
  );
}

function chargeViolations(account: AccountEvidence, charge: Charge): string[] {
  const { captured_minor, id, refunded_minor, refunding_minor } = charge;
  const booked = account.refundsOf(id).filter(({ status }) => status === "refunded");
  const sum = booked.reduce((total, { amount_minor }) => total + amount_minor, 0);
  const isTooMuch = refunded_minor + refunding_minor > captured_minor;
  return [
    ...(isTooMuch
      ? [
          `charge ${id}: ${refunded_minor} refunded and ${refunding_minor} promised of ${captured_minor}`,
        ]
      : []),
    ...(sum === refunded_minor
      ? []
      : [`charge ${id} says ${refunded_minor} were refunded, its refunds add up to ${sum}`]),
  ];
}

/** A window offered a period, and the subscription had begun with a later one when its money was known. */
function keptForNothing(account: AccountEvidence, charge: Charge): string[] {
  const { captured_minor, id, refunded_minor, refunding_minor, status } = charge;
  const invoice = account.invoiceOf(charge.invoice_id);
  if (invoice?.period_index == null || status !== "captured") return [];
  const { firstPeriod } = account.historyOf(invoice.subscription_id) ?? {};
  if (firstPeriod === undefined || invoice.period_index >= firstPeriod) return [];
  const isGoingBack = refunded_minor + refunding_minor >= captured_minor;
  // One that the provider refuses is in front of a person.
  if (isGoingBack || account.refundsOf(id).some(({ status: is }) => is === "failed")) return [];
  return [
    `charge ${id} took money for period ${invoice.period_index} of ${invoice.subscription_id}, which began with period ${firstPeriod}, and keeps it`,
  ];
}
