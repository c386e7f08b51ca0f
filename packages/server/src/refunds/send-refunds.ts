/**
 * Claims requested refunds and sends them. A claim is committed before a byte leaves (rule 3 of
 * docs/charge-protocol.md), and no transaction is open while we wait. In doubt the outcome is
 * unknown.
 */
import {
  GatewayError,
  type Exchange,
  type Gateway,
  type GatewayCapabilities,
} from "@maedal/gateways";
import { leaseMs, windowsFor } from "../charges/windows.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { refundCallId, type Send } from "../journal/journal-line.ts";
import { unrecorded, whyNotRecorded } from "../journal/send-guard.ts";
import { recordRefundsOf } from "./record-found-refunds.ts";
import { outcomeOfReceipt, outcomeOfRefundFailure, type RefundOutcome } from "./refund-outcome.ts";
import {
  listRefundLanes,
  lockDueRefunds,
  lockRefundLane,
  saveRefundClaims,
  type DueRefund,
  type RefundLane,
} from "./refund-queue-store.ts";
import { recordRefundOrLeave, type RefundResult } from "./record-refund.ts";
import type { RefundLease } from "./refund-store.ts";

const batchSize = 10;

/** @returns How many refunds were sent: 0 when there is nothing to do now. */
export async function sendRefunds(engine: Engine): Promise<number> {
  const lanes = await listRefundLanes(engine.database);
  const sent = await Promise.all(lanes.map((lane) => sendOrLog(engine, lane)));
  return sent.reduce((sum, count) => sum + count, 0);
}

/** A connection that cannot be used holds up no other. */
async function sendOrLog(engine: Engine, lane: RefundLane): Promise<number> {
  try {
    return await sendLane(engine, lane);
  } catch (error) {
    engine.log.error({ connectionId: lane.connectionId, error }, "refunds could not be sent");
    return 0;
  }
}

async function sendLane(engine: Engine, lane: RefundLane): Promise<number> {
  const connection = await findConnection(engine.database, lane.accountId, lane.connectionId);
  if (connection === undefined) throw new Error(`there is no connection ${lane.connectionId}`);
  const gateway = await engine.gateways.of(engine.database, connection);
  const claims = await claimRefunds(engine, connection, gateway.capabilities);
  await Promise.all(
    claims.map(async (claim) => {
      const result = await sendRefund(engine, connection, gateway, claim);
      await recordRefundOrLeave(engine, result);
      if (mayHaveOthers(claim, result)) await bookOthers(engine, connection, claim);
    }),
  );
  return claims.length;
}

/** Unless the answer's sum is the one that we expect, somebody else may have refunded too. */
function mayHaveOthers({ refund }: ClaimedRefund, result: RefundResult): boolean {
  if (result.of !== "call" || result.outcome.kind !== "refunded") return false;
  return result.outcome.refundedMinor !== refund.refundedMinor + refund.amount.amountMinor;
}

/** Nothing hangs on it: what it misses is found with the next refund, or by the next hint. */
async function bookOthers(
  engine: Engine,
  connection: Connection,
  { refund }: ClaimedRefund,
): Promise<void> {
  try {
    await recordRefundsOf(engine, connection, refund.paymentId);
  } catch (error) {
    engine.log.warn({ refundId: refund.id, error }, "the payment's other refunds are not known");
  }
}

export interface ClaimedRefund {
  readonly refund: DueRefund;
  readonly lease: RefundLease;
  readonly idempotencyKey: string;
  /** On this process's monotonic clock, from before the claim: the send gate is measured from it. */
  readonly claimedAtMs: number;
}

/** Idempotency keys are reused a day less than the provider promises to remember them. */
const idempotencyMarginDays = 1;

/** @returns The claimed refunds, committed; empty when nothing may be sent through the connection. */
export async function claimRefunds(
  { database, effects, sends, windows }: Engine,
  connection: Connection,
  { idempotencyWindowDays = 0, timeouts }: GatewayCapabilities,
): Promise<ClaimedRefund[]> {
  const { accountId, id: connectionId } = connection;
  const claimedAtMs = effects.clock.monotonicMs();
  const idempotencyDays = idempotencyWindowDays - idempotencyMarginDays;
  return await database.transaction(async (tx) => {
    const lane = { accountId, connectionId };
    const limit = Math.min(batchSize, await lockRefundLane(tx, lane));
    if (limit <= 0 || !(await sends.mayClaim(tx, connection))) return [];
    const due = await lockDueRefunds(tx, lane, limit, idempotencyDays);
    if (due.length === 0) return [];
    const claims = due.map((refund) => ({
      refund,
      lease: { accountId, refundId: refund.id, leaseToken: effects.random.uuid() },
      idempotencyKey: refund.unansweredIdempotencyKey ?? effects.random.uuid(),
      claimedAtMs,
    }));
    const rows = claims.map(({ idempotencyKey, lease }) => ({ ...lease, idempotencyKey }));
    await saveRefundClaims(tx, rows, leaseMs(windowsFor(connection.mode, windows), timeouts));
    return claims;
  });
}

function sendOf(refund: DueRefund, connectionId: string): Send {
  const { accountId, amount, calls, chargeId, id, orderId } = refund;
  const attemptId = refundCallId(id, calls + 1);
  const call = { kind: "refund", attemptId, via: undefined } as const;
  return { ...call, accountId, connectionId, chargeId, orderId, amount };
}

/** Sends one claimed refund. Never throws: what went wrong is the outcome. */
export async function sendRefund(
  engine: Engine,
  { id: connectionId, mode }: Connection,
  gateway: Gateway,
  { claimedAtMs, idempotencyKey, lease, refund }: ClaimedRefund,
): Promise<RefundResult> {
  const end = (outcome: RefundOutcome, exchange?: Exchange): RefundResult => {
    return { of: "call", lease, outcome, exchange };
  };
  const why = await whyNotRecorded(engine.sends, sendOf(refund, connectionId));
  if (why !== undefined) {
    return end({ kind: "put_off", failure: "not_sent", code: unrecorded, message: why });
  }
  const { sendGateMs } = windowsFor(mode, engine.windows);
  const isStillInTime = () => engine.effects.clock.monotonicMs() - claimedAtMs <= sendGateMs;
  if (!isStillInTime()) {
    const message = "too long since the claim: not sent";
    return end({ kind: "put_off", failure: "not_sent", code: "send_gate_closed", message });
  }
  const { amount, paymentId, reason, refundableMinor } = refund;
  try {
    const order = { paymentId, amount, refundableMinor, reason, idempotencyKey };
    const receipt = await gateway.refund({ ...order, isStillInTime });
    return end(outcomeOfReceipt(amount.amountMinor, receipt), receipt.exchange);
  } catch (error) {
    if (error instanceof GatewayError) return end(outcomeOfRefundFailure(error), error.exchange);
    engine.log.error({ refundId: refund.id, error }, "sending a refund failed in our own code");
    return end(outcomeOfRefundFailure(error));
  }
}
