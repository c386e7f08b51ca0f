/**
 * Writes a call that the database has forgotten back into it, as what it is: sent, and of unknown
 * outcome. From there the protocol goes its usual way: the charge is looked up under that order id,
 * twice if it is not found (rule 6 of docs/charge-protocol.md), and a generation that was used is
 * never used for another id. Safe to run twice and to die between any two lines.
 */
import type { Gateway, ProviderPayment } from "@maedal/gateways";
import { findSettleable, saveCall } from "../authorizations/authorization-store.ts";
import { isWaiting } from "../charges/charge.ts";
import { noteLatePayment } from "../charges/late-payment.ts";
import { leaseMs, windowsFor, type ProtocolWindows } from "../charges/windows.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { orderIdOf, readOrderId, type OrderName } from "../ids/order-id.ts";
import { recordRefundsOf } from "../refunds/record-found-refunds.ts";
import { countForgottenCall, saveRefundClaims } from "../refunds/refund-queue-store.ts";
import { lockSubscription } from "../subscriptions/subscription-store.ts";
import { readRefundCallId } from "./journal-line.ts";
import { lockSend, saveProgress, type OpenSend, type SendProgress } from "./recovery-store.ts";
import {
  countOnFrom,
  findTarget,
  insertForgottenAttempt,
  isOwedHere,
  lockRequestedRefund,
  reconcileForgotten,
  type Target,
} from "./written-in-store.ts";

const soonestAgainMs = 1_000;
const latestAgainMs = 60_000;

/**
 * How long until something is tried again that cannot be found out now: soon at first, because a failover
 * breaks connections and everybody waits for the end of its recovery; later once a minute.
 */
export function againInMs({
  now,
  recoveredSince,
}: Pick<OpenSend, "now" | "recoveredSince">): number {
  const openForMs = now.epochMilliseconds - recoveredSince.epochMilliseconds;
  return Math.min(Math.max(openForMs / 10, soonestAgainMs), latestAgainMs);
}

/** Never throws for what the provider does: what cannot be asked is asked again. */
export async function writeIn(engine: Engine, send: OpenSend): Promise<void> {
  const { accountId, connectionId } = send;
  const connection = await findConnection(engine.database, accountId, connectionId);
  if (connection === undefined) return await withoutConnection(engine, send);
  const at = await openConnection(engine, connection, send);
  if (at === undefined) return;
  const isAsked = await engine.database.transaction(async (tx) => {
    if (!(await lockSend(tx, send))) return false;
    const progress = await writeInTx(tx, engine, at, send);
    if (progress !== "ask") await saveProgress(tx, send, progress);
    return progress === "ask";
  });
  if (isAsked) await ask(engine, at, send);
}

/** Where a forgotten call was sent. */
interface SentAt {
  readonly connection: Connection;
  readonly gateway: Gateway;
  readonly windows: ProtocolWindows;
  /** After so long nothing that was sent before can still be on its way. */
  readonly overInMs: number;
}

