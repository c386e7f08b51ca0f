/**
 * Records what became of a refund's open call or look-up. Safe to run twice: a result whose lease
 * token is gone changes nothing and is logged (rule 8 of docs/charge-protocol.md).
 */
import type { Exchange } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { windowsFor } from "../charges/windows.ts";
import { pauseConnection, saveObservations } from "../connections/connection-store.ts";
import type { Transaction } from "../db/database.ts";
import { isSerializationOrDeadlock } from "../db/database-errors.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { lockSubscription } from "../subscriptions/subscription-store.ts";
import { bookRefunds } from "./book-refunds.ts";
import { afterCall, afterLookUp, type Books, type RefundJudgement } from "./refund.ts";
import { alreadyBooked, type RefundFinding, type RefundOutcome } from "./refund-outcome.ts";
import {
  lockLeasedRefund,
  lockRefundedCharge,
  placeOf,
  readBooks,
  saveRefund,
  type LeasedRefund,
  type RefundChange,
  type RefundedCharge,
  type RefundLease,
} from "./refund-store.ts";

/** What a call brought back: a refund's answer, or a look-up's. */
export type RefundResult = {
  readonly lease: RefundLease;
  readonly exchange: Exchange | undefined;
} & (
  | { readonly of: "call"; readonly outcome: RefundOutcome }
  | {
      readonly of: "look_up";
      readonly finding: RefundFinding;
      /** By the database's clock, before the question: what it proves, it proves of then. */
      readonly askedAt: Temporal.Instant;
    }
);

const recordTries = 3;

/**
 * Records a result and never throws. What cannot be recorded is left to the look-ups: its lease
 * runs out.
 */
export async function recordRefundOrLeave(engine: Engine, result: RefundResult): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await recordRefund(engine, result);
      return;
    } catch (error) {
      if (tries < recordTries && isSerializationOrDeadlock(error)) continue;
      const { refundId } = result.lease;
      engine.log.error({ refundId, error }, "a refund could not be recorded: it is looked up");
      return;
    }
  }
}

/**
 * @returns false when it was too late: somebody else had taken the refund over.
 * @throws whatever the database throws; then nothing was recorded, and the lease runs out.
 */
export async function recordRefund(engine: Engine, result: RefundResult): Promise<boolean> {
  const isRecorded = await engine.database.transaction((tx) => recordIn(tx, engine, result));
  if (!isRecorded) {
    const { lease, of } = result;
    engine.log.warn({ refundId: lease.refundId, of }, "a result came after its lease: ignored");
  }
  return isRecorded;
}

async function recordIn(tx: Transaction, engine: Engine, result: RefundResult): Promise<boolean> {
  const { lease } = result;
  const place = await placeOf(tx, lease);
  if (place === undefined) return false;
  await lockSubscription(tx, lease.accountId, place.subscriptionId);
  const charge = await lockRefundedCharge(tx, lease.accountId, place.chargeId);
  const refund = await lockLeasedRefund(tx, lease);
  if (charge === undefined || refund === undefined) return false;

  const books = await readBooks(tx, charge, shownBy(result));
  const believed = withoutBooked(result, books);
  const { decision, foreign } = decide(engine, refund, books, believed);
  const saved = await saveRefund(tx, changeOf(charge, refund, believed, decision));
  if (saved !== 1) throw new Error(`saved ${saved} rows of refund ${refund.id}`);
  const { amountMinor, id } = refund;
  const events = await bookRefunds(tx, engine, charge, foreign, { id, amountMinor, decision });
  events.push(...(await tellConnection(tx, charge, refund, believed, decision)));
  await appendEvents(tx, engine.effects.random, events);
  return true;
}

/** Transaction ids of refunds that a result speaks of. */
function shownBy(result: RefundResult): string[] {
  if (result.of === "call") {
    const { outcome } = result;
    return outcome.kind === "refunded" ? [outcome.refund.transactionId] : [];
  }
  const { finding } = result;
  if (finding.kind !== "payment") return [];
  return finding.payment.refunds.map(({ transactionId }) => transactionId);
}

/** A refund that is in the books is not booked again, whatever else an answer says (rule 7). */
function withoutBooked(result: RefundResult, { transactionIds }: Books): RefundResult {
  if (result.of !== "call" || result.outcome.kind !== "refunded") return result;
  const { transactionId } = result.outcome.refund;
  return transactionIds.has(transactionId)
    ? { ...result, outcome: alreadyBooked(transactionId) }
    : result;
}

