/**
 * Opens a registration: a link for one customer, good for an hour, with a customer key of its own.
 * What the provider would refuse later is refused here, before the customer is sent anywhere.
 */
import { GatewayError, money, type Gateway } from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import { missingPayerDetails, payerDetailsOf } from "../customers/payer-details.ts";
import type { Queryable } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { newId, type Id } from "../ids/id.ts";
import { registrationOrderId } from "../ids/order-id.ts";
import { checkAmount, checkPrice, withoutTrial } from "../plans/check-limits.ts";
import { Secret } from "../security/secret.ts";
import { findSubscriber, type Subscriber } from "../subscriptions/subscriber-store.ts";
import { findSubscription, getPrices } from "../subscriptions/subscription-store.ts";
import type { Price } from "../subscriptions/subscription.ts";
import { windowForOrder } from "./ask-about-window.ts";
import { sealRegistrationSecret } from "./registration-secrets.ts";
import { insertRegistration } from "./registration-store.ts";
import type { Registration } from "./registration.ts";
import { currencyOf, requestOf } from "./window-opening.ts";

export interface RegistrationToOpen {
  readonly accountId: string;
  readonly customerId: string;
  readonly connectionId: string;
  /** One of the gateway's methods: `TRANSFER` or `CARD`. */
  readonly method: string;
  /**
   * The subscription that the method is for. Undefined only stores the method, which a window that
   * must take a payment cannot do.
   */
  readonly subscriptionId?: string | undefined;
  /** Where the customer goes afterwards: an absolute http(s) address. */
  readonly returnUrl?: string | undefined;
  /** The registration that this one follows after a cancel or a failure. */
  readonly retryOf?: string | undefined;
}

/**
 * @throws {AppError} `not_found`, `connection_not_active`, `invalid_request` (method, return URL),
 *   `registration_needs_subscription`, `subscription_canceled`, `connection_refused`, and what
 *   `checkPrice` throws.
 */
export async function openRegistration(
  engine: Engine,
  wanted: RegistrationToOpen,
): Promise<{ readonly registration: Registration }> {
  const { accountId, customerId } = wanted;
  const db = engine.database;
  const returnUrl = checkedReturnUrl(wanted.returnUrl);
  const subscriber = await findSubscriber(db, accountId, customerId);
  if (subscriber === undefined) {
    throw new AppError("not_found", `There is no customer ${customerId}.`);
  }
  const connection = await getActiveConnection(db, accountId, wanted.connectionId);
  const gateway = await gatewayOf(engine, connection);
  checkMethod(gateway, wanted.method);
  checkPurpose(gateway, wanted.subscriptionId);
  for (const price of await pricesToPay(db, wanted)) checkPayable(gateway, wanted.method, price);

  const { random } = engine.effects;
  const id = newId("reg", random);
  checkOpening(gateway, id, wanted.method, subscriber);
  const dataKey = await engine.keys.dataKeyOf(db, accountId);
  // Random and used once: whoever knows another registration's key, or the customer, cannot guess it.
  const customerKey = new Secret(random.uuid());
  const row = { accountId, id, customerId };
  const registration = await db.transaction((tx) =>
    insertRegistration(tx, {
      ...row,
      connectionId: connection.id,
      subscriptionId: wanted.subscriptionId,
      method: wanted.method,
      customerKey: sealRegistrationSecret(dataKey, "customer_key", customerKey, row, random),
      idempotencyKey: random.uuid(),
      returnUrl,
      retryOf: wanted.retryOf,
    }),
  );
  return { registration };
}

/** Only http and https, and no credentials in it: the address is shown and linked. */
function checkedReturnUrl(returnUrl: string | undefined): string | undefined {
  if (returnUrl === undefined) return undefined;
  const url = URL.parse(returnUrl);
  const isWeb = url !== null && /^https?:$/.test(url.protocol);
  if (isWeb && url.username === "" && url.password === "" && returnUrl.length <= 2_000) {
    return url.href;
  }
  throw new AppError(
    "invalid_request",
    "returnUrl is an absolute http or https address without a user name, at most 2,000 characters.",
    { path: "returnUrl" },
  );
}

