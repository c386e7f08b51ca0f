/** Asks the provider what it says now of the payment that a refund belongs to. Records nothing. */
import { withPatience } from "../charges/ask-provider.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { refundFindingOf, refundFindingOfFailure, type RefundFinding } from "./refund-outcome.ts";
import type { RefundView } from "./refund-reads.ts";
import { readRefundNow, type RefundNow } from "./refund-review.ts";
import { lockRefundedCharge, readBooks, type RefundedCharge } from "./refund-store.ts";

export async function askAboutRefund(engine: Engine, refund: RefundView): Promise<RefundNow> {
  const { database, effects } = engine;
  const { accountId, amount, chargeId } = refund;
  const askedAt = effects.clock.now();
  const charge = await database.transaction((tx) => lockRefundedCharge(tx, accountId, chargeId));
  if (charge === undefined) throw new Error(`refund ${refund.id} has no charge`);
  const finding = await withPatience(engine, ask(engine, refund, charge));
  const shown =
    finding.kind === "payment" ? finding.payment.refunds.map((it) => it.transactionId) : [];
  const books = await database.transaction((tx) => readBooks(tx, charge, shown));
  return readRefundNow(amount.amountMinor, finding, books, askedAt);
}

async function ask(
  engine: Engine,
  { accountId, connectionId, id }: RefundView,
  { captured, paidOrderId = "", paymentId = "" }: RefundedCharge,
): Promise<RefundFinding> {
  try {
    const connection = await findConnection(engine.database, accountId, connectionId);
    if (connection === undefined) throw new Error(`there is no connection ${connectionId}`);
    const gateway = await engine.gateways.of(engine.database, connection);
    const found = await gateway.lookUpByPaymentId(paymentId);
    const expected = { orderId: paidOrderId, amount: captured };
    return refundFindingOf(expected, found, gateway.capabilities);
  } catch (error) {
    engine.log.warn({ refundId: id, error }, "a question for a review got no clear answer");
    return refundFindingOfFailure(error);
  }
}
