/**
 * Money that shows up for an order of ours whose charge has not got it: the outcome is open, the
 * charge has ended, or another payment was taken for it. A second payment is nobody's to take back but a
 * person's; one that came after the end is booked, and goes back where the account says so.
 */
import { GatewayError, type Gateway, type ProviderPayment } from "@maedal/gateways";
import { pauseConnection, saveObservations } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { findSubscription, lockSubscription } from "../subscriptions/subscription-store.ts";
import { adoptLatePayment } from "./adopt-late-payment.ts";
import {
  doubt,
  findEndedCharge,
  findSubscriptionOfOrder,
  hastenLookUp,
  holdOpenCharge,
  releaseCharge,
  wasTold,
  type EndedCharge,
} from "./late-payment-store.ts";

/** What became of such a payment, and that in words. */
export interface LatePayment {
  /**
   * `looked_up`: its charge is asked about now, and adopts it. `on_its_way`: its charge has a call out.
   * `open_later`: its charge is open under a later order id; what becomes of it is seen only later, so
   * the hint must be kept and acted on again. `adopted`: its charge had ended without it, and another
   * one of its invoice has it now. `after_the_end`: the same, and it is left to a person.
   * `second`: its invoice has another payment. `known`: its charge has it. `not_taken`: no money moved.
   */
  readonly kind:
    | "looked_up"
    | "on_its_way"
    | "open_later"
    | "adopted"
    | "after_the_end"
    | "second"
    | "known"
    | "not_ours"
    | "not_taken";
  readonly detail: string;
  /** A charge that is not sent before a look-up by order id shows the payment, too. */
  readonly heldChargeId?: string;
}

/** What is said of a payment whose order id was never ours. */
export const foreignPayment = "it is no payment of ours";

/**
 * Acts on a payment, as the provider describes it, that no captured charge has. Safe to repeat: nobody
 * is told twice of one payment.
 */
export async function noteLatePayment(
  tx: Transaction,
  engine: Engine,
  connection: Connection,
  found: ProviderPayment,
): Promise<LatePayment> {
  const { orderId = "" } = found;
  const { accountId, id: connectionId } = connection;
  const isOpen = await hastenLookUp(tx, accountId, connectionId, orderId);
  const isTaken = found.state === "captured";
  if (isOpen || (isTaken && (await doubt(tx, accountId, connectionId, orderId)))) {
    return { kind: "looked_up", detail: `order ${orderId} is looked up now` };
  }
  const open = isTaken ? await holdOpenCharge(tx, accountId, connectionId, orderId) : undefined;
  if (open?.orderId === orderId) {
    return { kind: "on_its_way", detail: `charge ${open.id} is on its way, and this is its order` };
  }
  // Under its later id the charge may adopt this payment, be paid a second time, or end.
  if (open !== undefined) {
    const detail = `charge ${open.id} is open under an id after ${orderId}`;
    return { kind: "open_later", detail, heldChargeId: open.id };
  }
  return await tellOfLatePayment(tx, engine, connection, orderId, found);
}

/**
 * Lets a held charge go on once it is sure to learn of the payment: whoever asks for the order, as
 * every charge does before it is sent, is shown it.
 *
 * @throws {GatewayError} when the provider gives no clear answer: the charge stays held.
 */
export async function releaseWhenShown(
  { database, gateways }: Engine,
  connection: Connection,
  { heldChargeId }: LatePayment,
  { orderId = "" }: ProviderPayment,
): Promise<void> {
  if (heldChargeId === undefined) return;
  const gateway = await gateways.of(database, connection);
  if (await isShownByOrder(gateway, orderId)) {
    await releaseCharge(database, connection.accountId, heldChargeId);
  }
}

async function isShownByOrder(gateway: Gateway, orderId: string): Promise<boolean> {
  try {
    const shown = await gateway.lookUpByOrderId(orderId);
    return shown !== "not_found" && shown.state === "captured";
  } catch (error) {
    if (error instanceof GatewayError && error.failure === "mismatch") return true; // A person's.
    throw error;
  }
}

/**
 * Money for a charge that has ended without it: somebody must hear, and its invoice is paid. A second
 * payment for one invoice stops its connection.
 */
async function tellOfLatePayment(
  tx: Transaction,
  engine: Engine,
  connection: Connection,
  orderId: string,
  found: ProviderPayment,
): Promise<LatePayment> {
  const { accountId, id: connectionId } = connection;
  const { paymentId, refundedMinor } = found;
  if (found.state !== "captured") {
    return { kind: "not_taken", detail: `payment ${paymentId} is ${found.providerStatus}` };
  }
  const ended = await findEndedCharge(tx, accountId, connectionId, orderId, paymentId);
  if (ended === undefined) {
    if (!(await isOrderOfOurs(tx, accountId, orderId))) {
      return { kind: "not_ours", detail: foreignPayment };
    }
    const detail = `payment ${paymentId} needs nothing: its order ${orderId} is ours`;
    return { kind: "known", detail };
  }
  const detail = `payment ${paymentId} came for charge ${ended.id}, which is ${ended.status}`;
  const data = { orderId, paymentId, amount: found.amount?.amountMinor, refundedMinor };
  await tell(tx, engine, { accountId, connectionId, ended, detail, data });
  if (ended.status === "captured") return { kind: "second", detail };
  const payment = { ...found, orderId };
  const adopter = await adoptLatePayment(tx, engine, connection, ended, payment);
  if (adopter === undefined) return { kind: "after_the_end", detail };
  return { kind: "adopted", detail: `${detail}: charge ${adopter} has it now` };
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
    readonly data: Readonly<Record<string, unknown>> & {
      readonly orderId: string;
      readonly paymentId?: string;
    };
  },
): Promise<void> {
  const { accountId, connectionId, detail, ended } = it;
  await lockSubscription(tx, accountId, ended.subscriptionId);
  const isSecond = ended.status === "captured";
  const type = isSecond ? "charge.paid_twice" : "charge.paid_after_the_end";
  // A person who has resumed the connection since knows of this payment.
  if (await wasTold(tx, accountId, ended, type, it.data)) return;
  const code = isSecond ? "paid_twice" : "paid_after_the_end";
  await saveObservations(tx, [{ accountId, connectionId, code, detail }]);
  const paused = isSecond && (await pauseConnection(tx, accountId, connectionId, detail));
  const about = { accountId, occurredAt: ended.now };
  const data = { chargeId: ended.id, status: ended.status, ...it.data };
  const events: NewEvent[] = [{ ...about, subscriptionId: ended.subscriptionId, type, data }];
  if (paused) {
    const reason = { connectionId, reason: detail };
    const stop = { type: "gateway_connection.paused", data: reason } as const;
    events.push({ ...about, subscriptionId: undefined, ...stop });
  }
  await appendEvents(tx, engine.effects.random, events);
}
