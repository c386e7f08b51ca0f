/** What tests of payment windows need: a customer in front of one, and what became of the money. */
import type { Engine } from "../../src/engine.ts";
import { acceptApproval } from "../../src/payment-windows/accept-approval.ts";
import { openPaymentWindow } from "../../src/payment-windows/open-payment-window.ts";
import { completeRegistration } from "../../src/registrations/complete-registration.ts";
import { openRegistration } from "../../src/registrations/open-registration.ts";
import { findRegistrationById } from "../../src/registrations/registration-store.ts";
import type { Registration } from "../../src/registrations/registration.ts";
import { createSubscription } from "../../src/subscriptions/create-subscription.ts";
import type { Subscription } from "../../src/subscriptions/subscription.ts";
import type { LedgerEntry } from "./emulator-control.ts";
import { addCustomer, addPlan, eventually, type PlanOptions, type World } from "./world.ts";

export interface Visitor {
  readonly customerId: string;
  readonly testClockId: string | undefined;
  readonly subscription: Subscription;
}

/** A customer who has chosen a plan and holds no method yet. */
export async function newcomer(
  world: World,
  options: PlanOptions & { readonly clockAt?: string } = {},
): Promise<Visitor> {
  const { accountId, engine } = world;
  const planId = await addPlan(world, { amount: 299, ...options });
  const { id: customerId, testClockId } = await addCustomer(world, options.clockAt);
  const subscription = await createSubscription(engine, { accountId, customerId, planId });
  return { customerId, testClockId, subscription };
}

export interface Trip {
  readonly registration: Registration;
  /** LINE Pay's transaction id. */
  readonly windowId: string;
}

/** The customer presses the button, and stands before the provider's page. */
export async function enterWindow(world: World, visitor: Visitor): Promise<Trip> {
  const { accountId, connection, engine } = world;
  const { customerId, subscription } = visitor;
  const { registration } = await openRegistration(engine, {
    accountId,
    customerId,
    connectionId: connection.id,
    method: "LINE_PAY",
    subscriptionId: subscription.id,
  });
  return await enterWindowOf(world, registration);
}

export async function enterWindowOf(world: World, registration: Registration): Promise<Trip> {
  const { connection, db, engine, patient } = world;
  const gateway = await patient.of(engine.database, connection);
  const here = "http://127.0.0.1/r";
  const to = { confirmUrl: `${here}/confirm`, cancelUrl: `${here}/back`, locale: "zh-TW" };
  await openPaymentWindow(engine, registration, { connection, gateway }, to);
  const [row] = await db.database.query<{ window_id: string }>(
    "select window_id from payment_windows where registration_id = $1 order by created_at desc limit 1",
    [registration.id],
  );
  return { registration, windowId: row?.window_id ?? "" };
}

export async function approve(world: World, { windowId }: Trip, how: object = {}): Promise<void> {
  await world.control.post(`/line-pay/requests/${windowId}/approve`, how);
}

/**
 * The browser comes back: the approval is stored, and its confirmation is tried once.
 *
 * @param process That it comes back to; the world's own, with a patient gateway, unless told.
 */
export async function comeBack(
  world: World,
  { registration, windowId }: Trip,
  process?: Engine,
): Promise<string> {
  const { connection, patient } = world;
  const engine = process ?? world.engine;
  const gateway = await (process?.gateways ?? patient).of(engine.database, connection);
  const now = (await findRegistrationById(engine.database, registration.id)) ?? registration;
  const state = await acceptApproval(engine, now, gateway, windowId);
  if (state === "approved" || state === "paid") await completeRegistration(engine, registration);
  return state;
}

/** Presses the button, approves, comes back. */
export async function register(world: World, visitor: Visitor, how: object = {}): Promise<Trip> {
  const trip = await enterWindow(world, visitor);
  await approve(world, trip, how);
  await comeBack(world, trip);
  return trip;
}

/** Waits until the registration is over; the worker goes on with what was left. */
export async function untilOver(world: World, { registration }: Trip): Promise<Registration> {
  return await eventually("the registration to be over", async () => {
    const now = await findRegistrationById(world.engine.database, registration.id);
    return now?.status === "open" ? undefined : now;
  });
}

export interface Standing {
  readonly status: string;
  readonly methodRequired: boolean;
  readonly hasKey: boolean;
  /** `kind period status amount`, in the order in which they were made. */
  readonly invoices: readonly string[];
}

export async function standingOf(world: World, { subscription }: Visitor): Promise<Standing> {
  const { database } = world.db;
  const [row] = await database.query<{
    status: string;
    method_required: boolean;
    has_key: boolean;
  }>(
    "select status, method_required, billing_key_id is not null as has_key from subscriptions where id = $1",
    [subscription.id],
  );
  const invoices = await database.query<{ text: string }>(
    `select concat_ws(' ', kind, period_index, status, amount_minor) as text from invoices
     where subscription_id = $1 order by created_at, id`,
    [subscription.id],
  );
  return {
    status: row?.status ?? "",
    methodRequired: row?.method_required ?? false,
    hasKey: row?.has_key ?? false,
    invoices: invoices.map(({ text }) => text),
  };
}

/** The provider's books of one subscription: `kind amount`, oldest first. */
export async function booksOf(world: World, { subscription }: Visitor): Promise<string[]> {
  const charges = await world.db.database.query<{ order_id: string }>(
    `select distinct a.order_id from attempts a join charges c on c.account_id = a.account_id
       and c.id = a.charge_id where c.subscription_id = $1`,
    [subscription.id],
  );
  const orderIds = new Set(charges.map((row) => row.order_id));
  const entries: LedgerEntry[] = await world.control.ledger();
  return entries
    .filter(({ orderId }) => orderIds.has(orderId))
    .map(({ amount, kind }) => `${kind} ${amount}`);
}
