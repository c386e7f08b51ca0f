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
import { pauseConnection, saveObservations } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
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
    const known = await findCapturedCharge(tx, { accountId, connectionId, paymentId });
    if (known === undefined) {
      if (await hastenLookUp(tx, accountId, connectionId, orderId)) {
        return `order ${orderId} is looked up now`;
      }
      return await tellOfLatePayment(tx, engine, connection, orderId, found);
    }
    await lockSubscription(tx, accountId, known.subscriptionId);
    const expected = { orderId: known.paidOrderId, amount: known.amount };
    const finding = findingOf(expected, found, gateway.capabilities);
    if (finding.kind !== "captured") return `payment ${paymentId} is ${found.providerStatus}`;
    if (found.refundedMinor <= known.refundedMinor) return "nothing new was refunded";

    if (!(await saveRefundedAmount(tx, accountId, known.id, found.refundedMinor))) {
      return "another notification was a moment earlier";
    }
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
    const { refundedMinor } = found;
    const data = { chargeId: known.id, refundedMinor, currency: known.amount.currency };
    const subscriptionId = known.subscriptionId;
    const event = { accountId, subscriptionId, data, occurredAt: known.now };
    await appendEvents(tx, effects.random, [{ ...event, type: "charge.refunded" }]);
    return `${refundedMinor} of charge ${known.id} were refunded at the provider`;
  });
}

/**
 * Money for a charge that has ended without it. Nothing of ours may take it back, but somebody must
 * hear; and a second payment for one invoice stops its connection.
 */
async function tellOfLatePayment(
  tx: Transaction,
  engine: Engine,
  { accountId, id: connectionId }: Connection,
  orderId: string,
  found: ProviderPayment,
): Promise<string> {
  const { paymentId, refundedMinor } = found;
  const ended = await findEndedCharge(tx, accountId, connectionId, orderId, paymentId);
  if (ended === undefined) return "it is no payment of ours";
  if (found.state !== "captured") return `payment ${paymentId} is ${found.providerStatus}`;
  await lockSubscription(tx, accountId, ended.subscriptionId);
  const isSecond = ended.status === "captured";
  const code = isSecond ? "paid_twice" : "paid_after_the_end";
  const detail = `payment ${paymentId} came for charge ${ended.id}, which is ${ended.status}`;
  await saveObservations(tx, [{ accountId, connectionId, code, detail }]);
  const paused = isSecond && (await pauseConnection(tx, accountId, connectionId, detail));
  const amount = found.amount?.amountMinor;
  const about = { accountId, occurredAt: ended.now };
  const data = {
    chargeId: ended.id,
    status: ended.status,
    orderId,
    paymentId,
    amount,
    refundedMinor,
  };
  const type = isSecond ? "charge.paid_twice" : "charge.paid_after_the_end";
  const events: NewEvent[] = [{ ...about, subscriptionId: ended.subscriptionId, type, data }];
  if (paused) {
    const reason = { connectionId, reason: detail };
    const stop = { type: "gateway_connection.paused", data: reason } as const;
    events.push({ ...about, subscriptionId: undefined, ...stop });
  }
  await appendEvents(tx, engine.effects.random, events);
  return detail;
}
