/**
 * Opens a payment window for a registration: the charge that it offers is set aside for the customer
 * first, then the provider is asked for a window. No money moves. A window that is asked for and not
 * stored, because we died in between, can never be confirmed, and is over by itself.
 */
import {
  GatewayError,
  type Gateway,
  type OpenedWindow,
  type PaymentWindow as GatewayWindow,
} from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import { windowsFor } from "../charges/windows.ts";
import type { Connection } from "../connections/connection.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import type { NewEvent } from "../events/event.ts";
import { appendEvents } from "../events/event-store.ts";
import { newId } from "../ids/id.ts";
import { orderIdOf } from "../ids/order-id.ts";
import {
  cancelWaitingCharges,
  closeInvoices,
  insertCharges,
  insertInvoices,
  lockUnpaidInvoices,
  type NewInvoice,
  type UnpaidInvoice,
} from "../invoices/invoice-store.ts";
import { lockRegistration } from "../registrations/registration-store.ts";
import type { Registration } from "../registrations/registration.ts";
import { effectiveNowOf, getPrice, lockSubscription } from "../subscriptions/subscription-store.ts";
import { start, type Price, type Subscription } from "../subscriptions/subscription.ts";
import { handToWindow, insertPaymentWindow, repriceDraft } from "./payment-window-store.ts";
import { purposeOf, type WindowPurpose } from "./payment-window.ts";

export interface WindowAddresses {
  /** Our own pages: where the browser comes back to, approved or not. */
  readonly confirmUrl: string;
  readonly cancelUrl: string;
  readonly locale: string;
}

/** What a window is asked for. */
type Offer = Pick<
  Parameters<typeof insertCharges>[1][number],
  "id" | "orderId" | "orderName" | "amount" | "capture"
>;

/**
 * Safe to repeat: every window of a charge has its order id, and the provider pays that once.
 *
 * @returns The address to send the customer's browser to.
 * @throws {AppError} `registration_over`, `subscription_canceled`, `payment_in_progress`,
 *   `window_unavailable` (the provider gave none; nothing was charged).
 */
export async function openPaymentWindow(
  engine: Engine,
  registration: Registration,
  { connection, gateway }: { readonly connection: Connection; readonly gateway: Gateway },
  to: WindowAddresses,
): Promise<string> {
  const { window } = gateway;
  if (window.kind !== "payment") throw new Error(`${gateway.provider} has no payment windows`);
  const { database, effects } = engine;
  const offer = await database.transaction((tx) => setAside(tx, engine, registration));
  const opened = await ask(engine, registration, window, { ...to, ...offer });
  const { accountId, id: registrationId, connectionId } = registration;
  const { id: chargeId, orderId, amount } = offer;
  const [, checkInMs = 0] = windowsFor(connection.mode, engine.windows).lookUpLadderMs;
  await insertPaymentWindow(
    database,
    {
      accountId,
      id: newId("win", effects.random),
      registrationId,
      chargeId,
      connectionId,
      orderId,
      amount,
      windowId: opened.windowId,
      url: opened.url,
    },
    checkInMs,
  );
  return opened.url;
}

async function ask(
  engine: Engine,
  { id: registrationId }: Registration,
  window: GatewayWindow,
  order: Parameters<GatewayWindow["open"]>[0],
): Promise<OpenedWindow> {
  try {
    return await window.open(order);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { failure, code, message } = error;
    engine.log.warn({ registrationId, failure, code, message }, "no window was opened");
    const said = `The provider opened no window (${code ?? failure}). Nothing was charged.`;
    throw new AppError("window_unavailable", said, {}, error);
  }
}

/** Sets the charge aside that a window is to offer; it is not claimed meanwhile. */
async function setAside(
  tx: Transaction,
  engine: Engine,
  key: Pick<Registration, "accountId" | "id">,
): Promise<Offer> {
  const registration = await lockRegistration(tx, key);
  if (registration.status !== "open" || registration.hasAuthKey) {
    throw new AppError("registration_over", "This registration is over. Start another one.");
  }
  const { accountId, connectionId, subscriptionId } = registration;
  const subscription =
    subscriptionId === undefined
      ? undefined
      : await lockSubscription(tx, accountId, subscriptionId);
  if (subscription === undefined) throw new Error(`registration ${key.id} has no subscription`);
  if (subscription.status === "canceled") {
    throw new AppError("subscription_canceled", "The subscription has ended; make a new one.");
  }
  const price = await getPrice(tx, accountId, subscription.priceId);
  const invoices = await lockUnpaidInvoices(tx, accountId, subscription.id);
  const purpose = purposeOf(subscription, price, invoices, connectionId);
  if (purpose.kind === "blocked") {
    throw new AppError(
      "payment_in_progress",
      "The outcome of an earlier payment is not known yet. Nothing is charged twice: try again later.",
    );
  }
  const desk: Desk = { tx, engine, subscription, price, connectionId };
  return purpose.kind === "owed"
    ? await offerOwed(desk, purpose.invoice)
    : await offerDraft(desk, purpose, invoices);
}

interface Desk {
  readonly tx: Transaction;
  readonly engine: Engine;
  readonly subscription: Subscription;
  readonly price: Price;
  readonly connectionId: string;
}

async function offerOwed(desk: Desk, invoice: UnpaidInvoice): Promise<Offer> {
  const { tx, connectionId } = desk;
  const { accountId } = desk.subscription;
  const live = invoice.liveCharge;
  if (live?.connectionId !== connectionId) return await offerAnew(desk, invoice, invoice.amount);
  if (live.status === "scheduled") await handToWindow(tx, accountId, live.id);
  return { ...live, orderName: invoice.description, capture: invoice.capture };
}

