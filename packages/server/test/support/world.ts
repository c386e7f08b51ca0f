/**
 * A test world: a database of its own, an emulator of its own, and the real engine between them. Time
 * windows are scaled down; nothing else is different from production.
 */
import {
  createHttpSender,
  money,
  type Currency,
  type HttpSender,
  type OrderedWindow,
  type PaymentWindow,
  type RegisteredBillingKey,
  type ScriptWindow,
} from "@maedal/gateways";
import { startEmulator, type ReadyLine, type RunningEmulator } from "@maedal/emulator";
import { Temporal } from "temporal-polyfill";
import { createAccountKeys } from "../../src/accounts/account-keys.ts";
import { attachBillingKey } from "../../src/billing-keys/attach-billing-key.ts";
import { sealBillingKey } from "../../src/billing-keys/billing-key-secret.ts";
import { insertBillingKey } from "../../src/billing-keys/billing-key-store.ts";
import { scaledWindows, type ProtocolWindows } from "../../src/charges/windows.ts";
import { findConnection, insertConnection } from "../../src/connections/connection-store.ts";
import { readSettings } from "../../src/connections/connection-settings.ts";
import type { Connection, Merchant, Provider } from "../../src/connections/connection.ts";
import {
  createGateways,
  encryptCredentials,
  portOneSecretOf,
  type Gateways,
} from "../../src/connections/gateways.ts";
import type { Engine } from "../../src/engine.ts";
import { realEffects } from "../../src/effects.ts";
import { unjournaled } from "../../src/journal/send-guard.ts";
import { newId } from "../../src/ids/id.ts";
import { orderIdOf, registrationOrderId } from "../../src/ids/order-id.ts";
import { readMasterKey } from "../../src/security/encryption.ts";
import { Secret } from "../../src/security/secret.ts";
import { createSubscription } from "../../src/subscriptions/create-subscription.ts";
import type { Subscription } from "../../src/subscriptions/subscription.ts";
import { advanceTestClock, createTestClock } from "../../src/test-clocks/advance-test-clock.ts";
import { findTestClock } from "../../src/test-clocks/test-clock-store.ts";
import { startWorker, type Worker } from "../../src/worker/worker.ts";
import { controlOf, type EmulatorControl, type LedgerEntry } from "./emulator-control.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

export const masterKey = readMasterKey(new Secret("11".repeat(32)));

export interface World {
  readonly engine: Engine;
  readonly db: TestDatabase;
  readonly emulator: RunningEmulator;
  readonly control: EmulatorControl;
  readonly accountId: string;
  readonly connection: Connection;
  /** Patient, for what a test prepares: only what it is about may be cut short. */
  readonly patient: Gateways;
  /** An engine of a second process: the same database, its own everything else. */
  engineWith(change: Partial<Engine>): Engine;
  worker(engine?: Engine): Worker;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** A database that is there already; a fresh clone of the template unless told. */
  readonly db?: TestDatabase;
  readonly windows?: ProtocolWindows;
  readonly timeouts?: { readonly connectMs: number; readonly readMs: number };
  readonly sender?: (real: HttpSender) => HttpSender;
  readonly concurrency?: number;
  /** Whom the world's connection is with; Toss unless told. */
  readonly provider?: Provider;
}

/** One thousandth of the real windows, except where a request needs time to travel. */
export const testWindows: ProtocolWindows = {
  ...scaledWindows(1 / 1000),
  sendGateMs: 3_000,
  leaseSlackMs: 100,
  lookUpLeaseMs: 120_000,
  settleWindowMs: 300,
  notFoundSpacingMs: 50,
  lookUpLadderMs: [50, 100, 100, 200, 300, 500, 1_000],
  notSentHoldMs: 50,
  outageHoldMs: 100,
};

/** With as many look-ups as a test takes to put everything in place, before a person is asked. */
export const patientWindows: ProtocolWindows = {
  ...testWindows,
  lookUpLadderMs: Array.from({ length: 300 }, () => 200),
};

