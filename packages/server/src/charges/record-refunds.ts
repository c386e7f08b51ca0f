/**
 * Records refunds that were made at the provider, outside Maedal. A notification or a person gives
 * the hint; the payment is looked up, compared with ours, and only then believed.
 */
import type { ProviderPayment } from "@maedal/gateways";
import { findingOf } from "./outcome.ts";
import {
  findCapturedCharge,
  findEndedCharge,
  hastenLookUp,
  saveRefundedAmount,
} from "./refund-store.ts";
import { insertFoundRefunds } from "./charge-result-store.ts";
import { saveObservations } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import { lockSubscription } from "../subscriptions/subscription-store.ts";

/**
 * @returns What was found, in words.
 * @throws {GatewayError} when the provider gives no clear answer: try again later.
 */
export async function recordRefundsOf(
  engine: Engine,
  connection: Connection,
  paymentId: string,
): Promise<string> {
  const { database, effects, gateways } = engine;
  const gateway = await gateways.of(database, connection);
  const found = await gateway.lookUpByPaymentId(paymentId);
  if (found === "not_found") return "the provider knows no such payment";
  const { accountId, id: connectionId } = connection;
  const orderId = found.orderId ?? "";

  return await database.transaction(async (tx) => {
    const key = { accountId, connectionId, paymentId, orderId };
    const known = await findCapturedCharge(tx, key);
    if (known === undefined) {
      if (await hastenLookUp(tx, accountId, connectionId, orderId)) {
        return `order ${orderId} is looked up now`;
      }
      return await tellOfLatePayment(tx, engine, connection, orderId, found);
    }
    await lockSubscription(tx, accountId, known.subscriptionId);
    const expected = { orderId: known.paidOrderId ?? orderId, amount: known.amount };
    const finding = findingOf(expected, found, gateway.capabilities);
    if (finding.kind !== "captured") return `payment ${paymentId} is ${found.providerStatus}`;
    if (found.refundedMinor <= known.refundedMinor) return "nothing new was refunded";

    await insertFoundRefunds(
      tx,
      found.refunds.map((refund) => ({
        accountId,
        id: newId("rfd", effects.random),
        chargeId: known.id,
        connectionId,
        amountMinor: refund.amountMinor,
        currency: known.amount.currency,
        transactionId: refund.transactionId,
        reason: refund.reason,
        refundedAt: refund.refundedAt ?? known.now,
      })),
    );
    await saveRefundedAmount(tx, accountId, known.id, found.refundedMinor);
    const { refundedMinor } = found;
    const data = { chargeId: known.id, refundedMinor, currency: known.amount.currency };
    const subscriptionId = known.subscriptionId;
    const event = { accountId, subscriptionId, data, occurredAt: known.now };
    await appendEvents(tx, effects.random, [{ ...event, type: "charge.refunded" }]);
    return `${refundedMinor} of charge ${known.id} were refunded at the provider`;
  });
}

/** Money for a charge that has ended: nothing of ours may take it back, but somebody must hear. */
async function tellOfLatePayment(
  tx: Transaction,
  engine: Engine,
  { accountId, id: connectionId }: Connection,
  orderId: string,
  found: ProviderPayment,
): Promise<string> {
  const ended = await findEndedCharge(tx, accountId, connectionId, orderId);
  if (ended === undefined) return "it is no payment of ours";
  if (found.state !== "captured") return `payment ${found.paymentId} is ${found.providerStatus}`;
  await lockSubscription(tx, accountId, ended.subscriptionId);
  const detail = `payment ${found.paymentId} came for charge ${ended.id}, which is ${ended.status}`;
  const sighting = { accountId, connectionId, code: "paid_after_the_end", detail };
  await saveObservations(tx, [sighting]);
  const { paymentId, refundedMinor } = found;
  const amount = found.amount?.amountMinor;
  await appendEvents(tx, engine.effects.random, [
    {
      accountId,
      subscriptionId: ended.subscriptionId,
      type: "charge.paid_after_the_end",
      data: { chargeId: ended.id, status: ended.status, orderId, paymentId, amount, refundedMinor },
      occurredAt: ended.now,
    },
  ]);
  return detail;
}
