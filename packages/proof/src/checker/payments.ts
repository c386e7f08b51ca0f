/**
 * Payments: the ledger's entries put together by the provider's own name of each payment. What a
 * customer feels is counted, not what anybody meant: money taken, or held.
 */
import type { LedgerEntry } from "./evidence.ts";
import { readOrderId, type OrderName } from "./order-id.ts";

export interface Payment {
  readonly provider: string;
  readonly paymentId: string;
  readonly orderId: string;
  readonly order: OrderName;
  readonly currency: string;
  /** How often money was taken, or is held: 0 when it was held only, and let go. */
  readonly times: number;
  /** Smallest units; what is merely held is not taken. */
  readonly takenMinor: number;
  readonly refundedMinor: number;
  /** When the provider first took or held it, by the emulator's clock. */
  readonly at: number;
}

/** @param entries Of one payment, oldest first; at least one. */
function paymentOf(entries: readonly LedgerEntry[], order: OrderName): Payment | undefined {
  const [first] = entries;
  if (first === undefined) return undefined;
  const of = (...kinds: LedgerEntry["kind"][]) =>
    entries.filter(({ kind }) => kinds.includes(kind));
  const isLetGo = of("void").length > 0 && of("capture").length === 0;
  const held = isLetGo ? 0 : of("authorization").length;
  const { at, currency, orderId, paymentId, provider } = first;
  return {
    provider,
    paymentId,
    orderId,
    order,
    currency,
    times: of("payment").length + held,
    takenMinor: sumOf(of("payment", "capture")),
    refundedMinor: sumOf(of("refund")),
    at,
  };
}

/** @returns The payments under order ids of ours, and how many others there are. */
export function readPayments(ledger: readonly LedgerEntry[]): {
  readonly payments: readonly Payment[];
  readonly foreign: number;
} {
  const groups = Map.groupBy(ledger, ({ paymentId, provider }) => `${provider} ${paymentId}`);
  const payments: Payment[] = [];
  let foreign = 0;
  for (const entries of groups.values()) {
    const order = readOrderId(entries[0]?.orderId ?? "");
    const payment = order && paymentOf(entries, order);
    if (payment === undefined) foreign += 1;
    else payments.push(payment);
  }
  return { payments, foreign };
}

function sumOf(entries: readonly LedgerEntry[]): number {
  return entries.reduce((sum, { amount }) => sum + amount, 0);
}
