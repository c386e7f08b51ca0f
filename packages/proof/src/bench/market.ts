/**
 * Market: customers with billing keys at one provider, all on one test clock, so that a month's
 * charges can be made due at once, as often as they are wanted.
 */
import { money } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { createAccount } from "../../../server/src/accounts/create-account.ts";
import { attachBillingKey } from "../../../server/src/billing-keys/attach-billing-key.ts";
import { sealBillingKey } from "../../../server/src/billing-keys/billing-key-secret.ts";
import { insertBillingKey } from "../../../server/src/billing-keys/billing-key-store.ts";
import { readSettings } from "../../../server/src/connections/connection-settings.ts";
import { insertConnection } from "../../../server/src/connections/connection-store.ts";
import type { Connection } from "../../../server/src/connections/connection.ts";
import { createGateways, encryptCredentials } from "../../../server/src/connections/gateways.ts";
import { createCustomer } from "../../../server/src/customers/create-customer.ts";
import type { Engine } from "../../../server/src/engine.ts";
import { newId } from "../../../server/src/ids/id.ts";
import { createPlan } from "../../../server/src/plans/create-plan.ts";
import { Secret } from "../../../server/src/security/secret.ts";
import { createSubscription } from "../../../server/src/subscriptions/create-subscription.ts";
import { rollSubscriptions } from "../../../server/src/subscriptions/roll-subscriptions.ts";
import {
  advanceTestClock,
  createTestClock,
} from "../../../server/src/test-clocks/advance-test-clock.ts";
import { advanceTestClocks } from "../../../server/src/test-clocks/advance-test-clocks.ts";
import type { TossProvider } from "./toss-provider.ts";

export interface PayerKey {
  readonly billingKey: string;
  readonly customerKey: string;
}

export interface Market {
  /** Sends to this market's provider. */
  readonly engine: Engine;
  readonly connection: Connection;
  readonly keys: readonly PayerKey[];
  /** Lets the clock run until every customer owes the next month. No worker may run. */
  fallDue(): Promise<void>;
  /** How many charges are neither captured nor failed. */
  countOpen(): Promise<number>;
}

const beginsAt = Temporal.Instant.from("2026-01-15T00:00:00Z");
const amount = money(9_900, "KRW");
const timeouts = { connectMs: 5_000, readMs: 30_000 };

/** @param customers Each has one key; their first charges are due when this returns. */
export async function openMarket(
  base: Engine,
  provider: TossProvider,
  customers: number,
  concurrency: number,
): Promise<Market> {
  const { sender } = provider;
  const { clock, random } = base.effects;
  const engine = {
    ...base,
    gateways: createGateways(base.keys, { sender, random, clock, timeouts }),
  };
  const account = await createAccount(engine, { name: provider.name, mode: "test" });
  const accountId = account.id;
  const connection = await connect(engine, provider, accountId, concurrency);
  const testClock = await createTestClock(engine, { accountId, name: "bench", now: beginsAt });
  const plan = await createPlan(engine, {
    accountId,
    name: "매달",
    amount,
    interval: { unit: "month", count: 1 },
    trialDays: 0,
    capture: "automatic",
    registrationAmount: undefined,
    outlivesUnusedKeys: false,
  });
  const keys: PayerKey[] = [];
  const join = async () => {
    const customer = await createCustomer(engine, account, {
      externalId: undefined,
      name: "김매달",
      email: undefined,
      phone: undefined,
      locale: "ko",
      zone: "Asia/Seoul",
      testClockId: testClock.id,
    });
    const wanted = { accountId, customerId: customer.id, planId: plan.id };
    const { id: subscriptionId } = await createSubscription(engine, wanted);
    keys.push(await register(engine, provider, connection, customer.id, subscriptionId));
  };
  for (let joined = 0; joined < customers; joined += 10) {
    await Promise.all(Array.from({ length: Math.min(10, customers - joined) }, join));
  }
  let months = 0;
  return {
    engine,
    connection,
    keys,
    async fallDue() {
      months += 1;
      const to = beginsAt.toZonedDateTimeISO("UTC").add({ months, days: 1 }).toInstant();
      await advanceTestClock(engine, { accountId, testClockId: testClock.id, to });
      while ((await countOpen(engine, accountId)) < customers) {
        await advanceTestClocks(engine);
        await rollSubscriptions(engine);
      }
    },
    countOpen: () => countOpen(engine, accountId),
  };
}

async function countOpen({ database }: Engine, accountId: string): Promise<number> {
  const [row] = await database.query<{ open: number }>(
    `select count(*)::int as open from charges
     where account_id = $1 and status not in ('captured', 'failed', 'canceled', 'voided')`,
    [accountId],
  );
  return row?.open ?? 0;
}

async function connect(
  { database, effects: { random }, keys }: Engine,
  { apiHost, clientKey, name, secretKey }: TossProvider,
  accountId: string,
  concurrency: number,
): Promise<Connection> {
  const id = newId("gwy", random);
  const owner = { accountId, id };
  const secret = new Secret(secretKey);
  return await insertConnection(database, {
    ...owner,
    mode: "test",
    provider: "toss",
    name,
    apiHost,
    publicId: clientKey,
    scriptUrl: `${apiHost}/v2/standard`,
    apiVersion: undefined,
    channel: undefined,
    channelKey: undefined,
    credentials: await encryptCredentials(database, keys, random, owner, secret),
    settings: readSettings("toss", {}),
    concurrency,
    notificationToken: Buffer.from(random.bytes(16)).toString("hex"),
  });
}

async function register(
  engine: Engine,
  provider: TossProvider,
  connection: Connection,
  customerId: string,
  subscriptionId: string,
): Promise<PayerKey> {
  const { database, effects, keys } = engine;
  const { accountId } = connection;
  const { window } = await engine.gateways.of(database, connection);
  if (window.kind !== "script") throw new Error("Toss has another window");
  const customerKey = effects.random.uuid();
  const authKey = await provider.approve(customerKey);
  const idempotencyKey = effects.random.uuid();
  const issued = await window.exchange({ authKey, customerKey, idempotencyKey });
  const id = newId("bk", effects.random);
  const dataKey = await keys.dataKeyOf(database, accountId);
  await database.transaction(async (tx) => {
    const row = { accountId, id, customerId };
    await insertBillingKey(tx, {
      ...row,
      connectionId: connection.id,
      method: issued.method,
      methodLabel: issued.methodLabel,
      ...sealBillingKey(dataKey, issued.secret, row, effects.random),
    });
    const attach = { accountId, billingKeyId: id, subscriptionId, customerId };
    await attachBillingKey(tx, engine, attach);
  });
  return { billingKey: issued.secret.billingKey, customerKey };
}
