/**
 * Records what became of open calls, many in one transaction. Safe to run twice: a result whose lease
 * token is gone changes nothing, is logged, and does not hold up the others it came with (rule 8).
 */
import type { Exchange, ProviderPayment } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { loseBillingKey } from "../billing-keys/lose-billing-key.ts";
import { findBillingKey, saveMethodLabels } from "../billing-keys/billing-key-store.ts";
import { collectOwed } from "../billing-keys/collect-owed.ts";
import { pauseConnection, saveObservations } from "../connections/connection-store.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import {
  getPrices,
  lockSubscriptions,
  saveSubscriptions,
} from "../subscriptions/subscription-store.ts";
import type { Price, Subscription, SubscriptionState } from "../subscriptions/subscription.ts";
import {
  findTakenPayments,
  insertFoundRefunds,
  insertLookUps,
  saveAttemptResults,
  saveChargeResults,
  saveInvoiceResults,
  type AttemptResult,
  type ChargeResult,
  type PaymentKey,
} from "./charge-result-store.ts";
import { lockOpenCharges, subscriptionsOf, type Lease, type OpenCharge } from "./charge-store.ts";
import {
  afterAttempt,
  afterLookUp,
  type AttemptEnd,
  type ChargeDecision,
  type DecisionContext,
} from "./charge.ts";
import { followUp, isMethodReplaced, type FollowUp } from "./follow-up.ts";
import type { AttemptOutcome, LookUpFinding } from "./outcome.ts";
import { windowsFor } from "./windows.ts";

/** What a call brought back: a charge's answer, or a look-up's. */
export type CallResult =
  | {
      readonly of: "attempt";
      readonly lease: Lease;
      readonly outcome: AttemptOutcome;
      readonly exchange: Exchange | undefined;
      readonly declinedIdReusable: boolean;
    }
  | {
      readonly of: "look_up";
      readonly lease: Lease;
      readonly finding: LookUpFinding;
      /** By the database's clock, before the question: what it proves, it proves of then. */
      readonly askedAt: Temporal.Instant;
      readonly exchange: Exchange | undefined;
      readonly declinedIdReusable: boolean;
    };

interface Decided {
  readonly charge: OpenCharge;
  readonly result: CallResult;
  readonly decision: ChargeDecision;
  readonly followUp: FollowUp;
}

/**
 * @returns The results that were too late: their charge had been taken over meanwhile.
 * @throws whatever the database throws; then nothing was recorded, and the leases run out.
 */
export async function recordOutcomes(
  engine: Engine,
  results: readonly CallResult[],
): Promise<readonly CallResult[]> {
  const late = await engine.database.transaction((tx) => recordIn(tx, engine, results));
  for (const { lease, of } of late) {
    engine.log.warn({ chargeId: lease.chargeId, of }, "a result came after its lease: ignored");
  }
  return late;
}

async function recordIn(
  tx: Transaction,
  engine: Engine,
  results: readonly CallResult[],
): Promise<readonly CallResult[]> {
  const leases = results.map(({ lease }) => lease);
  // Subscriptions first, as a cancel does, so that the two wait for each other and never cross.
  const subscriptions = await lockSubscriptions(tx, await subscriptionsOf(tx, leases));
  const charges = await lockOpenCharges(tx, leases, (text) => Temporal.Instant.from(text));
  const prices = await pricesOf(tx, subscriptions);
  const believed = await withoutTakenPayments(tx, results, charges);
  const decided = decideAll(engine, believed, charges, subscriptions, prices);

  const saved = await saveChargeResults(tx, decided.map(chargeResult));
  if (saved !== decided.length) throw new Error(`saved ${saved} of ${decided.length} charges`);
  await saveAttemptResults(tx, decided.flatMap(attemptResults));
  await insertLookUps(tx, decided.flatMap(lookUpRecords(engine)));
  await saveInvoiceResults(tx, decided.map(invoiceResult));
  await insertFoundRefunds(tx, decided.flatMap(refundRecords(engine)));
  await saveSubscriptions(tx, lastStates(decided));
  await saveAround(tx, engine, decided);
  await collectWithReplacements(tx, engine, decided, subscriptions);

  const recorded = new Set(decided.map(({ result }) => result.lease.leaseToken));
  return results.filter(({ lease }) => !recorded.has(lease.leaseToken));
}