/** Long enough for a busy machine, short enough to wait for a silent provider. */
export const testTimeouts = { connectMs: 2_000, readMs: 2_000 };

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const db = options.db ?? (await createTestDatabase());
  const emulator = await startEmulator({ ports: { control: 0, toss: 0 } });
  const realSender = createHttpSender();
  const sender = options.sender?.(realSender) ?? realSender;
  const keys = createAccountKeys(masterKey, realEffects.random);
  const engine: Engine = {
    database: db.database,
    effects: realEffects,
    keys,
    gateways: createGateways(keys, {
      sender,
      ...realEffects,
      timeouts: options.timeouts ?? testTimeouts,
    }),
    windows: options.windows ?? testWindows,
    dunning: { retryDelays: [1, 3, 5, 7].map((days) => Temporal.Duration.from({ days })) },
    sends: unjournaled,
    log: quietLog,
  };
  const accountId = await addAccount(engine);
  const { concurrency = 10, provider = "toss" } = options;
  const connection = await addConnection(engine, accountId, emulator, concurrency, provider);
  const workers: Worker[] = [];
  return {
    engine,
    db,
    emulator,
    control: controlOf(emulator),
    accountId,
    connection,
    patient: createGateways(keys, { sender: realSender, ...realEffects }),
    engineWith: (change) => ({ ...engine, ...change }),
    worker(own = engine) {
      const worker = startWorker(own, { pollMs: 50 });
      workers.push(worker);
      return worker;
    },
    async stop() {
      await emulator.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
      await realSender.close();
      await db.drop();
    },
  };
}

const quietLog = {
  info: () => undefined,
  warn: () => undefined,
  error: (details: Readonly<Record<string, unknown>>, message: string) => {
    if (process.env["MAEDAL_TEST_LOG"]) console.error(message, details);
  },
};

async function addAccount(engine: Engine): Promise<string> {
  const id = newId("acct", engine.effects.random);
  await engine.database.execute(
    "insert into accounts (id, name, mode, wrapped_data_key) values ($1, 'Test shop', 'test', $2)",
    [id, engine.keys.newWrappedDataKey(id)],
  );
  return id;
}

export async function addConnection(
  engine: Engine,
  accountId: string,
  emulator: RunningEmulator,
  concurrency: number,
  provider: Provider = "toss",
): Promise<Connection> {
  const id = newId("gwy", engine.effects.random);
  const owner = { accountId, id };
  const { database, effects, keys } = engine;
  const { secret, ...merchant } = merchants[provider](emulator.ready);
  return await insertConnection(database, {
    ...owner,
    ...merchant,
    mode: "test",
    provider,
    name: provider,
    credentials: await encryptCredentials(database, keys, effects.random, owner, secret),
    settings: readSettings(provider, {}),
    concurrency,
    notificationToken: effects.random.uuid(),
  });
}

type EmulatedMerchant = Omit<Merchant, "mode" | "provider" | "settings"> & {
  readonly secret: Secret;
};

const withoutChannel = { channel: undefined, channelKey: undefined };

const merchants: Readonly<Record<Provider, (ready: ReadyLine) => EmulatedMerchant>> = {
  toss: ({ toss: { url, clientKey, secretKey } }) => ({
    apiHost: url.replace(/\/$/, ""),
    publicId: clientKey,
    scriptUrl: `${url.replace(/\/$/, "")}/v2/standard`,
    apiVersion: undefined,
    ...withoutChannel,
    secret: new Secret(secretKey),
  }),
  line_pay: ({ linePay: { url, channelId, channelSecret } }) => ({
    apiHost: url.replace(/\/$/, ""),
    publicId: channelId,
    scriptUrl: undefined,
    apiVersion: "v3",
    ...withoutChannel,
    secret: new Secret(channelSecret),
  }),
  portone: ({ portone: { url, impCode, apiKey, apiSecret } }) => ({
    apiHost: url.replace(/\/$/, ""),
    publicId: impCode,
    channel: "chai",
    channelKey: undefined,
    scriptUrl: `${url.replace(/\/$/, "")}/v1/iamport.js`,
    apiVersion: undefined,
    secret: portOneSecretOf({ apiKey, apiSecret }),
  }),
};

export interface PlanOptions {
  readonly amount?: number;
  readonly unit?: "day" | "week" | "month" | "year";
  readonly count?: number;
  readonly trialDays?: number;
  readonly capture?: "automatic" | "manual";
}

/** What the emulated merchants' contracts are in. */
const currencyOf = { toss: "KRW", line_pay: "TWD", portone: "KRW" } as const satisfies Record<
  Provider,
  Currency
>;

/** In the currency of the world's connection, and never refused for how seldom it pays. */
export async function addPlan(world: World, options: PlanOptions = {}): Promise<string> {
  const { random } = world.engine.effects;
  const planId = newId("plan", random);
  const priceId = newId("price", random);
  const { amount = 9_900, unit = "month", count = 1, trialDays = 0 } = options;
  const { capture = "automatic" } = options;
  const currency = currencyOf[world.connection.provider];
  await world.db.database.transaction(async (tx) => {
    const { accountId } = world;
    await tx.execute(
      "insert into plans (account_id, id, name, price_id) values ($1, $2, '프리미엄', $3)",
      [accountId, planId, priceId],
    );
    await tx.execute(
      `insert into prices (account_id, id, plan_id, amount_minor, currency, interval_unit,
         interval_count, trial_days, capture, outlives_unused_keys)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, true)`,
      [accountId, priceId, planId, amount, currency, unit, count, trialDays, capture],
    );
  });
  return planId;
}

