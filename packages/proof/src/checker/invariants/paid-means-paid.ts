/**
 * 3. What is shown as paid was paid, exactly once, by a payment that is ours; and every payment is
 * known: to its charge, to a charge whose outcome is still open, or by name in a finding.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import type { Charge, Invoice } from "../evidence.ts";
import { judgeEach, together, type Invariant } from "../invariant.ts";
import type { Payment } from "../payments.ts";
import { isLive, openStates } from "../states.ts";

export const paidMeansPaid: Invariant = {
  number: 3,
  promise: "paid means exactly one payment, and every payment is known",
  unit: "invoices and payments",
  judge(account) {
    const judged = account.invoices.filter(({ status }) => status !== "draft");
    const felt = account.payments.filter(({ times }) => times > 0);
    return together(
      judgeEach(judged, (invoice) => invoiceViolations(account, invoice)),
      judgeEach(felt, (payment) => (isKnown(account, payment) ? [] : [unknown(payment)])),
    );
  },
};

function invoiceViolations(account: AccountEvidence, invoice: Invoice): string[] {
  const captured = account.chargesOf(invoice.id).filter(({ status }) => status === "captured");
  const what = `invoice ${invoice.id} of ${invoice.subscription_id}, period ${invoice.period_index},`;
  const [charge, ...others] = captured;
  if (invoice.status !== "paid") {
    return captured.map(
      ({ id }) => `${what} is ${invoice.status}, though charge ${id} is captured`,
    );
  }
  if (charge === undefined) return [`${what} is paid, and no charge of it is captured`];
  if (others.length > 0) {
    return [
      `${what} has ${captured.length} captured charges: ${captured.map(({ id }) => id).join(", ")}`,
    ];
  }
  const isWhole = charge.capture === "manual" || charge.captured_minor === invoice.amount_minor;
  const difference = isWhole
    ? paymentDifference(account, charge)
    : `it took ${charge.captured_minor} of ${invoice.amount_minor} ${invoice.currency}`;
  return difference === undefined
    ? []
    : [`${what} is paid by charge ${charge.id}, but ${difference}`];
}

function paymentDifference(account: AccountEvidence, charge: Charge): string | undefined {
  const { captured_minor, currency, paid_order_id, payment_id } = charge;
  const payment = account.paymentNamed(payment_id ?? "");
  if (payment === undefined) {
    return `the ledger has no payment ${payment_id} under ${paid_order_id}`;
  }
  if (payment.orderId !== paid_order_id) {
    return `payment ${payment_id} was made under ${payment.orderId}, not ${paid_order_id}`;
  }
  if (!isOrderOf(account, payment, charge)) {
    return `payment ${payment_id} under ${payment.orderId} is for something else`;
  }
  const taken = `${payment.takenMinor} ${payment.currency}`;
  const ours = `${captured_minor} ${currency}`;
  // How often one payment was taken is judged as a second payment, not as a wrong amount.
  const isOnce = payment.times <= 1;
  return isOnce && taken !== ours
    ? `payment ${payment_id} under ${payment.orderId} took ${taken}, the charge says ${ours}`
    : undefined;
}

function isOrderOf(account: AccountEvidence, { order }: Payment, charge: Charge): boolean {
  const invoice = account.invoiceOf(charge.invoice_id);
  if (order.of === "registration" || invoice === undefined) return false;
  if (order.of === "invoice") return order.invoiceId === invoice.id;
  return (
    order.subscriptionId === invoice.subscription_id && order.periodIndex === invoice.period_index
  );
}

function isKnown(account: AccountEvidence, payment: Payment): boolean {
  const { order, orderId, paymentId } = payment;
  const charge = account.chargeOfPayment(paymentId);
  if (charge !== undefined && isLive(charge)) return true;
  const invoices =
    order.of === "period"
      ? account
          .invoicesOf(order.subscriptionId)
          .filter(({ period_index }) => period_index === order.periodIndex)
      : account.invoices.filter(({ id }) => order.of === "invoice" && id === order.invoiceId);
  const charges = invoices.flatMap(({ id }) => account.chargesOf(id));
  const isOpen = charges.some(
    ({ payment_id, status }) => payment_id === null && openStates.includes(status),
  );
  // A second payment is judged as such, and has no charge of its own.
  const isSecond = charges.some((it) => it.status === "captured");
  const isRefusedOne = account.facts.refusedMayBePaid && charges.some(wasRefused(account, orderId));
  return isOpen || isSecond || isRefusedOne || isNamed(account, orderId, paymentId);
}

/** The provider's last word on the order was a refusal. */
function wasRefused(account: AccountEvidence, orderId: string) {
  return ({ id }: Charge): boolean => {
    const attempts = account.attemptsOf(id).filter(({ order_id }) => order_id === orderId);
    return attempts.at(-1)?.outcome === "declined";
  };
}

function isNamed(account: AccountEvidence, orderId: string, paymentId: string): boolean {
  return (
    account.findings.some(
      ({ order_id, payment_id }) => payment_id === paymentId || order_id === orderId,
    ) ||
    account.events.some(
      ({ data, type }) =>
        (type === "charge.paid_after_the_end" || type === "charge.paid_twice") &&
        (data["paymentId"] === paymentId || data["orderId"] === orderId),
    )
  );
}

function unknown({ currency, orderId, paymentId, provider, takenMinor }: Payment): string {
  return `payment ${paymentId} of ${takenMinor} ${currency} at ${provider} under ${orderId} is known to no charge and named in no finding`;
}
