/**
 * 11. An order id names its period and nothing else; another is used only when nothing can be open
 * under the one before; and an invoice never has two live charges.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import type { Attempt, Charge, Invoice } from "../evidence.ts";
import { judgeEach, together, type Invariant } from "../invariant.ts";
import { writeOrderId, type OrderName } from "../order-id.ts";
import { isLive, isRefused } from "../states.ts";
import { isDecidedLater } from "./unknown-stays-unknown.ts";

export const orderIdsHold: Invariant = {
  number: 11,
  promise: "order ids name their period, and change only after a definite refusal",
  unit: "invoices and order ids",
  judge(account) {
    return together(
      judgeEach(account.invoices, (invoice) => [
        ...generationViolations(account, invoice),
        ...liveViolations(account, invoice),
      ]),
      judgeEach(account.charges, (charge) => nameViolations(account, charge)),
    );
  },
};

function liveViolations(account: AccountEvidence, { id, period_index, subscription_id }: Invoice) {
  const live = account.chargesOf(id).filter(isLive);
  if (live.length <= 1) return [];
  const ids = live.map((charge) => `${charge.id} (${charge.status})`).join(", ");
  return [`invoice ${id}, period ${period_index} of ${subscription_id}, has live charges ${ids}`];
}

/** Every attempt under an order id must be over, without money, before a later id is claimed. */
function generationViolations(
  account: AccountEvidence,
  { id, subscription_id }: Invoice,
): string[] {
  const attempts = account.chargesOf(id).flatMap((charge) => account.attemptsOf(charge.id));
  return attempts
    .filter((attempt) => !isOverWithoutMoney(account, attempt))
    .flatMap((open) => {
      const next = attempts.find(
        (it) =>
          it.generation > open.generation &&
          it.claimed_at >= open.claimed_at &&
          !isForgotten(account, it),
      );
      if (next === undefined) return [];
      return [
        `invoice ${id} of ${subscription_id} was sent under ${next.order_id} (charge ${next.charge_id}), though attempt ${open.n} of charge ${open.charge_id} under ${open.order_id} was ${open.outcome ?? "open"}`,
      ];
    });
}

/** What was known when it was claimed may be lost: a refusal of the order before, above all. */
function isForgotten({ facts }: AccountEvidence, { claimed_at: at }: Attempt): boolean {
  return facts.lostSpans.some(({ fromAt, toAt }) => fromAt <= at && at <= toAt);
}

function isOverWithoutMoney(account: AccountEvidence, attempt: Attempt): boolean {
  const charge = account.chargeOf(attempt.charge_id);
  const isGivenBack = charge?.status === "voided" || isFullyRefunded(charge);
  return isRefused(attempt) || isGivenBack || isDecidedLater(account, attempt);
}

function isFullyRefunded(charge: Charge | undefined): boolean {
  return charge?.status === "captured" && charge.refunded_minor === charge.captured_minor;
}

function nameViolations(account: AccountEvidence, charge: Charge): string[] {
  const invoice = account.invoiceOf(charge.invoice_id);
  if (invoice === undefined) return [`charge ${charge.id} has no invoice`];
  const should = (generation: number) => writeOrderId(nameOf(invoice, generation));
  const attempts = account.attemptsOf(charge.id);
  const wrong = [charge, ...attempts].find((it) => it.order_id !== should(it.generation));
  if (wrong === undefined) return [];
  return [
    `charge ${charge.id} uses order id ${wrong.order_id}, but generation ${wrong.generation} of its invoice ${invoice.id} is ${should(wrong.generation)}`,
  ];
}

function nameOf({ id, period_index, subscription_id }: Invoice, generation: number): OrderName {
  return period_index === null
    ? { of: "invoice", invoiceId: id, generation }
    : { of: "period", subscriptionId: subscription_id, periodIndex: period_index, generation };
}