/** A customer, on a test clock of its own when `clockAt` says so. */
export async function addCustomer(
  world: World,
  clockAt?: string,
): Promise<{ id: string; testClockId: string | undefined }> {
  const { accountId, engine } = world;
  const id = newId("cus", engine.effects.random);
  const now = clockAt && Temporal.Instant.from(clockAt);
  const clock = now ? await createTestClock(engine, { accountId, name: "clock", now }) : undefined;
  await engine.database.execute(
    "insert into customers (account_id, id, name, test_clock_id) values ($1, $2, '김매달', $3)",
    [accountId, id, clock?.id ?? null],
  );
  return { id, testClockId: clock?.id };
}

interface IssuedKey extends RegisteredBillingKey {
  /** Toss's second secret; "" where there is none. */
  readonly customerKey: string;
}

/**
 * What the window and the hosted page do, in a few calls: a key is issued, stored and attached. A
 * window that takes a payment takes the smallest there is, under an order id of no charge of ours.
 */
export async function registerMethod(
  world: World,
  customerId: string,
  options: { readonly subscriptionId?: string; readonly accountId?: string } = {},
): Promise<{ id: string; billingKey: string; customerKey: string }> {
  const { accountId, connection, engine, patient } = world;
  const { random } = engine.effects;
  const { window } = await patient.of(engine.database, connection);
  const issued =
    window.kind === "script"
      ? await keyFromScript(world, window, options.accountId)
      : await keyFromPayment(world, window);
  const id = newId("bk", random);
  const dataKey = await engine.keys.dataKeyOf(engine.database, accountId);
  await engine.database.transaction(async (tx) => {
    const row = { accountId, id, customerId };
    await insertBillingKey(tx, {
      ...row,
      connectionId: connection.id,
      method: issued.method,
      methodLabel: issued.methodLabel,
      ...sealBillingKey(dataKey, issued.secret, row, random),
    });
    const subscriptionId = options.subscriptionId;
    await attachBillingKey(tx, engine, { accountId, billingKeyId: id, subscriptionId, customerId });
  });
  return { id, billingKey: issued.secret.billingKey, customerKey: issued.customerKey };
}

async function keyFromScript(
  world: World,
  window: ScriptWindow,
  accountId: string | undefined,
): Promise<IssuedKey> {
  const { ordered } = window;
  return ordered === undefined
    ? await keyFromAuth(world, window, accountId)
    : await keyFromOrder(world, window, ordered);
}

async function keyFromAuth(
  { control, engine }: World,
  window: ScriptWindow,
  accountId: string | undefined,
): Promise<IssuedKey> {
  const { random } = engine.effects;
  const customerKey = random.uuid();
  const account = accountId === undefined ? {} : { accountId };
  const order = { customerKey, method: "TRANSFER", ...account };
  const { authKey } = await control.post<{ authKey: string }>("/toss/billing-auths", order);
  const idempotencyKey = random.uuid();
  return { ...(await window.exchange({ authKey, customerKey, idempotencyKey })), customerKey };
}

/** The page calls the script with what the gateway says; the price is shown and not taken. */
async function keyFromOrder(
  { connection, control, emulator, engine }: World,
  window: ScriptWindow,
  ordered: OrderedWindow,
): Promise<IssuedKey> {
  const { random } = engine.effects;
  const customerKey = random.uuid();
  const orderId = registrationOrderId(newId("reg", random));
  const amount = money(9_900, currencyOf[connection.provider]);
  const order = { orderId, amount, isPayment: false };
  const returnUrl = "https://shop.example/registrations/back";
  const asked = ordered.request({ ...order, orderName: "프리미엄", customerKey, returnUrl });
  const { impCode } = emulator.ready.portone;
  const { redirect_url: address } = await control.post<{ redirect_url: string }>(
    "/portone/billing-keys",
    { ...asked, impCode },
  );
  const said = ordered.readReturn(Object.fromEntries(new URL(address).searchParams));
  if (said === undefined) throw new Error(`${address} names neither a payment nor an order`);
  const handle = { authKey: said.authKey, customerKey, idempotencyKey: random.uuid(), order };
  return { ...(await window.exchange(handle)), customerKey };
}

/** Of the order ids under which `registerMethod` has a window paid. */
const registrationPrefix = "KEY-";