/** A payment that another charge has already is not ours, whatever else it says (rule 7). */
async function withoutTakenPayments(
  tx: Transaction,
  results: readonly CallResult[],
  charges: readonly OpenCharge[],
): Promise<CallResult[]> {
  const byToken = new Map(charges.map((charge) => [charge.leaseToken, charge]));
  // A zombie's result is not recorded, so it takes nothing from anybody.
  const claimOf = (result: CallResult): PaymentKey | undefined => {
    const charge = byToken.get(result.lease.leaseToken);
    return charge && paymentKeyOf(result, charge);
  };
  const claimed = results.flatMap((result) => claimOf(result) ?? []);
  const nameOf = (it: PaymentKey) => `${it.accountId} ${it.connectionId} ${it.paymentId}`;
  const taken = new Set((await findTakenPayments(tx, claimed)).map(nameOf));
  return results.map((result) => {
    const claim = claimOf(result);
    const payment = paymentOf(result);
    if (claim === undefined || payment === undefined) return result;
    const isTaken = taken.has(nameOf(claim));
    taken.add(nameOf(claim));
    return isTaken ? asMismatch(result, payment) : result;
  });
}

/** The payment that a result would have us adopt. */
function paymentOf(result: CallResult): ProviderPayment | undefined {
  const found = result.of === "attempt" ? result.outcome : result.finding;
  return found.kind === "captured" || found.kind === "captured_before" ? found.payment : undefined;
}

function paymentKeyOf(result: CallResult, charge: OpenCharge): PaymentKey | undefined {
  const paymentId = paymentOf(result)?.paymentId;
  if (paymentId === undefined) return undefined;
  const { connectionId } = paidOrderOf(result, charge);
  return { accountId: charge.accountId, connectionId, paymentId };
}

/** The order that was paid: the charge's own, or an earlier one of its invoice. */
function paidOrderOf(
  result: CallResult,
  charge: OpenCharge,
): { readonly orderId: string; readonly connectionId: string } {
  const isEarlier = result.of === "attempt" && result.outcome.kind === "captured_before";
  const { connectionId, orderId } = isEarlier ? result.outcome : charge;
  return { connectionId, orderId };
}

function asMismatch(result: CallResult, payment: ProviderPayment): CallResult {
  const message = `payment ${payment.paymentId} belongs to another charge already`;
  return result.of === "attempt"
    ? { ...result, outcome: { kind: "mismatch", code: "payment_taken", message } }
    : { ...result, finding: { kind: "mismatch", payment, detail: message } };
}

async function pricesOf(
  tx: Transaction,
  subscriptions: readonly Subscription[],
): Promise<Map<string, Price>> {
  const byAccount = Map.groupBy(subscriptions, ({ accountId }) => accountId);
  const found = new Map<string, Price>();
  for (const [accountId, theirs] of byAccount) {
    const prices = await getPrices(
      tx,
      accountId,
      theirs.map(({ priceId }) => priceId),
    );
    for (const [id, price] of prices) found.set(id, price);
  }
  return found;
}

/** Decides one after the other, so that two charges of one subscription see each other's effect. */
function decideAll(
  engine: Engine,
  results: readonly CallResult[],
  charges: readonly OpenCharge[],
  subscriptions: readonly Subscription[],
  prices: ReadonlyMap<string, Price>,
): Decided[] {
  const byToken = new Map(charges.map((charge) => [charge.leaseToken, charge]));
  const current = new Map(subscriptions.map((subscription) => [subscription.id, subscription]));
  const decided: Decided[] = [];
  const paidHere = new Map<string, number>();
  for (const result of results) {
    const charge = withoutPaid(byToken.get(result.lease.leaseToken), paidHere);
    const subscription = charge && current.get(charge.subscriptionId);
    const price = subscription && prices.get(subscription.priceId);
    if (charge === undefined || subscription === undefined || price === undefined) continue;
    const decision = decide(engine, charge, subscription, result);
    const failure = failureClassOf(result, decision);
    const consequences = followUp(charge, decision, subscription, price, failure);
    decided.push({ charge, result, decision, followUp: consequences });
    current.set(subscription.id, { ...subscription, ...consequences.subscription });
    const paid = (paidHere.get(subscription.id) ?? 0) + (decision.to === "captured" ? 1 : 0);
    paidHere.set(subscription.id, paid);
  }
  return decided;
}

/** The charge as it stands after the payments decided before it in this transaction. */
function withoutPaid(
  charge: OpenCharge | undefined,
  paidHere: ReadonlyMap<string, number>,
): OpenCharge | undefined {
  if (charge === undefined) return undefined;
  const paid = paidHere.get(charge.subscriptionId) ?? 0;
  return { ...charge, otherOpenInvoices: charge.otherOpenInvoices - paid };
}

