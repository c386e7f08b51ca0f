/**
 * Captures or voids what a charge has authorized, because somebody asks for it. The call is committed
 * before its first byte leaves; no transaction is open while we wait; what becomes of a call that
 * this process does not live to record is looked up when its lease is over.
 */
import { GatewayError, type Authorizations, type Gateway, type Money } from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import { recordWord } from "../audit/record-word.ts";
import type { Lease } from "../charges/charge-store.ts";
import { leaseMs, windowsFor } from "../charges/windows.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { unrecorded, whyNotRecorded } from "../journal/send-guard.ts";
import { lockSubscription } from "../subscriptions/subscription-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { amountToCapture, type SettleDecision } from "./authorization.ts";
import {
  findSettleable,
  lockSettleable,
  saveCall,
  type Settleable,
} from "./authorization-store.ts";
import { recordSettlement, type SettleResult } from "./record-settlement.ts";
import {
  outcomeOfSettleFailure,
  outcomeOfSettling,
  type HeldPayment,
  type SettleKind,
  type SettleOutcome,
} from "./settle-outcome.ts";

export interface ChargeToVoid {
  readonly accountId: string;
  readonly chargeId: string;
  /** Who asks: an API key's id, an operator. */
  readonly requestedBy: string;
}

export interface ChargeToCapture extends ChargeToVoid {
  /** At most what is held; the rest is released. Undefined takes all. */
  readonly amountMinor?: number | undefined;
}

/**
 * Takes the money that a charge has authorized. Returning means that the charge is captured, or that
 * the outcome is not known yet and is being looked up: its status says which.
 *
 * @throws {AppError} `not_found`, `charge_not_authorized`, `amount_out_of_range`,
 *   `connection_not_active`, `conflict`: nothing was sent. `authorization_refused`: the provider said
 *   no, or was not reached. `authorization_released`: it gave the money up instead.
 */
export async function captureCharge(engine: Engine, wanted: ChargeToCapture): Promise<void> {
  await settle(engine, "capture", wanted);
}

/**
 * Gives back all that a charge has authorized; its invoice is void. Returning means that it is done,
 * or is being looked up.
 *
 * @throws {AppError} as `captureCharge` does.
 */
export async function voidCharge(engine: Engine, wanted: ChargeToVoid): Promise<void> {
  await settle(engine, "void", wanted);
}

interface ClaimedSettlement {
  readonly lease: Lease;
  readonly callId: string;
  readonly kind: SettleKind;
  readonly held: HeldPayment;
  readonly amount: Money;
  /** On this process's monotonic clock, from before the claim: the send gate is measured from it. */
  readonly claimedAtMs: number;
}

async function settle(engine: Engine, kind: SettleKind, wanted: ChargeToCapture): Promise<void> {
  const { accountId, chargeId } = wanted;
  const charge = await findSettleable(engine.database, accountId, chargeId);
  if (charge === undefined) throw new AppError("not_found", `There is no charge ${chargeId}.`);
  refuse(charge, kind);
  const connection = await findConnection(engine.database, accountId, charge.connectionId);
  if (connection === undefined) throw new Error(`there is no connection ${charge.connectionId}`);
  const gateway = await engine.gateways.of(engine.database, connection);
  const { authorizations } = gateway;
  if (authorizations === undefined) throw new Error(`${gateway.provider} authorizes nothing`);

  const claimed = await claim(engine, kind, wanted, connection, gateway);
  const result = await send(engine, connection, gateway, authorizations, claimed);
  const decision = await recordSettlement(engine, result);
  await notifyWork(engine.database);
  if (decision !== "late") tellRefusal(kind, decision);
}

/** Refuses what cannot be sent now. */
function refuse(charge: Settleable, kind: SettleKind): void {
  const { chargeId, isChargingStopped, isConnectionPaused, status } = charge;
  if (status !== "authorized") {
    throw new AppError("charge_not_authorized", notAuthorized(chargeId, status, kind));
  }
  if (isConnectionPaused) {
    throw new AppError(
      "connection_not_active",
      "The charge's gateway connection is paused: see its pausedReason, mend that, and resume it.",
    );
  }
  if (isChargingStopped && kind === "capture") {
    throw new AppError(
      "conflict",
      "The account's emergency stop is on, so nothing is captured: take it back with POST /v1/account/resume.",
    );
  }
}

function notAuthorized(chargeId: string, status: string, kind: SettleKind): string {
  const is = `Charge ${chargeId} is ${status}`;
  const isOpen = status === "capturing" || status === "voiding" || status === "expired";
  if (isOpen) return `${is}: the provider is being asked what became of it. Read it again later.`;
  if (status === "captured" && kind === "void") return `${is}: refund it instead.`;
  return `${is}: only an authorized charge can be ${kind === "capture" ? "captured" : "voided"}.`;
}