/** What the provider was paid by the charges of this world, oldest first. */
export async function chargePayments({ control }: World): Promise<LedgerEntry[]> {
  const payments = await control.payments();
  return payments.filter(({ orderId }) => !orderId.startsWith(registrationPrefix));
}

async function keyFromPayment(
  { connection, control, engine }: World,
  window: PaymentWindow,
): Promise<IssuedKey> {
  const order = {
    orderId: `${registrationPrefix}${engine.effects.random.uuid()}`,
    amount: money(1, currencyOf[connection.provider]),
  };
  const { windowId } = await window.open({
    ...order,
    orderName: "Registration",
    confirmUrl: "http://127.0.0.1/confirm",
    cancelUrl: "http://127.0.0.1/cancel",
    locale: "zh-TW",
  });
  await control.post(`/line-pay/requests/${windowId}/approve`, {});
  const { billingKey } = await window.confirm({ windowId, ...order });
  if (billingKey === undefined) throw new Error("the confirm brought no key");
  return { ...billingKey, customerKey: "" };
}

export interface Subscribed {
  readonly customerId: string;
  readonly subscription: Subscription;
  readonly testClockId: string | undefined;
  readonly key: { readonly id: string; readonly billingKey: string; readonly customerKey: string };
}

export interface SubscribeOptions extends PlanOptions {
  readonly clockAt?: string;
  readonly accountId?: string;
  /** Done before the first charge is made, which will be sent under this order id. */
  readonly beforeCharge?: (orderId: string) => Promise<void>;
}

/** A customer with a registered account and a started subscription; its first charge is due. */
export async function subscribe(world: World, options: SubscribeOptions = {}): Promise<Subscribed> {
  const planId = await addPlan(world, options);
  const customer = await addCustomer(world, options.clockAt);
  const { accountId, engine } = world;
  const wanted = { accountId, customerId: customer.id, planId };
  const subscription = await createSubscription(engine, wanted);
  const first = { invoiceId: "", subscriptionId: subscription.id, periodIndex: 0 };
  await options.beforeCharge?.(orderIdOf(first, 0));
  const key = await registerMethod(world, customer.id, {
    subscriptionId: subscription.id,
    ...(options.accountId === undefined ? {} : { accountId: options.accountId }),
  });
  return { customerId: customer.id, testClockId: customer.testClockId, subscription, key };
}

export interface ChargeView {
  readonly id: string;
  readonly period: number;
  readonly status: string;
  readonly order_id: string;
  readonly failure_class: string | null;
  readonly failure_code: string | null;
  readonly review_reason: string | null;
  readonly generation: number;
  readonly declines: number;
  readonly resends: number;
}

/** The charges of a subscription, oldest first. */
export async function chargesOf(world: World, subscriptionId: string): Promise<ChargeView[]> {
  return await world.db.database.query<ChargeView>(
    `select c.id, i.period_index as period, c.status, c.order_id, c.failure_class, c.failure_code,
       c.review_reason, c.generation, c.declines, c.resends
     from charges c join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
     where c.subscription_id = $1 order by i.period_index, c.created_at`,
    [subscriptionId],
  );
}

export async function statusOf(world: World, subscriptionId: string): Promise<string | undefined> {
  const [row] = await world.db.database.query<{ status: string }>(
    "select status from subscriptions where id = $1",
    [subscriptionId],
  );
  return row?.status;
}

export async function connectionNow(world: World): Promise<Connection> {
  const { accountId, connection, db } = world;
  const found = await findConnection(db.database, accountId, connection.id);
  if (found === undefined) throw new Error("the connection is gone");
  return found;
}

/**
 * Waits until the condition gives something, and gives it back; an explicit limit, no fixed sleep.
 * The limit is there to end a vain wait with its reason, far above what the slowest machine needs.
 */
export async function eventually<T>(
  what: string,
  condition: () => Promise<T | undefined | false | null>,
  limitMs = 90_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false && found !== null) return found;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until a subscription has so many charges in this status. */
export async function untilCharges(
  world: World,
  subscriptionId: string,
  status: string,
  count = 1,
): Promise<ChargeView[]> {
  return await eventually(`${count} × ${status}`, async () => {
    const charges = await chargesOf(world, subscriptionId);
    return charges.filter((charge) => charge.status === status).length >= count && charges;
  });
}

export async function advanceTo(world: World, testClockId: string, to: string): Promise<void> {
  const { accountId, engine } = world;
  await advanceTestClock(engine, { accountId, testClockId, to: Temporal.Instant.from(to) });
  await eventually(`the clock to reach ${to}`, async () => {
    const clock = await findTestClock(engine.database, accountId, testClockId);
    return clock?.status === "ready";
  });
}
