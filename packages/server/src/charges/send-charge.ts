/**
 * Sends one claimed charge: the gate, the look at earlier order ids, one request. Never throws: what
 * went wrong is the outcome, and in doubt it is unknown. No transaction is open while we wait.
 */
import { GatewayError, type Exchange, type Gateway, type ProviderPayment } from "@maedal/gateways";
import { openBillingKey } from "../billing-keys/billing-key-secret.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import { missingPayerDetails, payerDetailsOf } from "../customers/payer-details.ts";
import type { Engine } from "../engine.ts";
import type { Send } from "../journal/journal-line.ts";
import { unrecorded, whyNotRecorded } from "../journal/send-guard.ts";
import type { DueCharge, Lease } from "./charge-store.ts";
import type { ClaimedCharge } from "./claim-charges.ts";
import { differsFrom, outcomeOfAnswer, outcomeOfFailure, type AttemptOutcome } from "./outcome.ts";
import type { CallResult } from "./call-result.ts";
import { windowsFor } from "./windows.ts";

export async function sendCharge(
  engine: Engine,
  connection: Connection,
  gateway: Gateway,
  claim: ClaimedCharge,
): Promise<CallResult> {
  const { charge, idempotencyKey } = claim;
  const call = { kind: "charge", attemptId: claim.attemptId, via: charge.billingKeyId } as const;
  return await sendClaimed(engine, connection, gateway, { ...claim, call }, async () => {
    const missing = missingDetails(charge, gateway);
    if (missing !== undefined) return missing;
    const secret = await secretOf(engine, charge);
    if (secret === undefined) return unsent("secret_unreadable", "the billing key does not open");
    const { orderId, orderName, amount, capture, payer } = charge;
    const details = payerDetailsOf(payer, gateway.capabilities.payerDetails);
    const order = { secret, orderId, orderName, amount, capture, idempotencyKey, ...details };
    // A client may have to wait for its token first, and this process may sleep meanwhile.
    const isStillInTime = () => !isGateClosed(engine, connection, claim);
    return () => gateway.chargeBillingKey({ ...order, isStillInTime });
  });
}

/** A claimed charge as the gate sees it, whatever it asks to be paid. */
export interface SendableClaim {
  readonly charge: SendableCharge;
  readonly lease: Lease;
  readonly call: Pick<Send, "kind" | "attemptId" | "via">;
  /** On this process's monotonic clock, from before the claim. */
  readonly claimedAtMs: number;
}

export type SendableCharge = Pick<
  DueCharge,
  "accountId" | "id" | "orderId" | "amount" | "capture" | "earlierOrders"
>;

/**
 * The one way to a provider's money, for keys and windows alike.
 *
 * @param prepare Does all that comes before the first byte; an outcome when nothing can be sent.
 */
export async function sendClaimed(
  engine: Engine,
  connection: Connection,
  gateway: Gateway,
  claim: SendableClaim,
  prepare: () => Promise<(() => Promise<ProviderPayment>) | AttemptOutcome>,
): Promise<CallResult> {
  const { charge, lease } = claim;
  const { declinedIdReusable } = gateway.capabilities;
  const end = (outcome: AttemptOutcome, exchange?: Exchange): CallResult => {
    return { of: "attempt", lease, outcome, exchange, declinedIdReusable };
  };
  const earlier = await lookAtEarlierOrders(engine, charge);
  if (earlier !== "all_clear") return end(earlier);

  const send = await prepare();
  if (typeof send !== "function") return end(send);
  const why = await whyNotRecorded(engine.sends, sendOf(claim, connection));
  if (why !== undefined) return end(unsent(unrecorded, why));
  if (isGateClosed(engine, connection, claim)) {
    return end(unsent("send_gate_closed", "too long since the claim: not sent"));
  }
  try {
    const payment = await send();
    return end(outcomeOfAnswer(charge, payment, gateway.capabilities), payment.exchange);
  } catch (error) {
    if (!(error instanceof GatewayError)) logBug(engine, charge, error);
    return end(outcomeOfFailure(error), error instanceof GatewayError ? error.exchange : undefined);
  }
}

function sendOf({ call, charge }: SendableClaim, { id: connectionId }: Connection): Send {
  const { accountId, amount, id: chargeId, orderId } = charge;
  return { ...call, accountId, connectionId, chargeId, orderId, amount };
}

