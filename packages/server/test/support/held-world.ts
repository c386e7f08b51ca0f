/** What tests of authorizations need: money that LINE Pay holds, and what became of it. */
import { attachBillingKey } from "../../src/billing-keys/attach-billing-key.ts";
import { sealBillingKey } from "../../src/billing-keys/billing-key-secret.ts";
import { insertBillingKey } from "../../src/billing-keys/billing-key-store.ts";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { findChargeView, type ChargeView } from "../../src/charges/charge-reads.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { newId } from "../../src/ids/id.ts";
import { createSubscription } from "../../src/subscriptions/create-subscription.ts";
import type { Fault } from "./emulator-control.ts";
import {
  addCustomer,
  addPlan,
  createWorld,
  eventually,
  type World,
  type WorldOptions,
} from "./world.ts";

export async function createHeldWorld(options: WorldOptions = {}): Promise<World> {
  return await createWorld({ ...options, provider: "line_pay" });
}

export interface Held {
  readonly chargeId: string;
  readonly invoiceId: string;
  readonly subscriptionId: string;
  readonly testClockId: string | undefined;
  readonly regKey: string;
  readonly paymentId: string;
}

export const heldAmount = 1_000;

/** A customer went through LINE Pay's window; the key is stored. */
async function registerRegKey(
  { accountId, connection, control, engine, patient }: World,
  customerId: string,
): Promise<{ readonly id: string; readonly regKey: string }> {
  const { random } = engine.effects;
  const { window } = await patient.of(engine.database, connection);
  if (window.kind !== "payment") throw new Error("LINE Pay's window takes a payment");
  const orderId = `R${random.uuid().replaceAll("-", "").toUpperCase()}`;
  const amount = { amountMinor: 1, currency: "TWD" } as const;
  const urls = { confirmUrl: "http://127.0.0.1/confirm", cancelUrl: "http://127.0.0.1/cancel" };
  const order = { orderId, orderName: "Milk", amount, ...urls, locale: "zh-TW" };
  const { windowId } = await window.open(order);
  await control.post(`/line-pay/requests/${windowId}/approve`, {});
  const { billingKey } = await window.confirm({ windowId, orderId, amount });
  if (billingKey === undefined) throw new Error("the confirm brought no key");
  const id = newId("bk", random);
  const dataKey = await engine.keys.dataKeyOf(engine.database, accountId);
  await engine.database.transaction(async (tx) => {
    const row = { accountId, id, customerId };
    await insertBillingKey(tx, {
      ...row,
      connectionId: connection.id,
      method: "LINE_PAY",
      methodLabel: billingKey.methodLabel,
      ...sealBillingKey(dataKey, billingKey.secret, row, random),
    });
  });
  return { id, regKey: billingKey.secret.billingKey };
}

/**
 * Subscribes a customer to a plan that only authorizes, and has the first period's money held. Needs
 * no worker.
 *
 * @param options `onTestClock`: on a clock of their own, which stands where the real one does.
 */
export async function holdMoney(
  world: World,
  options: { readonly onTestClock?: boolean } = {},
): Promise<Held> {
  const { accountId, engine } = world;
  const planId = await addPlan(world, { amount: heldAmount });
  await makeManual(world, planId);
  const clockAt = options.onTestClock ? engine.effects.clock.now().toString() : undefined;
  const { id: customerId, testClockId } = await addCustomer(world, clockAt);
  const { id: subscriptionId } = await createSubscription(engine, {
    accountId,
    customerId,
    planId,
  });
  const { id: billingKeyId, regKey } = await registerRegKey(world, customerId);
  const key = { accountId, billingKeyId, subscriptionId, customerId };
  await engine.database.transaction((tx) => attachBillingKey(tx, engine, key));
  await collectDue(world);
  // A worker may have been faster.
  const row = await eventually("the money to be held", async () => {
    const [held] = await engine.database.query<{
      id: string;
      invoice_id: string;
      payment_id: string;
    }>(
      `select id, invoice_id, payment_id from charges
       where subscription_id = $1 and status = 'authorized'`,
      [subscriptionId],
    );
    return held;
  });
  const { id: chargeId, invoice_id: invoiceId, payment_id: paymentId } = row;
  return { chargeId, invoiceId, subscriptionId, testClockId, regKey, paymentId };
}

/** The prices of test worlds are in won and taken at once. */
async function makeManual({ db }: World, planId: string): Promise<void> {
  await db.database.execute("alter table prices disable trigger prices_are_immutable");
  await db.database.execute(
    "update prices set capture = 'manual', currency = 'TWD' where plan_id = $1",
    [planId],
  );
  await db.database.execute("alter table prices enable trigger prices_are_immutable");
}

/** What a lane does, once: claims, sends, records. */
export async function collectDue({ connection, engine, patient }: World): Promise<void> {
  const gateway = await patient.of(engine.database, connection);
  for (const clock of ["real", "test"] as const) {
    const claims = await claimCharges(engine, connection, gateway.capabilities, clock, 5);
    for (const claim of claims) {
      await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
    }
  }
}

/** The next request of this kind is spoiled; see `POST /faults`. */
export async function spoil(
  { control }: World,
  operation: "capture" | "void" | "details" | "charge",
  action: Fault["action"],
  times: number | null = 1,
): Promise<void> {
  await control.fault({ provider: "line_pay", operation, times, action });
}

export async function chargeNow({ accountId, engine }: World, id: string): Promise<ChargeView> {
  const charge = await findChargeView(engine.database, accountId, id);
  if (charge === undefined) throw new Error(`there is no charge ${id}`);
  return charge;
}

export async function untilStatus(
  world: World,
  { chargeId }: Held,
  status: ChargeView["status"],
): Promise<ChargeView> {
  return await eventually(`charge ${chargeId} to be ${status}`, async () => {
    const charge = await chargeNow(world, chargeId);
    return charge.status === status && charge;
  });
}

/** `kind amount`, oldest first, of this payment: what LINE Pay's books say. */
export async function ledgerOf({ control }: World, { paymentId }: Held): Promise<string[]> {
  const ledger = await control.ledger();
  return ledger
    .filter((entry) => entry.paymentId === paymentId)
    .map(({ amount, kind }) => `${kind} ${amount}`);
}

/** `kind amount outcome`, oldest first: what our books say was asked. */
export async function callsOf({ db }: World, { chargeId }: Held): Promise<string[]> {
  const rows = await db.database.query<{ line: string }>(
    `select kind || ' ' || amount_minor || ' ' || coalesce(outcome, 'open') as line
     from authorization_calls where charge_id = $1 order by n`,
    [chargeId],
  );
  return rows.map(({ line }) => line);
}

export async function invoiceStatusOf({ db }: World, { invoiceId }: Held): Promise<string> {
  const [row] = await db.database.query<{ status: string }>(
    "select status from invoices where id = $1",
    [invoiceId],
  );
  return row?.status ?? "missing";
}

/** Types of the events since the money was held and the subscription began, oldest first. */
export async function eventsSince(
  { db }: World,
  { chargeId, subscriptionId }: Held,
): Promise<string[]> {
  const rows = await db.database.query<{ type: string }>(
    `select type from events where subscription_id = $1 and sequence > (
       select max(sequence) from events where subscription_id = $1
         and data ->> 'chargeId' = $2 and type in ('charge.authorized', 'subscription.activated')
     ) order by sequence`,
    [subscriptionId, chargeId],
  );
  return rows.map(({ type }) => type);
}