function decide(
  engine: Engine,
  refund: LeasedRefund,
  books: Books,
  result: RefundResult,
): RefundJudgement {
  const windows = windowsFor(refund.mode, engine.windows);
  if (result.of === "call") {
    return { decision: afterCall(refund, result.outcome, windows), foreign: [] };
  }
  return afterLookUp(refund, books, result.finding, { windows, realNow: result.askedAt });
}

function changeOf(
  charge: RefundedCharge,
  refund: LeasedRefund,
  result: RefundResult,
  decision: RefundJudgement["decision"],
): RefundChange {
  const { accountId, leaseToken, refundId } = result.lease;
  const reconciling = decision.to === "reconciling" ? decision : undefined;
  const booked = decision.to === "refunded" ? decision.refund : undefined;
  const reviewed = decision.to === "in_review" ? decision : undefined;
  const failure = failureOf(result, decision);
  return {
    accountId,
    refundId,
    leaseToken,
    status: decision.to,
    heldForMs: decision.to === "requested" ? decision.heldForMs : 0,
    sends: decision.to === "requested" ? decision.sends : refund.sends,
    keepsKey: keepsKey(result),
    lookUpInMs: reconciling?.lookUpInMs,
    lookUps: result.of === "look_up" ? refund.lookUps + 1 : 0,
    countsAsNotFound: reconciling?.countsAsNotFound ?? false,
    transactionId: booked?.transactionId,
    refundedAt: booked && (booked.refundedAt ?? charge.now),
    failureClass: failure?.failure,
    failureCode: failure?.code,
    failureMessage: failure?.message,
    reviewReason: reviewed?.reason,
    exchange: result.exchange,
  };
}

/** What went wrong last, for people: a refund that waits or is asked about keeps it in sight. */
function failureOf(
  result: RefundResult,
  decision: RefundJudgement["decision"],
): { failure: string; code: string; message: string } | undefined {
  if (decision.to === "failed") return decision.failure;
  if (decision.to === "in_review") {
    return { failure: decision.reason, code: decision.code, message: decision.message };
  }
  if (decision.to === "refunded") return undefined;
  if (result.of === "call") return result.outcome.kind === "refunded" ? undefined : result.outcome;
  const { finding } = result;
  if (finding.kind === "payment") return undefined;
  const failure = "outcome_unknown";
  return finding.kind === "no_answer"
    ? { failure, code: finding.code, message: finding.message }
    : { failure, code: finding.kind, message: finding.detail };
}

/** A resend after no answer repeats the idempotency key; after an answer it needs a new one (rule 11). */
function keepsKey(result: RefundResult): boolean {
  if (result.of === "look_up") return true;
  const { outcome } = result;
  if (outcome.kind === "put_off") return outcome.failure === "not_sent";
  return outcome.kind === "unknown" && !outcome.wasAnswered;
}

/** What the result says of the connection: what to observe, and whether to pause it. */
async function tellConnection(
  tx: Transaction,
  charge: RefundedCharge,
  { id }: LeasedRefund,
  result: RefundResult,
  decision: RefundJudgement["decision"],
): Promise<NewEvent[]> {
  const { accountId, connectionId, now: occurredAt } = charge;
  if (connectionId === undefined) throw new Error(`charge ${charge.id} was paid nowhere`);
  if (result.of === "call" && result.outcome.kind === "refunded") {
    const { observations } = result.outcome;
    const sightings = observations.map((seen) => ({ accountId, connectionId, ...seen }));
    await saveObservations(tx, sightings);
  }
  const reason = pauseReasonOf(id, result, decision);
  if (reason === undefined) return [];
  if (!(await pauseConnection(tx, accountId, connectionId, reason))) return [];
  const data = { connectionId, reason };
  const type = "gateway_connection.paused";
  return [{ accountId, subscriptionId: undefined, type, data, occurredAt }];
}

function pauseReasonOf(
  refundId: string,
  result: RefundResult,
  decision: RefundJudgement["decision"],
): string | undefined {
  if (decision.to === "in_review" && decision.reason === "mismatch") {
    return `refund ${refundId}: the provider's payment is not ours (${decision.message})`;
  }
  if (result.of !== "call") return undefined;
  const { outcome } = result;
  if (outcome.kind !== "put_off" || outcome.failure !== "configuration") return undefined;
  return `the provider refuses the connection: ${outcome.code} ${outcome.message}`;
}