export async function getActiveConnection(
  db: Queryable,
  accountId: string,
  connectionId: string,
): Promise<Connection> {
  const connection = await findConnection(db, accountId, connectionId);
  if (connection === undefined) {
    throw new AppError("not_found", `There is no gateway connection ${connectionId}.`);
  }
  if (connection.state !== "active") {
    const why = connection.pausedReason === undefined ? "" : `: ${connection.pausedReason}`;
    const fix = connection.state === "sunset" ? "Use its successor" : "Resume it, or use another";
    throw new AppError(
      "connection_not_active",
      `Gateway connection ${connectionId} is ${connection.state}${why}. ${fix}.`,
    );
  }
  return connection;
}

export async function gatewayOf(engine: Engine, connection: Connection): Promise<Gateway> {
  try {
    return await engine.gateways.of(engine.database, connection);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new AppError("connection_refused", error.message, {}, error);
  }
}

function checkMethod({ capabilities }: Gateway, method: string): void {
  if (Object.hasOwn(capabilities.methods, method)) return;
  const known = Object.keys(capabilities.methods).join(" or ");
  throw new AppError("invalid_request", `The method is ${known}.`, { path: "method" });
}

function checkPurpose({ window }: Gateway, subscriptionId: string | undefined): void {
  if (window.kind === "script" || subscriptionId !== undefined) return;
  throw new AppError(
    "registration_needs_subscription",
    "This provider's window registers a method by taking a payment: create the subscription that it is for, and name it in subscriptionId.",
    { path: "subscriptionId" },
  );
}

/** What the method will pay: the present price, and the one that a scheduled change brings. */
export async function pricesToPay(
  db: Queryable,
  wanted: Pick<RegistrationToOpen, "accountId" | "customerId" | "subscriptionId">,
): Promise<readonly Price[]> {
  const { accountId, customerId, subscriptionId } = wanted;
  if (subscriptionId === undefined) return [];
  const subscription = await findSubscription(db, accountId, subscriptionId);
  if (subscription?.customerId !== customerId) {
    throw new AppError("not_found", `The customer has no subscription ${subscriptionId}.`);
  }
  if (subscription.status === "canceled") {
    throw new AppError("subscription_canceled", "The subscription has ended; make a new one.");
  }
  const { anchorOn, priceId, nextPriceId } = subscription;
  const ids = nextPriceId === undefined ? [priceId] : [priceId, nextPriceId];
  const prices = [...(await getPrices(db, accountId, ids)).values()];
  return anchorOn === undefined ? prices : prices.map(withoutTrial);
}

/** Opens nothing: only finds out whether the page will be able to open the window. */
function checkOpening(gateway: Gateway, id: Id<"reg">, method: string, payer: Subscriber): void {
  const window = windowForOrder(gateway);
  if (window === undefined) return;
  const { payerDetails } = gateway.capabilities;
  const missing = missingPayerDetails(payer, payerDetails);
  if (missing.length > 0) {
    throw new AppError(
      "invalid_request",
      `${gateway.label} must be told the customer's ${missing.join(" and ")}: add it with PATCH /v1/customers/{id} first.`,
      { path: "customerId" },
    );
  }
  requestOf(window, {
    orderId: registrationOrderId(id),
    amount: money(0, currencyOf(gateway, method)),
    isPayment: false,
    orderName: "Registration",
    customerKey: "00000000-0000-4000-8000-000000000000",
    returnUrl: "https://localhost/",
    ...payerDetailsOf(payer, payerDetails),
  });
}

export function checkPayable(
  { capabilities, window }: Gateway,
  method: string,
  price: Price,
): void {
  checkPrice(capabilities, method, price);
  const { registrationAmount } = price;
  if (window.kind === "script" || registrationAmount === undefined) return;
  checkAmount(capabilities, method, registrationAmount);
}