function decide(
  engine: Engine,
  charge: OpenCharge,
  subscription: Subscription,
  result: CallResult,
): ChargeDecision {
  const context: DecisionContext = {
    dunning: engine.dunning,
    windows: windowsFor(charge.mode, engine.windows),
    declinedIdReusable: result.declinedIdReusable,
    now: charge.now,
    realNow: result.of === "look_up" ? result.askedAt : charge.realNow,
    isWanted: subscription.status !== "canceled" && charge.invoiceStatus === "open",
  };
  if (result.of === "look_up") return afterLookUp(charge, result.finding, context);
  const end = attemptEndOf(result.outcome);
  const attempts = charge.attempts.map((attempt) =>
    attempt.outcome === undefined ? { ...attempt, outcome: end } : attempt,
  );
  return afterAttempt({ ...charge, attempts }, result.outcome, context);
}

function attemptEndOf(outcome: AttemptOutcome): AttemptEnd {
  switch (outcome.kind) {
    case "captured":
    case "declined":
    case "refused":
    case "not_sent":
    case "unknown":
      return outcome.kind;
    case "captured_before":
      return "not_sent";
    case "mismatch":
      return "unknown";
  }
}

/** The class of the refusal that was decided on; undefined when there was none. */
function failureClassOf(result: CallResult, decision: ChargeDecision): string | undefined {
  if (result.of === "look_up") {
    // A failed record that decides no attempt says nothing about the key either.
    if (decision.to === "reconciling" || decision.to === "in_review") return undefined;
    return result.finding.kind === "failed" ? result.finding.payment.failure?.failure : undefined;
  }
  const { outcome } = result;
  return outcome.kind === "declined" || outcome.kind === "refused" ? outcome.failure : undefined;
}

function chargeResult({ charge, result, decision, followUp: next }: Decided): ChargeResult {
  const scheduled = decision.to === "scheduled" ? decision : undefined;
  const reconciling = decision.to === "reconciling" ? decision : undefined;
  const paid = decision.to === "captured" ? paidOrderOf(result, charge) : undefined;
  const failure =
    decision.to === "in_review"
      ? { failure: decision.reason, code: decision.code, message: decision.message }
      : "failure" in decision
        ? decision.failure
        : undefined;
  return {
    accountId: charge.accountId,
    chargeId: charge.id,
    leaseToken: charge.leaseToken,
    status: decision.to,
    dueAt: scheduled?.dueAt,
    heldForMs: scheduled?.heldForMs ?? 0,
    orderId: next.orderId,
    generation: next.generation,
    declines: "declines" in decision ? decision.declines : charge.declines,
    resends: scheduled?.resends ?? charge.resends,
    unsent: scheduled?.unsent ?? 0,
    lookUpInMs: reconciling?.lookUpInMs,
    lookUps: result.of === "look_up" ? charge.lookUps + 1 : 0,
    notFound: reconciling?.notFound ?? "kept",
    paymentId: decision.to === "captured" ? decision.payment.paymentId : undefined,
    paidOrderId: paid?.orderId,
    paidConnectionId: paid?.connectionId,
    capturedAt: next.capturedAt,
    refundedMinor: next.refundedMinor,
    failureClass: failure?.failure,
    failureCode: failure?.code,
    failureMessage: failure?.message,
    reviewReason: decision.to === "in_review" ? decision.reason : undefined,
  };
}

function attemptResults({ charge, result, decision }: Decided): AttemptResult[] {
  const base = { accountId: charge.accountId, chargeId: charge.id };
  if (result.of === "attempt") {
    const open = charge.attempts.find(({ outcome }) => outcome === undefined);
    if (open === undefined) return [];
    const words = wordsOf(result.outcome);
    const { exchange } = result;
    const outcome = attemptEndOf(result.outcome);
    return [{ ...base, n: open.n, outcome, ...words, httpStatus: exchange?.status, exchange }];
  }
  return decidedByLookUp(charge, result.finding, decision).map(({ n, outcome, failure }) => ({
    ...base,
    n,
    outcome,
    failureClass: failure?.failure,
    failureCode: failure?.code,
    failureMessage: failure?.message,
    httpStatus: undefined,
    exchange: undefined,
  }));
}

interface DecidedAttempt {
  readonly n: number;
  readonly outcome: AttemptEnd;
  readonly failure: ProviderPayment["failure"];
}

/** The one attempt that a look-up settles: only when there is no doubt whose record was found. */
function decidedByLookUp(
  charge: OpenCharge,
  finding: LookUpFinding,
  decision: ChargeDecision,
): DecidedAttempt[] {
  const unknown = charge.attempts.filter(({ outcome }) => outcome === "unknown");
  const [only] = unknown;
  if (finding.kind === "captured" && only !== undefined && unknown.length === 1) {
    return [{ n: only.n, outcome: "captured", failure: undefined }];
  }
  if (finding.kind !== "failed" || (decision.to !== "scheduled" && decision.to !== "failed")) {
    return [];
  }
  return only === undefined || unknown.length > 1
    ? []
    : [{ n: only.n, outcome: "declined", failure: finding.payment.failure }];
}

