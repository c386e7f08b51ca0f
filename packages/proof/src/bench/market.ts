/**
 * Market: customers with billing keys at one provider. The database's clock can be put a month on, so
 * that all of them owe again at once, as often as that is wanted.
 */
import { money } from "@maedal/gateways";
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
import { tendSweeps } from "../../../server/src/sweeps/tend-sweeps.ts";
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
  /** Puts the clock a month on, and bills everybody. No worker may run. */
  fallDue(): Promise<void>;
  /** How many charges are neither captured nor failed. */
  countOpen(): Promise<number>;
}

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
      testClockId: undefined,
    });
    const wanted = { accountId, customerId: customer.id, planId: plan.id };
    const { id: subscriptionId } = await createSubscription(engine, wanted);
    keys.push(await register(engine, provider, connection, customer.id, subscriptionId));
  };
  for (let joined = 0; joined < customers; joined += 10) {
    await Promise.all(Array.from({ length: Math.min(10, customers - joined) }, join));
  }
  // As on any server that has run for a while: without statistics, plans are guesses.
  await engine.database.execute("vacuum analyze");
  return {
    engine,
    connection,
    keys,
    async fallDue() {
      await putOn(engine);
      // The daily comparison with the provider, which falls due by the jump, is no part of a charge.
      while ((await tendSweeps(engine)) > 0);
      while ((await countOpen(engine, accountId)) < customers) await rollSubscriptions(engine);
    },
    countOpen: () => countOpen(engine, accountId),
  };
}

/** 31 days are a month at least; a market lives for a few of them. */
async function putOn({ database }: Engine): Promise<void> {
  const [row] = await database.query<{ ahead: number }>(
    "select round(extract(epoch from protocol_now() - clock_timestamp()) / 86400)::int as ahead",
  );
  const days = (row?.ahead ?? 0) + 31;
  await database.execute(
    `create or replace function protocol_now() returns timestamptz
     language sql stable parallel safe
     as $$ select clock_timestamp() + interval '${days} days' $$`,
  );
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
