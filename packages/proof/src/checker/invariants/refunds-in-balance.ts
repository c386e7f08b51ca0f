/**
 * 8. Nobody gets back more than was taken, and our books say what the provider's do: per payment, in
 * the sums of a charge, and in the rows behind them.
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
      judgeEach(account.charges, (charge) => chargeViolations(account, charge)),
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
