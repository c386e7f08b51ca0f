/**
 * Records what a sweep found: once, with one event, and with what is done about it in the same
 * transaction. Whatever was seen is judged again under the locks: a charge may have moved on since.
 */
import type { ProviderPayment } from "@maedal/gateways";
import { noteLatePayment, releaseWhenShown, type LatePayment } from "../charges/late-payment.ts";
import { pauseConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import { lockSubscription } from "../subscriptions/subscription-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { insertFinding, saveAction, saveSettlement, type FindingOwner } from "./finding-store.ts";
import type { FindingAction, NewFinding } from "./finding.ts";
import { isBeingDecided, type PaidOrder, type Verdict } from "./our-orders.ts";
import { askAboutHeld, findStanding, isUnchanged } from "./our-orders-store.ts";

/** What all of a sweep's findings have in common. */
export interface FindingContext {
  readonly engine: Engine;
  readonly connection: Connection;
  readonly sweepId: string;
}

/**
 * A payment under an order id that we sent, which the charge of that order does not have.
 *
 * @param isOneOfSeveral The provider shows several payments of this order.
 */
export async function recordLatePayment(
  context: FindingContext,
  payment: ProviderPayment,
  isOneOfSeveral: boolean,
): Promise<void> {
  const { connection, engine } = context;
  const { orderId = "", paymentId } = payment;
  if (payment.state !== "captured") return;
  let held: LatePayment | undefined;
  await engine.database.transaction(async (tx) => {
    const before = await findStanding(tx, connection, orderId);
    if (before === undefined) return;
    await lockSubscription(tx, connection.accountId, before.subscriptionId);
    const standing = (await findStanding(tx, connection, orderId)) ?? before;
    if (standing.invoicePaymentId === paymentId || isBeingDecided(standing)) return;
    const isSecond = standing.invoicePaymentId !== undefined || isOneOfSeveral;
    const { chargeId, status } = standing;
    const other = standing.invoicePaymentId ?? "another one";
    const detail = isSecond
      ? `payment ${paymentId} was taken beside ${other} for charge ${chargeId}`
      : `payment ${paymentId} was taken, and its charge ${chargeId} is ${status}`;
    const kind = isSecond ? "second_payment" : "late_success";
    const finding = { kind, orderId, paymentId, chargeId, amount: payment.amount, detail } as const;
    await saveFinding(tx, context, finding, async () => {
      const late = await noteLatePayment(tx, engine, connection, payment);
      held = late;
      if (late.kind === "second") return "connection_paused";
      if (isSecond) return await pause(tx, context, detail);
      if (late.kind === "adopted") return "booked";
      return late.kind === "looked_up" || late.kind === "open_later" ? "looked_up" : "told";
    });
  });
  if (held !== undefined) await releaseWhenShown(engine, connection, held, payment);
}

/** What differs of a payment that a charge has. */
export async function recordDifference(
  context: FindingContext,
  order: PaidOrder,
  found: ProviderPayment | undefined,
  { as: kind, detail }: Extract<Verdict, { kind: "differs" }>,
): Promise<void> {
  const { connection, engine } = context;
  const { accountId } = connection;
  const { chargeId, orderId, paymentId } = order;
  const amount = found?.amount;
  await engine.database.transaction(async (tx) => {
    await lockSubscription(tx, accountId, order.subscriptionId);
    if (!(await isUnchanged(tx, accountId, order))) return;
    const finding = { kind, orderId, paymentId, chargeId, amount, detail };
    await saveFinding(tx, context, finding, async () => {
      if (kind === "amount_differs")
        return await pause(tx, context, `charge ${chargeId}: ${detail}`);
      return (await askAboutHeld(tx, accountId, chargeId)) ? "looked_up" : "told";
    });
  });
}

/** A finding that no charge of ours is changed by. */
export async function recordPlainFinding(
  context: FindingContext,
  finding: NewFinding,
  action: FindingAction,
): Promise<void> {
  const { engine } = context;
  await engine.database.transaction((tx) =>
    saveFinding(tx, context, finding, () => Promise.resolve(action)),
  );
}

/** @param act Done only when it is news, in the same transaction. */
async function saveFinding(
  tx: Transaction,
  { connection, engine, sweepId }: FindingContext,
  finding: NewFinding,
  act: () => Promise<FindingAction>,
): Promise<void> {
  const { clock, random } = engine.effects;
  const { accountId, id: connectionId } = connection;
  const made: FindingOwner = { accountId, id: newId("swf", random), sweepId, connectionId };
  const id = await insertFinding(tx, made, finding);
  if (id === undefined) return;
  const owner = { ...made, id };
  const action = await act();
  await saveAction(tx, owner, action);
  if (action === "booked") {
    const note = "booked: nothing is left to do";
    await saveSettlement(tx, accountId, owner.id, { by: "maedal", note });
  }
  if (action === "looked_up") await notifyWork(tx);
  const { amount, ...named } = finding;
  const data = {
    findingId: owner.id,
    sweepId,
    connectionId,
    ...named,
    amount: amount?.amountMinor,
    currency: amount?.currency,
    action,
  };
  const occurredAt = clock.now();
  await appendEvents(tx, random, [
    { accountId, subscriptionId: undefined, type: "sweep.found", data, occurredAt },
  ]);
}

/** A mismatch of money: nothing more is charged there until a person has looked. */
async function pause(
  tx: Transaction,
  { connection, engine }: FindingContext,
  reason: string,
): Promise<FindingAction> {
  const { accountId, id: connectionId } = connection;
  const { clock, random } = engine.effects;
  if (await pauseConnection(tx, accountId, connectionId, reason)) {
    const type = "gateway_connection.paused";
    const data = { connectionId, reason };
    const occurredAt = clock.now();
    await appendEvents(tx, random, [
      { accountId, subscriptionId: undefined, type, data, occurredAt },
    ]);
  }
  return "connection_paused";
}
