/**
 * Asks the provider whether a window that was opened for an order of ours has issued its billing key.
 * What a browser brings back is only a knock at the door: the question names our own order id, and the
 * answer is compared with what the window was opened for. Asking changes nothing at the provider, so
 * anybody may ask at any time, twice and at once; the key is stored by whoever is first.
 */
import {
  GatewayError,
  type Gateway,
  type RegisteredBillingKey,
  type ScriptOrder,
  type ScriptWindow,
} from "@maedal/gateways";
import { findBillingKeyByBlindIndex } from "../billing-keys/billing-key-store.ts";
import { findConnection, saveObservations } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { registrationOrderId } from "../ids/order-id.ts";
import { parseId } from "../ids/id.ts";
import { blindIndex } from "../security/blind-index.ts";
import { Secret } from "../security/secret.ts";
import { failRegistration, type RegistrationFailure } from "./fail-registration.ts";
import { openRegistrationSecret } from "./registration-secrets.ts";
import {
  findRegistrationById,
  getRegistrationSecrets,
  lockRegistration,
} from "./registration-store.ts";
import { afterExchangeFailure, type Registration } from "./registration.ts";
import { storeIssuedKey } from "./store-issued-key.ts";

export type WindowFinding =
  /** The key is stored, and attached to its subscription. */
  | { readonly kind: "issued" }
  /** Not finished, or no clear answer: nothing is known. */
  | { readonly kind: "not_yet" }
  /** This trip has brought no key. The customer may have begun another in the same window. */
  | {
      readonly kind: "refused";
      readonly failure: RegistrationFailure;
      /** A payment that the window took and that nobody asked for, in words. Written down already. */
      readonly strayPayment: string | undefined;
    };

/** A script's window that is opened for an order. */
export type WindowForOrder = ScriptWindow & {
  readonly ordered: NonNullable<ScriptWindow["ordered"]>;
};

/** Undefined where windows are not opened for an order. */
export function windowForOrder({ window }: Gateway): WindowForOrder | undefined {
  if (window.kind !== "script" || window.ordered === undefined) return undefined;
  return { ...window, ordered: window.ordered };
}

/** What the window of a registration is opened for; the money is only collected afterwards. */
export function orderOf({ id, windowAmount }: Registration): ScriptOrder | undefined {
  if (windowAmount === undefined) return undefined;
  const orderId = registrationOrderId(parseId("reg", id));
  return { orderId, amount: windowAmount, isPayment: false };
}

/** The customer key of a registration: shown to its own browser and to no other. */
export async function revealCustomerKey(
  { database, keys }: Engine,
  registration: Registration,
): Promise<string> {
  const secrets = await getRegistrationSecrets(database, registration);
  const dataKey = await keys.dataKeyOf(database, registration.accountId);
  const key = openRegistrationSecret(dataKey, "customer_key", secrets.customerKey, registration);
  return key.reveal();
}

/** Does nothing for a window that was never shown, or of a provider whose windows have no order. */
export async function askAboutWindow(
  engine: Engine,
  registration: Registration,
): Promise<WindowFinding> {
  const { database, gateways } = engine;
  const { accountId, connectionId, id: registrationId } = registration;
  const order = orderOf(registration);
  if (order === undefined) return { kind: "not_yet" };
  const connection = await findConnection(database, accountId, connectionId);
  if (connection === undefined) throw new Error(`there is no gateway connection ${connectionId}`);
  const window = windowForOrder(await gateways.of(database, connection));
  if (window === undefined) return { kind: "not_yet" };
  const customerKey = await revealCustomerKey(engine, registration);
  try {
    const { idempotencyKey } = registration;
    const handle = { authKey: order.orderId, customerKey, idempotencyKey, order };
    await store(engine, registration, await window.exchange(handle)); // No transaction is open.
    return { kind: "issued" };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, failure, message } = error;
    engine.log.info({ registrationId, connectionId, failure, code, message }, "not issued");
    const finding = findingOf(error, window);
    if (finding.kind === "refused" && finding.strayPayment !== undefined) {
      await noteStrayPayment(engine, registration, finding.strayPayment);
      await recordRefusal(engine, registration, finding); // Its order is paid: no other try in it.
    }
    return finding;
  }
}

/**
 * Another process may have been first. A key that comes after the registration's end is given back to
 * the provider, once.
 */
async function store(
  engine: Engine,
  registration: Registration,
  issued: RegisteredBillingKey,
): Promise<void> {
  const { accountId, connectionId } = registration;
  await engine.database.transaction(async (tx) => {
    const locked = await lockRegistration(tx, registration);
    const dataKey = await engine.keys.dataKeyOf(tx, accountId);
    const index = blindIndex(dataKey, "billing_key", new Secret(issued.secret.billingKey));
    const known = await findBillingKeyByBlindIndex(tx, accountId, connectionId, index);
    if (known !== undefined) return;
    await storeIssuedKey(tx, engine, locked, issued, "revoke");
  });
}

function findingOf(error: GatewayError, { ordered }: WindowForOrder): WindowFinding {
  const decision = afterExchangeFailure(error);
  if (decision.to === "repeat") return { kind: "not_yet" };
  const { code, message } = decision;
  // Everything of a window is in its browser's hands: whoever edits the page must not stop a shop.
  const pausesConnection = error.failure === "configuration" && error.payment === undefined;
  const { payment } = error;
  const tookMoney =
    ordered.takesPayment !== "never" &&
    payment?.state === "captured" &&
    (payment.amount?.amountMinor ?? 0) > payment.refundedMinor;
  const amount = `${payment?.amount?.amountMinor} ${payment?.amount?.currency}`;
  const strayPayment = tookMoney
    ? `a window that was to take nothing took ${amount} in payment ${payment.paymentId}: refund it in the provider's console`
    : undefined;
  return { kind: "refused", failure: { code, message, pausesConnection }, strayPayment };
}

/** For a person: no charge of ours stands for this money. */
async function noteStrayPayment(
  engine: Engine,
  { accountId, connectionId, id }: Registration,
  strayPayment: string,
): Promise<void> {
  const detail = `${strayPayment} (registration ${id})`;
  const observation = { accountId, connectionId, code: "stray_window_payment", detail };
  await engine.database.transaction((tx) => saveObservations(tx, [observation]));
}

/** Writes down that the window has failed. Safe to repeat. @returns false when it is over already. */
export async function recordRefusal(
  engine: Engine,
  registration: Registration,
  { failure }: Extract<WindowFinding, { kind: "refused" }>,
): Promise<boolean> {
  return await engine.database.transaction(async (tx) => {
    const locked = await lockRegistration(tx, registration);
    return await failRegistration(tx, engine, locked, undefined, failure);
  });
}

/** A provider's notification names an order of a registration's: its window is asked about. */
export async function askAboutRegistration(
  engine: Engine,
  { accountId, id: connectionId }: { readonly accountId: string; readonly id: string },
  registrationId: string,
): Promise<string> {
  const registration = await findRegistrationById(engine.database, registrationId);
  const isOurs =
    registration?.accountId === accountId && registration.connectionId === connectionId;
  if (!isOurs) return "it names no registration of this connection";
  if (registration.status === "completed") return `registration ${registrationId} is completed`;
  const finding = await askAboutWindow(engine, registration);
  return `registration ${registrationId}: ${finding.kind}`;
}