/** Time between the claim and the first byte: past the gate, another worker may think us dead. */
function isGateClosed(
  engine: Engine,
  { mode }: Connection,
  { claimedAtMs }: Pick<SendableClaim, "claimedAtMs">,
): boolean {
  const { sendGateMs } = windowsFor(mode, engine.windows);
  return engine.effects.clock.monotonicMs() - claimedAtMs > sendGateMs;
}

/** Asking again would not bring it: the charge goes to a person, who is told what to do. */
function missingDetails(
  { customerId, payer }: DueCharge,
  { capabilities, label }: Gateway,
): AttemptOutcome | undefined {
  const missing = missingPayerDetails(payer, capabilities.payerDetails);
  if (missing.length === 0) return undefined;
  const list = missing.join(" and ");
  const message = `${label} must be told the customer's ${list}: add it with PATCH /v1/customers/${customerId}, then decide that the charge was not paid, and it is sent.`;
  return { kind: "refused", failure: "invalid_request", code: "payer_details_missing", message };
}

async function secretOf(engine: Engine, charge: DueCharge) {
  try {
    const dataKey = await engine.keys.dataKeyOf(engine.database, charge.accountId);
    const { accountId, customerId, billingKeyId: id } = charge;
    return openBillingKey(dataKey, charge.encryptedSecret, { accountId, customerId, id });
  } catch (error) {
    logBug(engine, charge, error);
    return undefined;
  }
}

/**
 * Before a new order id is sent, all earlier ids of the invoice are looked up (rule 2): each was
 * refused, but only the provider knows whether it really stayed so.
 *
 * @returns The outcome that replaces the send, or that there is nothing against it.
 */
async function lookAtEarlierOrders(
  engine: Engine,
  charge: SendableCharge,
): Promise<AttemptOutcome | "all_clear"> {
  for (const { orderId, connectionId } of charge.earlierOrders) {
    const found = await lookUpEarlier(engine, charge.accountId, connectionId, orderId);
    if (found instanceof GatewayError && found.failure === "mismatch") {
      return { kind: "mismatch", code: "earlier_order_differs", message: found.message };
    }
    if (found instanceof Error) {
      return unsent("earlier_order_unclear", `the earlier order ${orderId} could not be looked up`);
    }
    if (found === undefined) continue;
    const difference = differsFrom({ orderId, amount: charge.amount }, found, [
      "orderId",
      "amount",
    ]);
    if (difference !== undefined) {
      return { kind: "mismatch", code: "earlier_order_differs", message: difference };
    }
    const payment = withObservation(found, orderId);
    return { kind: "captured_before", payment, orderId, connectionId };
  }
  return "all_clear";
}

/** @returns The payment, undefined when there is none that took money, an error when unclear. */
async function lookUpEarlier(
  engine: Engine,
  accountId: string,
  connectionId: string,
  orderId: string,
): Promise<ProviderPayment | undefined | Error> {
  try {
    const connection = await findConnection(engine.database, accountId, connectionId);
    if (connection === undefined) return new Error(`no connection ${connectionId}`);
    const gateway = await engine.gateways.of(engine.database, connection);
    const found = await gateway.lookUpByOrderId(orderId);
    if (found === "not_found" || tookNothing.includes(found.state)) return undefined;
    return found.state === "captured" ? found : new Error(`order ${orderId} is not decided`);
  } catch (error) {
    return error instanceof Error ? error : new Error("the look-up failed", { cause: error });
  }
}

/** How an order can have ended without our money: refused, or held and given back. */
const tookNothing: readonly ProviderPayment["state"][] = ["failed", "voided", "expired"];

/** The provider refused an order and took the money for it: worth an operator's attention. */
function withObservation(payment: ProviderPayment, orderId: string): ProviderPayment {
  const detail = `order ${orderId} was refused, and is paid all the same`;
  return {
    ...payment,
    observations: [...payment.observations, { code: "refused_but_paid", detail }],
  };
}

function unsent(code: string, message: string): AttemptOutcome {
  return { kind: "not_sent", code, message };
}

function logBug(engine: Engine, charge: SendableCharge, error: unknown): void {
  engine.log.error({ chargeId: charge.id, error }, "sending a charge failed in our own code");
}