function wordsOf(
  outcome: AttemptOutcome,
): Pick<AttemptResult, "failureClass" | "failureCode" | "failureMessage"> {
  if (outcome.kind === "captured" || outcome.kind === "captured_before") {
    return { failureClass: undefined, failureCode: undefined, failureMessage: undefined };
  }
  const failureClass =
    "failure" in outcome
      ? outcome.failure
      : outcome.kind === "unknown"
        ? "outcome_unknown"
        : outcome.kind;
  return { failureClass, failureCode: outcome.code, failureMessage: outcome.message };
}

const lookUpRecords =
  (engine: Engine) =>
  ({ charge, result }: Decided) => {
    if (result.of === "attempt") return [];
    const { finding, exchange } = result;
    const detail =
      finding.kind === "no_answer"
        ? `${finding.code}: ${finding.message}`
        : finding.kind === "mismatch"
          ? finding.detail
          : undefined;
    const { accountId, id: chargeId, orderId } = charge;
    const id = newId("att", engine.effects.random);
    return [{ accountId, chargeId, id, orderId, finding: finding.kind, detail, exchange }];
  };

function invoiceResult({ charge, followUp: { invoice } }: Decided) {
  return { accountId: charge.accountId, invoiceId: charge.invoiceId, ...invoice };
}

const refundRecords =
  (engine: Engine) =>
  ({ charge, result, followUp: { refunds, capturedAt } }: Decided) =>
    refunds.map((refund) => ({
      accountId: charge.accountId,
      id: newId("rfd", engine.effects.random),
      chargeId: charge.id,
      connectionId: paidOrderOf(result, charge).connectionId,
      amountMinor: refund.amountMinor,
      currency: charge.amount.currency,
      transactionId: refund.transactionId,
      reason: refund.reason,
      refundedAt: refund.refundedAt ?? capturedAt ?? charge.now,
    }));

/** One state per subscription: the last decided one has seen those before it. */
function lastStates(
  decided: readonly Decided[],
): { accountId: string; id: string; state: SubscriptionState }[] {
  const states = new Map(
    decided.map(({ charge, followUp: { subscription } }) => [
      charge.subscriptionId,
      { accountId: charge.accountId, id: charge.subscriptionId, state: subscription },
    ]),
  );
  return [...states.values()];
}

/** A call with an old method has ended, unpaid: the one that replaced it meanwhile is next. */
async function collectWithReplacements(
  tx: Transaction,
  engine: Engine,
  decided: readonly Decided[],
  subscriptions: readonly Subscription[],
): Promise<void> {
  for (const { charge, decision } of decided) {
    const subscription = subscriptions.find(({ id }) => id === charge.subscriptionId);
    const isOver = decision.to === "failed" || decision.to === "scheduled";
    if (!isOver || subscription === undefined || !isMethodReplaced(charge, subscription)) continue;
    const key = await findBillingKey(tx, charge.accountId, subscription.billingKeyId ?? "");
    if (key?.status !== "active") continue;
    const { random } = engine.effects;
    const events = await collectOwed(tx, random, subscription, key, charge.now);
    await appendEvents(tx, random, events);
  }
}

/** Keys, connection, observations and events around the charges. */
async function saveAround(
  tx: Transaction,
  engine: Engine,
  decided: readonly Decided[],
): Promise<void> {
  const events: NewEvent[] = decided.flatMap((it) => it.followUp.events);
  const labels = decided.flatMap(({ charge, followUp: { methodLabel } }) =>
    methodLabel === undefined
      ? []
      : [{ accountId: charge.accountId, billingKeyId: charge.billingKeyId, methodLabel }],
  );
  await saveMethodLabels(tx, labels);
  const sightings = decided.flatMap(({ charge, followUp: { observations } }) =>
    observations.map(({ code, detail }) => ({
      accountId: charge.accountId,
      connectionId: charge.connectionId,
      code,
      detail,
    })),
  );
  await saveObservations(tx, sightings);
  for (const { charge, followUp: next } of decided) {
    const { accountId, connectionId, billingKeyId, now } = charge;
    if (next.pauseReason !== undefined) {
      const paused = await pauseConnection(tx, accountId, connectionId, next.pauseReason);
      const data = { connectionId, reason: next.pauseReason };
      const type = "gateway_connection.paused";
      if (paused)
        events.push({ accountId, subscriptionId: undefined, type, data, occurredAt: now });
    }
    if (next.lostKey !== undefined) {
      events.push(...(await loseBillingKey(tx, { accountId, billingKeyId, now, ...next.lostKey })));
    }
  }
  await appendEvents(tx, engine.effects.random, events);
}