/** Another charge of the invoice, for this window, in place of the one that waited. */
async function offerAnew(
  { tx, engine, subscription, connectionId }: Desk,
  invoice: Pick<
    UnpaidInvoice,
    "id" | "periodIndex" | "generation" | "hasHadCharge" | "description" | "capture" | "liveCharge"
  >,
  amount: UnpaidInvoice["amount"],
): Promise<Offer> {
  const { accountId, id: subscriptionId, customerId, testClockId } = subscription;
  const { id: invoiceId, liveCharge: live, periodIndex } = invoice;
  const { random } = engine.effects;
  const generation = invoice.hasHadCharge ? invoice.generation + 1 : invoice.generation;
  const offer: Offer = {
    id: newId("chg", random),
    orderId: orderIdOf({ invoiceId, subscriptionId, periodIndex }, generation),
    orderName: invoice.description,
    amount,
    capture: invoice.capture,
  };
  if (live !== undefined) await cancelWaitingCharges(tx, accountId, [live.id]);
  const [made] = await insertCharges(tx, [
    {
      ...offer,
      accountId,
      invoiceId,
      subscriptionId,
      customerId,
      connectionId,
      billingKeyId: undefined,
      generation,
      testClockId,
      dueAt: undefined,
      resumesAt: live?.dueAt,
    },
  ]);
  if (live?.status === "scheduled") {
    const occurredAt = await effectiveNowOf(tx, accountId, testClockId);
    const data = { chargeId: live.id, invoiceId };
    const canceled: NewEvent = {
      accountId,
      subscriptionId,
      type: "charge.canceled",
      data,
      occurredAt,
    };
    await appendEvents(tx, random, [canceled]);
  }
  return { ...offer, orderId: made?.orderId ?? offer.orderId };
}

type DraftPurpose = Exclude<WindowPurpose, { readonly kind: "owed" | "blocked" }>;

/** Nobody owes it before it is paid: an invoice in draft, kept from one window to the next. */
async function offerDraft(
  desk: Desk,
  purpose: DraftPurpose,
  invoices: readonly UnpaidInvoice[],
): Promise<Offer> {
  const { tx, engine, subscription, connectionId, price } = desk;
  const { accountId } = subscription;
  const isOfPeriod = purpose.kind === "first_period";
  const amount = purpose.kind === "registration" ? purpose.amount : price.amount;
  const drafts = invoices.filter(({ status }) => status === "draft");
  const draft = drafts.find(({ periodIndex }) => (periodIndex !== undefined) === isOfPeriod);
  await dropOthers(tx, accountId, drafts, draft);
  if (draft === undefined) return await offerFirst(desk, purpose, amount);

  const live = draft.liveCharge;
  const isSame =
    live?.connectionId === connectionId &&
    live.amount.amountMinor === amount.amountMinor &&
    live.amount.currency === amount.currency;
  // A send that is unresolved keeps its order id, and with it the amount (rule 2).
  const isBound = live?.connectionId === connectionId && live.isUnresolved;
  if (isSame || isBound) return { ...live, orderName: draft.description, capture: draft.capture };
  const { capture, planName: description } = price;
  const offer = { amount, capture: isOfPeriod ? capture : ("automatic" as const), description };
  if (!(await repriceDraft(tx, { accountId, invoiceId: draft.id }, offer))) {
    throw new Error(`invoice ${draft.id} cannot be offered in ${amount.currency}`);
  }
  engine.log.info({ invoiceId: draft.id }, "a window offers another price or connection");
  return await offerAnew(desk, { ...draft, ...offer }, amount);
}

/** What an earlier window offered for another purpose is offered no more. */
async function dropOthers(
  tx: Transaction,
  accountId: string,
  drafts: readonly UnpaidInvoice[],
  kept: UnpaidInvoice | undefined,
): Promise<void> {
  const others = drafts.filter((draft) => draft !== kept);
  const charges = others.flatMap(({ liveCharge }) =>
    liveCharge === undefined ? [] : [liveCharge],
  );
  await cancelWaitingCharges(
    tx,
    accountId,
    charges.map(({ id }) => id),
  );
  await closeInvoices(
    tx,
    accountId,
    others.map(({ id }) => id),
    "void",
  );
}

async function offerFirst(
  desk: Desk,
  purpose: DraftPurpose,
  amount: UnpaidInvoice["amount"],
): Promise<Offer> {
  const { tx, engine, subscription, price } = desk;
  const { accountId, customerId, id: subscriptionId, testClockId } = subscription;
  const now = await effectiveNowOf(tx, accountId, testClockId);
  const first =
    purpose.kind === "first_period" ? start(subscription, price, "", now).bill : undefined;
  const invoice: NewInvoice = {
    accountId,
    id: newId("inv", engine.effects.random),
    subscriptionId,
    customerId,
    period: first && {
      index: first.periodIndex,
      startsOn: first.period.startsOn,
      endsOn: first.period.endsOn,
    },
    status: "draft",
    amount,
    capture: first === undefined ? "automatic" : price.capture,
    description: price.planName,
    dueAt: now,
  };
  await insertInvoices(tx, [invoice]);
  const fresh = { generation: 0, hasHadCharge: false, liveCharge: undefined };
  return await offerAnew(desk, { ...invoice, ...fresh, periodIndex: first?.periodIndex }, amount);
}