/** @returns undefined when its credentials do not open: asked again later. */
async function openConnection(
  engine: Engine,
  connection: Connection,
  send: OpenSend,
): Promise<SentAt | undefined> {
  try {
    const gateway = await engine.gateways.of(engine.database, connection);
    const windows = windowsFor(connection.mode, engine.windows);
    const overInMs = leaseMs(windows, gateway.capabilities.timeouts);
    return { connection, gateway, windows, overInMs };
  } catch (error) {
    const detail = `its connection does not open: ${wordsOf(error)}`;
    const progress = { to: "open", detail, askInMs: againInMs(send), counts: false } as const;
    await saveProgress(engine.database, send, progress);
    return undefined;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Nobody can be asked. It matters only if the same invoice could be collected here. */
async function withoutConnection({ database }: Engine, send: OpenSend): Promise<void> {
  const order = readOrderId(send.orderId);
  const isOwed =
    (await findTarget(database, send, order)) !== undefined ||
    (await isOwedHere(database, send.accountId, order));
  const progress: SendProgress = isOwed
    ? {
        to: "open",
        detail: `its connection ${send.connectionId} is not in this database: look for the order in the provider's console`,
        askInMs: againInMs(send),
        counts: false,
      }
    : { to: "settled", detail: nothingHere };
  await saveProgress(database, send, progress);
}

const nothingHere = "nothing in this database could be charged for it";

async function writeInTx(
  tx: Transaction,
  engine: Engine,
  { overInMs }: SentAt,
  send: OpenSend,
): Promise<SendProgress | "ask"> {
  switch (send.kind) {
    case "charge":
    case "confirm":
      return await writeInAttempt(tx, overInMs, send);
    case "capture":
    case "void":
      return await writeInCall(tx, engine, overInMs, send, send.kind);
    case "refund":
      return await writeInRefund(tx, engine, overInMs, send);
  }
}

// ── Charges ──────────────────────────────────────────────────────────────────────────────────────

async function writeInAttempt(
  tx: Transaction,
  overInMs: number,
  send: OpenSend,
): Promise<SendProgress | "ask"> {
  const { accountId, connectionId, orderId } = send;
  const order = readOrderId(orderId);
  const generation = generationOf(order);
  const seen = await findTarget(tx, send, order);
  if (seen === undefined) return await withoutTarget(tx, send, order);
  await lockSubscription(tx, accountId, seen.subscriptionId);
  const target = (await findTarget(tx, send, order)) ?? seen;
  await insertForgottenAttempt(tx, { send, chargeId: target.chargeId, generation });
  if (target.connectionId === connectionId && generation < target.generation) {
    return {
      to: "settled",
      detail: "the charge has gone on since; it is asked about before it is sent",
    };
  }
  if (target.connectionId !== connectionId) return "ask";
  const isAsked = await reconcileForgotten(
    tx,
    accountId,
    target,
    { orderId, generation },
    overInMs,
  );
  return isAsked ? { to: "written_in", detail: "its charge is looked up" } : "ask";
}

function generationOf(order: OrderName | undefined): number {
  return order === undefined || order.kind === "registration" ? 0 : order.generation;
}

/**
 * Its period is not billed here yet. When it is, its charge learns of this order (forgotten-orders.ts), so
 * it matters only that nothing of it is still on its way.
 */
async function withoutTarget(
  tx: Transaction,
  send: OpenSend,
  order: OrderName | undefined,
): Promise<SendProgress | "ask"> {
  const isOwed = await isOwedHere(tx, send.accountId, order);
  return isOwed ? "ask" : { to: "settled", detail: nothingHere };
}

/** Asks about what no charge of this database can be looked up for. */
async function ask(engine: Engine, at: SentAt, send: OpenSend): Promise<void> {
  const { database } = engine;
  try {
    if (send.kind === "refund") {
      const detail = await bookForgottenRefund(engine, at.connection, send);
      await saveProgress(database, send, { to: "settled", detail });
    } else {
      await saveFound(engine, at, send, await at.gateway.lookUpByOrderId(send.orderId));
    }
  } catch (error) {
    const detail = `it cannot be looked up: ${wordsOf(error)}`;
    await saveProgress(database, send, {
      to: "open",
      detail,
      askInMs: againInMs(send),
      counts: false,
    });
  }
}

async function saveFound(
  engine: Engine,
  { connection, overInMs, windows }: SentAt,
  send: OpenSend,
  found: ProviderPayment | "not_found",
): Promise<void> {
  await engine.database.transaction(async (tx) => {
    if (!(await lockSend(tx, send))) return;
    const progress = isNothing(found)
      ? afterNothing(send, windows, overInMs)
      : await afterPayment(tx, engine, connection, send, found);
    await saveProgress(tx, send, progress);
  });
}

function isNothing(found: ProviderPayment | "not_found"): found is "not_found" {
  return found === "not_found" || ["failed", "voided", "expired"].includes(found.state);
}

/** "Nothing there" counts twice, at least the spacing apart, and once it can no longer be on its way. */
function afterNothing(
  it: Pick<OpenSend, "notFoundAt" | "notFoundCount" | "now" | "recoveredSince">,
  windows: ProtocolWindows,
  overInMs: number,
): SendProgress {
  const settledInMs =
    overInMs +
    windows.settleWindowMs -
    (it.now.epochMilliseconds - it.recoveredSince.epochMilliseconds);
  const detail = "the provider has no payment for it, so far";
  if (settledInMs > 0) return { to: "open", detail, askInMs: settledInMs, counts: false };
  const spacingMs = windows.notFoundSpacingMs;
  if (it.notFoundAt === undefined || it.notFoundCount === 0) {
    return { to: "open", detail, askInMs: spacingMs, counts: true };
  }
  const apartMs = it.now.epochMilliseconds - it.notFoundAt.epochMilliseconds;
  if (apartMs < spacingMs) {
    return { to: "open", detail, askInMs: spacingMs - apartMs, counts: false };
  }
  return { to: "settled", detail: "the provider has no payment for it" };
}

async function afterPayment(
  tx: Transaction,
  engine: Engine,
  connection: Connection,
  send: OpenSend,
  found: ProviderPayment,
): Promise<SendProgress> {
  const { accountId, orderId } = send;
  const order = readOrderId(orderId);
  const target = await findTarget(tx, send, order);
  if (target === undefined) {
    const detail = `payment ${found.paymentId} is there: it is adopted when its period is billed here`;
    return { to: "settled", detail };
  }
  await lockSubscription(tx, accountId, target.subscriptionId);
  const { chargeId } = target;
  await insertForgottenAttempt(tx, { send, chargeId, generation: generationOf(order) });
  await countOn(tx, accountId, target, order);
  if (isWaiting(target)) {
    const detail = `payment ${found.paymentId} is adopted before its charge is sent`;
    return { to: "settled", detail };
  }
  const said = await noteLatePayment(tx, engine, connection, { ...found, orderId });
  return { to: "settled", detail: `payment ${found.paymentId}: ${said.detail}` };
}

/** The next id of the invoice is one that was never sent; before it goes, this one is looked up. */
async function countOn(
  tx: Transaction,
  accountId: string,
  target: Target,
  order: OrderName | undefined,
): Promise<void> {
  if (order === undefined || order.kind === "registration") return;
  const generation = order.generation + 1;
  const { invoiceId, subscriptionId } = target;
  const periodIndex = order.kind === "period" ? order.periodIndex : undefined;
  const orderId = orderIdOf({ invoiceId, subscriptionId, periodIndex }, generation);
  await countOnFrom(tx, accountId, target, { orderId, generation });
}

// ── Captures, voids, refunds ─────────────────────────────────────────────────────────────────────

async function writeInCall(
  tx: Transaction,
  engine: Engine,
  overInMs: number,
  send: OpenSend,
  kind: "capture" | "void",
): Promise<SendProgress> {
  const { accountId, amount, attemptId: id, chargeId } = send;
  const known = await findSettleable(tx, accountId, chargeId);
  if (known === undefined) return { to: "settled", detail: nothingHere };
  await lockSubscription(tx, accountId, known.subscriptionId);
  const charge = await findSettleable(tx, accountId, chargeId);
  if (charge?.status !== "authorized") {
    return { to: "settled", detail: "its charge is looked up, and shows what is held" };
  }
  const lease = { accountId, chargeId, leaseToken: engine.effects.random.uuid() };
  const n = charge.callCount + 1;
  const call = { lease, id, n, kind, amountMinor: amount.amountMinor, requestedBy: "journal" };
  await saveCall(tx, call, overInMs);
  return { to: "written_in", detail: "what is still held is looked up" };
}

async function writeInRefund(
  tx: Transaction,
  engine: Engine,
  overInMs: number,
  send: OpenSend,
): Promise<SendProgress | "ask"> {
  const { refundId, n } = readRefundCallId(send.attemptId) ?? { refundId: send.attemptId, n: 0 };
  await countForgottenCall(tx, send.accountId, refundId, n);
  if (!(await lockRequestedRefund(tx, send.accountId, refundId))) return "ask";
  const leaseToken = engine.effects.random.uuid();
  const claim = { accountId: send.accountId, refundId, leaseToken, idempotencyKey: leaseToken };
  await saveRefundClaims(tx, [claim], overInMs);
  return { to: "written_in", detail: "the payment's refunds are looked up" };
}

/** A refund that was asked for after the database's moment: the provider tells what it gave back. */
async function bookForgottenRefund(
  engine: Engine,
  connection: Connection,
  send: OpenSend,
): Promise<string> {
  const target = await findTarget(engine.database, send, readOrderId(send.orderId));
  if (target === undefined) return nothingHere;
  if (target.paymentId === undefined) return "its charge is looked up, with its refunds";
  return await recordRefundsOf(engine, connection, target.paymentId);
}
