/**
 * Records refunds that were made at the provider, outside Maedal. A notification or a person gives
 * the hint; the payment is looked up, compared with ours, and only then believed. While a refund of
 * Maedal's is open the hint is handed to it: who made which refund is decided in one place.
 */
import { noteLatePayment, releaseWhenShown, type LatePayment } from "../charges/late-payment.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import type { Transaction } from "../db/database.ts";
import { lockSubscription } from "../subscriptions/subscription-store.ts";
import { bookRefunds } from "./book-refunds.ts";
import { refundFindingOf, type RefundFinding } from "./refund-outcome.ts";
import { hastenRefundLookUp } from "./refund-queue-store.ts";
import {
  findChargeOfPayment,
  findOpenRefund,
  lockRefundedCharge,
  readBooks,
  type RefundedCharge,
} from "./refund-store.ts";
import { unbookedIn } from "./refund.ts";

/** What a look-up says that found nothing; perhaps not yet. */
export const unknownPayment = "the provider knows no such payment";

/**
 * @returns What was found, in words.
 * @throws {GatewayError | Error} when the provider gives no clear answer, a refund of Maedal's is on
 *   its way, or a charge that may adopt the payment is open: try again later.
 */
export async function recordRefundsOf(
  engine: Engine,
  connection: Connection,
  paymentId: string,
): Promise<string> {
  const { database, gateways } = engine;
  const { accountId, id: connectionId } = connection;
  const gateway = await gateways.of(database, connection);
  const found = await gateway.lookUpByPaymentId(paymentId);
  if (found === "not_found") return unknownPayment;

  const finding = await database.transaction(async (tx): Promise<LatePayment> => {
    const known = await findChargeOfPayment(tx, { accountId, connectionId, paymentId });
    if (known === undefined) return await noteLatePayment(tx, engine, connection, found);
    await lockSubscription(tx, accountId, known.subscriptionId);
    const charge = await lockRefundedCharge(tx, accountId, known.id);
    if (charge === undefined) throw new Error(`charge ${known.id} is gone`);
    const { captured: amount, paidOrderId: orderId = "" } = charge;
    const refund = refundFindingOf({ orderId, amount }, found, gateway.capabilities);
    return {
      kind: "known",
      detail:
        refund.kind === "payment"
          ? await bookFound(tx, engine, charge, refund)
          : `payment ${paymentId} is ${found.providerStatus}`,
    };
  });
  const { detail, kind } = finding;
  if (kind !== "open_later") return detail;
  await releaseWhenShown(engine, connection, finding, found);
  throw new Error(`payment ${paymentId}: ${detail}`);
}

async function bookFound(
  tx: Transaction,
  engine: Engine,
  charge: RefundedCharge,
  { payment }: Extract<RefundFinding, { kind: "payment" }>,
): Promise<string> {
  const shown = payment.refunds.map(({ transactionId }) => transactionId);
  const unbooked = unbookedIn(payment, await readBooks(tx, charge, shown));
  if (typeof unbooked === "string") throw new Error(`payment ${payment.paymentId}: ${unbooked}`);
  if (unbooked.length === 0) return "nothing new was refunded";

  const open = await findOpenRefund(tx, charge);
  if (open?.status === "in_flight") {
    throw new Error(`refund ${open.id} of payment ${payment.paymentId} is on its way`);
  }
  if (open !== undefined) {
    await hastenRefundLookUp(tx, charge.accountId, open.id);
    return `refund ${open.id} is looked up now`;
  }
  const events = await bookRefunds(tx, engine, charge, unbooked, undefined);
  await appendEvents(tx, engine.effects.random, events);
  return `${payment.refundedMinor} of charge ${charge.id} were refunded at the provider`;
}
