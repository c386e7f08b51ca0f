/**
 * Confirms an approved window: the provider takes the money, and its answer carries the billing key.
 * Claimed, sent and recorded like any charge; charge, key and registration are written in one
 * transaction. When the answer is lost, the reconciler finds the payment, and the customer, who has
 * paid, is asked to register once more: the key is in no other answer.
 */
import {
  isSameMoney,
  type Gateway,
  type PaymentWindow as GatewayWindow,
  type RegisteredBillingKey,
} from "@maedal/gateways";
import { saveKeysPaid } from "../billing-keys/key-health-store.ts";
import { lockLane, saveClaims } from "../charges/charge-store.ts";
import { paymentOf, type CallResult } from "../charges/call-result.ts";
import { checkResentOrder } from "../charges/check-resent-order.ts";
import { noteLatePayment } from "../charges/late-payment.ts";
import { recordResults } from "../charges/record-outcomes.ts";
import { sendClaimed, type SendableClaim } from "../charges/send-charge.ts";
import { leaseMs, windowsFor } from "../charges/windows.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import type { Completion } from "../registrations/complete-registration.ts";
import { nowOfCustomer } from "../registrations/customer-clock.ts";
import { failRegistration } from "../registrations/fail-registration.ts";
import { lockRegistration, releaseExchange } from "../registrations/registration-store.ts";
import { storeIssuedKey } from "../registrations/store-issued-key.ts";
import {
  effectiveNowOf,
  getPrice,
  lockSubscription,
  saveSubscriptions,
} from "../subscriptions/subscription-store.ts";
import { start, stateOf, type Subscription } from "../subscriptions/subscription.ts";
import {
  dateDraft,
  findPaymentWindow,
  lockForConfirmation,
  saveIssuedKey,
  saveWindowStatus,
  type ConfirmableCharge,
  type PaymentWindow,
} from "./payment-window-store.ts";
import { approvalStep } from "./payment-window.ts";

/**
 * One step of an approved window; whatever is not decided now is taken up again later.
 *
 * @throws {GatewayError} when the provider cannot say how the window stands. No money moved by this.
 */
export async function confirmPaymentWindow(
  engine: Engine,
  gateway: Gateway,
  window: GatewayWindow,
  completion: Completion,
): Promise<void> {
  const { registration, handle } = completion;
  const approved = await findPaymentWindow(engine.database, registration, handle.authKey);
  if (approved === undefined) throw new Error(`registration ${registration.id} has no such window`);
  const step = approvalStep(approved.chargeStatus, approved.attempt);
  if (step !== "confirm") return await settle(engine, completion, approved);

  const state = await window.check(approved.windowId);
  if (state === "over") {
    await saveWindowStatus(engine.database, approved, "over");
    return await fail(engine, completion, "window_over", undefined);
  }
  if (state === "waiting") return await release(engine, completion);
  const claim = await claimConfirmation(engine, gateway, completion, approved);
  if (claim === "superseded") return await giveWay(engine, completion, approved);
  if (claim === "held_back") return await release(engine, completion);
  await send(engine, gateway, window, completion, { approved, claim });
}

async function send(
  engine: Engine,
  gateway: Gateway,
  window: GatewayWindow,
  completion: Completion,
  { approved, claim }: { readonly approved: PaymentWindow; readonly claim: SendableClaim },
): Promise<void> {
  let issued: RegisteredBillingKey | undefined;
  const { windowId, orderId, amount } = approved;
  const result = await sendClaimed(engine, completion.connection, gateway, claim, async () => {
    return async () => {
      const confirmed = await window.confirm({ windowId, orderId, amount });
      issued = confirmed.billingKey;
      return confirmed.payment;
    };
  });
  await record(engine, completion, approved, result, issued);
  await checkResentOrder(engine, result);
  if (issued !== undefined) return;
  const after = await findPaymentWindow(engine.database, completion.registration, windowId);
  if (after !== undefined) await settle(engine, completion, after);
}

/** The gate did not let it through: somebody else has the charge, or nobody wants it as agreed. */
async function giveWay(
  engine: Engine,
  completion: Completion,
  { windowId }: PaymentWindow,
): Promise<void> {
  const now = await findPaymentWindow(engine.database, completion.registration, windowId);
  const isStillOffered =
    now !== undefined && approvalStep(now.chargeStatus, now.attempt) === "confirm";
  if (isStillOffered) return await fail(engine, completion, "superseded", undefined);
  if (now !== undefined) await settle(engine, completion, now);
}

/** What happens to a registration whose window is not to be confirmed (again). */
async function settle(
  engine: Engine,
  completion: Completion,
  window: PaymentWindow,
): Promise<void> {
  const { refusal } = window;
  switch (approvalStep(window.chargeStatus, window.attempt)) {
    case "confirm":
    case "wait":
      return await release(engine, completion);
    case "key_lost":
      await saveWindowStatus(engine.database, window, "paid");
      return await fail(engine, completion, "key_lost", keyLostMessage);
    case "refused":
      return await fail(engine, completion, refusal?.code ?? "refused", refusal?.message);
    case "superseded":
      return await fail(engine, completion, "superseded", undefined);
  }
}

// ── The claim ────────────────────────────────────────────────────────────────────────────────────