/** Everything that is known again, under locks; then call and word are written, before it is made. */
async function claim(
  engine: Engine,
  kind: SettleKind,
  { accountId, amountMinor, chargeId, requestedBy }: ChargeToCapture,
  connection: Connection,
  { capabilities }: Gateway,
): Promise<ClaimedSettlement> {
  const { database, effects } = engine;
  const claimedAtMs = effects.clock.monotonicMs();
  const windows = windowsFor(connection.mode, engine.windows);
  return await database.transaction(async (tx) => {
    const known = await findSettleable(tx, accountId, chargeId);
    if (known !== undefined) await lockSubscription(tx, accountId, known.subscriptionId);
    const charge = await lockSettleable(tx, accountId, chargeId);
    if (charge === undefined) throw new AppError("not_found", `There is no charge ${chargeId}.`);
    refuse(charge, kind);
    if (!(await engine.sends.mayClaim(tx, connection))) {
      const message = "Nothing is sent at present: `maedal doctor` says why. Ask again when it is.";
      throw new AppError("conflict", message);
    }
    const amount = amountToCapture(charge.amount, amountMinor);
    if (amount === undefined) {
      const most = charge.amount.amountMinor;
      const message = `A capture takes from 1 to ${most}, which is what is held: change the amount.`;
      throw new AppError("amount_out_of_range", message, { path: "amount" });
    }
    const lease = { accountId, chargeId, leaseToken: effects.random.uuid() };
    const call = { lease, id: newId("att", effects.random), n: charge.callCount + 1, kind };
    const row = { ...call, amountMinor: amount.amountMinor, requestedBy };
    await saveCall(tx, row, leaseMs(windows, capabilities.timeouts));
    const word = { accountId, by: requestedBy, action: `charge.${kind}_requested` };
    const evidence = { call: call.n, amountMinor: row.amountMinor };
    await recordWord(tx, effects.random, { ...word, subjectId: chargeId, evidence });
    return { lease, callId: call.id, kind, held: charge, amount, claimedAtMs };
  });
}

/** Sends a claimed call, once. Never throws: in doubt the outcome is unknown. */
async function send(
  engine: Engine,
  { id: connectionId, mode }: Connection,
  { capabilities }: Gateway,
  authorizations: Authorizations,
  { amount, callId, claimedAtMs, held, kind, lease }: ClaimedSettlement,
): Promise<SettleResult> {
  const end = (outcome: SettleOutcome, exchange: SettleResult["exchange"]): SettleResult => ({
    of: "call",
    lease,
    kind,
    outcome,
    exchange,
  });
  const { orderId, paymentId } = held;
  const { accountId, chargeId } = lease;
  const call = { kind, attemptId: callId, via: undefined } as const;
  const sent = { ...call, accountId, connectionId, chargeId, orderId, amount };
  const why = await whyNotRecorded(engine.sends, sent);
  if (why !== undefined) {
    return end({ kind: "not_sent", code: unrecorded, message: why }, undefined);
  }
  const { sendGateMs } = windowsFor(mode, engine.windows);
  if (engine.effects.clock.monotonicMs() - claimedAtMs > sendGateMs) {
    const message = "too long since the claim: not sent";
    return end({ kind: "not_sent", code: "send_gate_closed", message }, undefined);
  }
  try {
    const order = { paymentId, orderId, amount };
    const payment = await (kind === "capture"
      ? authorizations.capture(order)
      : authorizations.void(order));
    const outcome = outcomeOfSettling(kind, held, amount, payment, capabilities);
    return end(outcome, payment.exchange);
  } catch (error) {
    if (error instanceof GatewayError) return end(outcomeOfSettleFailure(error), error.exchange);
    engine.log.error({ chargeId, error }, `a ${kind} failed in our own code`);
    return end(outcomeOfSettleFailure(error), undefined);
  }
}

/** Whoever asked hears of a "no" at once; the charge has it on record. */
function tellRefusal(kind: SettleKind, decision: SettleDecision): void {
  if (decision.to === "captured" || decision.to === "in_review") return;
  const { failure } = decision;
  const said = failure === undefined ? "" : ` It said: ${failure.message} (${failure.code}).`;
  if (decision.to === "voided" && decision.because === "released") {
    throw new AppError(
      "authorization_released",
      `The provider gave the money up instead of capturing it.${said} The charge is voided and its invoice open; see its events for when it is charged again.`,
    );
  }
  const isRefused = failure !== undefined && failure.failure !== "outcome_unknown";
  if (decision.to === "voided" || !isRefused) return;
  const now =
    decision.to === "authorized"
      ? "The money is still held."
      : "The provider is being asked what is still held: read the charge again.";
  const message = `The provider did not ${kind} it (${failure.failure}).${said} ${now}`;
  throw new AppError("authorization_refused", message);
}
