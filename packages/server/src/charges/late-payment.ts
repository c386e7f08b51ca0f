/**
 * Money that shows up for an order of ours whose charge has not got it: the outcome is open, the
 * charge has ended, or another payment was taken for it. Nothing here takes it back.
 */
import type { ProviderPayment } from "@maedal/gateways";
import { pauseConnection, saveObservations } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { findSubscription, lockSubscription } from "../subscriptions/subscription-store.ts";
import {
  doubt,
  findEndedCharge,
  findSubscriptionOfOrder,
  hastenLookUp,
  holdOpenCharge,
  type EndedCharge,
} from "./late-payment-store.ts";

/** What is said of a payment whose order id was never ours. */
export const foreignPayment = "it is no payment of ours";

export interface LateFinding {
  /** What was found, in words. */
  readonly note: string;
  /** False: what becomes of it is seen only later, so the hint must be kept and acted on again. */
  readonly isOver: boolean;
  /** A charge that is not sent before a look-up by order id shows the payment, too. */
  readonly heldChargeId?: string;
}

/** Acts on a payment, as the provider describes it, that no captured charge has. */
export async function noteLatePayment(
  tx: Transaction,
  engine: Engine,
  connection: Connection,
  found: ProviderPayment,
): Promise<LateFinding> {
  const { orderId = "" } = found;
  const { accountId, id: connectionId } = connection;
  const isOpen = await hastenLookUp(tx, accountId, connectionId, orderId);
  const isTaken = found.state === "captured";
  if (isOpen || (isTaken && (await doubt(tx, accountId, connectionId, orderId)))) {
    return { note: `order ${orderId} is looked up now`, isOver: true };
  }
  const open = isTaken ? await holdOpenCharge(tx, accountId, connectionId, orderId) : undefined;
  if (open?.orderId === orderId) {
    return { note: `charge ${open.id} is on its way, and this is its order`, isOver: true };
  }
  // Under its later id the charge may adopt this payment, be paid a second time, or end.
  if (open !== undefined) {
    const note = `charge ${open.id} is open under an id after ${orderId}`;
    return { note, isOver: false, heldChargeId: open.id };
  }
  const note = await tellOfLatePayment(tx, engine, connection, orderId, found);
  return { note, isOver: true };
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
  if (found.state !== "captured") return `payment ${paymentId} is ${found.providerStatus}`;
  const ended = await findEndedCharge(tx, accountId, connectionId, orderId, paymentId);
  if (ended === undefined) {
    return (await isOrderOfOurs(tx, accountId, orderId))
      ? `payment ${paymentId} needs nothing: its order ${orderId} is ours`
      : foreignPayment;
  }
  const detail = `payment ${paymentId} came for charge ${ended.id}, which is ${ended.status}`;
  const data = { orderId, paymentId, amount: found.amount?.amountMinor, refundedMinor };
  await tell(tx, engine, { accountId, connectionId, ended, detail, data });
  return detail;
}

/** Its charge may have got the payment a moment ago. */
async function isOrderOfOurs(
  tx: Transaction,
  accountId: string,
  orderId: string,
): Promise<boolean> {
  const id = await findSubscriptionOfOrder(tx, accountId, orderId);
  return id !== undefined && (await findSubscription(tx, accountId, id)) !== undefined;
}

/** The provider lists several payments of an order that a captured charge was paid under. */
export async function noteSeveralPayments(
  tx: Transaction,
  engine: Engine,
  { accountId, id: connectionId }: Pick<Connection, "accountId" | "id">,
  orderId: string,
  said: string,
): Promise<void> {
  const ended = await findEndedCharge(tx, accountId, connectionId, orderId, "");
  if (ended?.status !== "captured") return;
  const detail = `charge ${ended.id}: ${said}`;
  await tell(tx, engine, { accountId, connectionId, ended, detail, data: { orderId } });
}

async function tell(
  tx: Transaction,
  engine: Engine,
  it: {
    readonly accountId: string;
    readonly connectionId: string;
    readonly ended: EndedCharge;
    readonly detail: string;
    readonly data: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { accountId, connectionId, detail, ended } = it;
  await lockSubscription(tx, accountId, ended.subscriptionId);
  const isSecond = ended.status === "captured";
  const code = isSecond ? "paid_twice" : "paid_after_the_end";
  await saveObservations(tx, [{ accountId, connectionId, code, detail }]);
  const paused = isSecond && (await pauseConnection(tx, accountId, connectionId, detail));
  const about = { accountId, occurredAt: ended.now };
  const data = { chargeId: ended.id, status: ended.status, ...it.data };
  const type = isSecond ? "charge.paid_twice" : "charge.paid_after_the_end";
  const events: NewEvent[] = [{ ...about, subscriptionId: ended.subscriptionId, type, data }];
  if (paused) {
    const reason = { connectionId, reason: detail };
    const stop = { type: "gateway_connection.paused", data: reason } as const;
    events.push({ ...about, subscriptionId: undefined, ...stop });
  }
  await appendEvents(tx, engine.effects.random, events);
}
