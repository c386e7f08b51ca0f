/** The movements of a time, for the daily sweep, out of PortOne's lists of payments by status. */
import { Temporal } from "temporal-polyfill";
import { GatewayError } from "../gateway-error.ts";
import type { ProviderPayment, ProviderTransaction } from "../gateway.ts";
import type { PortOneConnection } from "./connection.ts";
import { listPayments, type FoundPage } from "./payments.ts";
import { toProviderPayment } from "./provider-payment.ts";

/** PortOne V1 API schema, GET /payments/status (read 2026-08): 90 days at most, counted safely. */
const longestSpan = Temporal.Duration.from({ hours: 89 * 24 });

const pageSize = 1_000;

/** A hundred million payments: no account's quarter, but an end. */
const maximumPages = 100_000;

/**
 * Every payment that took money and every refund. The list of all is asked for the payments, the list of
 * the cancelled ones once more for refunds of older payments. Only what these lists hold is told: the
 * times of a payment that they go by are not documented, so a row is told even when its own movement is
 * a little outside of the range.
 *
 * @throws {GatewayError} the rest is unknown; what was yielded before stays true.
 */
export async function* listTransactions(
  { transport }: Pick<PortOneConnection, "transport">,
  range: { readonly from: Temporal.Instant; readonly to: Temporal.Instant },
): AsyncGenerator<ProviderTransaction, void, undefined> {
  const told = new Set<string>();
  for (const span of spansOf(range)) {
    for (const status of ["all", "cancelled"] as const) {
      for (let page = 1; ; page += 1) {
        if (page > maximumPages) throw tooMany();
        const query = { ...span, status, page, pageSize, sorting: "started" } as const;
        const answer = await listPayments(transport, query);
        for (const movement of movementsOf(answer)) {
          if (told.has(movement.transactionId)) continue;
          told.add(movement.transactionId);
          yield movement;
        }
        if (answer.nextPage === undefined) break;
      }
    }
  }
}

interface Span {
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
}

function* spansOf({ from, to }: Span): Generator<Span, void, undefined> {
  let start = from;
  do {
    const end = start.add(longestSpan);
    const isLast = Temporal.Instant.compare(end, to) >= 0;
    yield { from: start, to: isLast ? to : end };
    start = end;
  } while (Temporal.Instant.compare(start, to) < 0);
}

/** Oldest first; a payment before its refunds, which may be of the same second. */
function movementsOf({ payments, exchange }: FoundPage): readonly ProviderTransaction[] {
  const captured = payments
    .map((payment) => toProviderPayment(payment, exchange))
    .filter(({ state }) => state === "captured");
  const movements = [...captured.map(paymentMovement), ...captured.flatMap(refundMovements)];
  const at = ({ happenedAt }: ProviderTransaction) => happenedAt?.epochMilliseconds ?? 0;
  return movements.sort((a, b) => at(a) - at(b));
}

function paymentMovement(payment: ProviderPayment): ProviderTransaction {
  const { paymentId, orderId = "", providerStatus, amount, approvedAt } = payment;
  return {
    transactionId: paymentId,
    paymentId,
    orderId,
    providerStatus,
    amountMinor: amount?.amountMinor,
    happenedAt: approvedAt,
  };
}

function refundMovements(payment: ProviderPayment): readonly ProviderTransaction[] {
  const { paymentId, orderId = "", providerStatus, refunds } = payment;
  return refunds.map(({ transactionId, amountMinor, refundedAt }) => ({
    transactionId,
    paymentId,
    orderId,
    providerStatus,
    amountMinor: -amountMinor,
    happenedAt: refundedAt,
  }));
}

function tooMany(): GatewayError {
  return new GatewayError(
    "PortOne, list: more payments than can be listed: ask for a shorter time.",
    {
      provider: "portone",
      failure: "invalid_request",
    },
  );
}