async function claimConfirmation(
  engine: Engine,
  { capabilities }: Gateway,
  { connection, registration }: Completion,
  approved: PaymentWindow,
): Promise<SendableClaim | "superseded" | "held_back"> {
  const { database, effects } = engine;
  const { accountId, id: connectionId, mode } = connection;
  const claimedAtMs = effects.clock.monotonicMs();
  const lease = leaseMs(windowsFor(mode, engine.windows), capabilities.timeouts);
  return await database.transaction(async (tx) => {
    // The subscription first, as a cancel does, so that the two wait for each other and never cross.
    await lockSubscription(tx, accountId, registration.subscriptionId ?? "");
    const lane = await lockLane(tx, accountId, connectionId);
    if (lane === undefined || lane.inFlight >= lane.concurrency) return "held_back";
    if (!(await engine.sends.mayClaim(tx, connection))) return "held_back";
    const charge = await lockForConfirmation(tx, approved);
    if (charge === undefined || !isSameMoney(charge.amount, approved.amount)) return "superseded";
    if (charge.isKeyBusy) return "held_back";
    const isAsAgreed =
      charge.invoiceStatus === "open" ||
      (await beginToday(tx, accountId, registration.subscriptionId, charge));
    if (!isAsAgreed) return "superseded";
    const leaseToken = effects.random.uuid();
    const attemptId = newId("att", effects.random);
    const row = {
      accountId,
      chargeId: charge.id,
      attemptId,
      attemptNumber: charge.attemptCount + 1,
      via: { paymentWindowId: approved.id },
      idempotencyKey: effects.random.uuid(),
      leaseToken,
    };
    await saveClaims(tx, [row], lease);
    const call = { kind: "confirm", attemptId, via: approved.id } as const;
    return { charge, call, lease: { accountId, chargeId: charge.id, leaseToken }, claimedAtMs };
  });
}

/**
 * The first period begins on the day that it is paid, not on the day that its window was opened.
 *
 * @returns false when the plan has changed since: the customer agreed to something else.
 */
async function beginToday(
  tx: Transaction,
  accountId: string,
  subscriptionId: string | undefined,
  { amount, invoiceId, isOfPeriod }: ConfirmableCharge,
): Promise<boolean> {
  if (!isOfPeriod) return true;
  const subscription = await lockSubscription(tx, accountId, subscriptionId ?? "");
  if (subscription === undefined || subscription.anchorOn !== undefined) return false;
  const price = await getPrice(tx, accountId, subscription.priceId);
  const now = await effectiveNowOf(tx, accountId, subscription.testClockId);
  const { bill } = start(subscription, price, "", now);
  if (bill === undefined || !isSameMoney(price.amount, amount)) return false;
  await dateDraft(tx, { accountId, invoiceId }, bill.period, bill.dueAt);
  return true;
}

// ── The record ───────────────────────────────────────────────────────────────────────────────────

/** The key is in no other answer, so its record is tried again through short troubles. */
const recordTries = 8;
const recordPauseMs = 250;

async function record(
  engine: Engine,
  { connection, registration }: Completion,
  approved: PaymentWindow,
  result: CallResult,
  issued: RegisteredBillingKey | undefined,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await engine.database.transaction(async (tx) => {
        const locked = await lockRegistration(tx, registration);
        const late = await recordResults(tx, engine, [result]);
        const payment = late.length > 0 ? paymentOf(result) : undefined;
        if (payment !== undefined) {
          await noteLatePayment(tx, engine, connection, { ...payment, orderId: approved.orderId });
        }
        if (issued === undefined) return;
        const { accountId } = approved;
        const billingKeyId = await storeIssuedKey(tx, engine, locked, issued, "attach");
        if (billingKeyId !== undefined) {
          const { customerId } = registration;
          const paidWith = { accountId, chargeId: approved.chargeId, billingKeyId };
          await saveIssuedKey(tx, paidWith, { isLate: late.length > 0 });
          const paidAt = await nowOfCustomer(tx, accountId, customerId);
          await saveKeysPaid(tx, [{ accountId, billingKeyId, paidAt }]);
        }
        await saveWindowStatus(tx, approved, "paid");
      });
      return;
    } catch (error) {
      if (tries >= recordTries) throw error;
      const { id: registrationId } = registration;
      engine.log.error(
        { registrationId, error, tries },
        "a confirmation could not be recorded yet",
      );
      await engine.effects.timers.sleep(recordPauseMs * 2 ** tries);
    }
  }
}

const keyLostMessage = "the payment arrived, the billing key that came with it did not";

/**
 * The registration brought no key. A subscription that was paid all the same goes on, and asks for a
 * method before anything more can be collected.
 */
async function fail(
  engine: Engine,
  { registration, token }: Completion,
  code: string,
  message: string | undefined,
): Promise<void> {
  const { accountId, subscriptionId = "" } = registration;
  const why = { code, message, pausesConnection: false };
  await engine.database.transaction(async (tx) => {
    await lockRegistration(tx, registration);
    const subscription = await lockSubscription(tx, accountId, subscriptionId);
    if (!(await failRegistration(tx, engine, registration, token, why))) return;
    if (subscription === undefined || !asksForMethod(subscription, code)) return;
    const state = { ...stateOf(subscription), methodRequired: true };
    await saveSubscriptions(tx, [{ accountId, id: subscriptionId, state }]);
    const occurredAt = await effectiveNowOf(tx, accountId, subscription.testClockId);
    const data = { subscriptionId, reason: code };
    const type = "subscription.method_required";
    await appendEvents(tx, engine.effects.random, [
      { accountId, subscriptionId, type, data, occurredAt },
    ]);
  });
}

/** It has begun, or paid to begin, without a key, and nobody has been asked for one. */
function asksForMethod(subscription: Subscription, code: string): boolean {
  const { status, billingKeyId, methodRequired } = subscription;
  const hasPaid = code === "key_lost" || status !== "incomplete";
  return hasPaid && status !== "canceled" && billingKeyId === undefined && !methodRequired;
}

/** Taken up again later, by whoever asks or by the worker. */
async function release(engine: Engine, { connection, registration, token }: Completion) {
  const [waitMs = 0] = windowsFor(connection.mode, engine.windows).lookUpLadderMs;
  await releaseExchange(engine.database, registration, token, waitMs);
}
