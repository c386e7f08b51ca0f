/**
 * The shop on the stage: two accounts that must never see each other, three connections, customers
 * who went through each provider's window, and charges that are paid, held and waiting. Made through
 * the API and the hosted pages, as a merchant and a browser would.
 */
import { linePayMerchants, type RunningEmulator } from "@maedal/emulator";
import { z } from "zod";
import { createAccount } from "../../../server/src/accounts/create-account.ts";
import { createApiKey } from "../../../server/src/accounts/create-api-key.ts";
import { openBillingKey } from "../../../server/src/billing-keys/billing-key-secret.ts";
import { startWorker } from "../../../server/src/worker/worker.ts";
import { baseUrl, masterKeyText, type RunningApp } from "./running-app.ts";

/** A registration that is open, with the cookie of the browser that it belongs to. */
export interface OpenVisit {
  readonly id: string;
  readonly provider: ProviderName;
  readonly cookie: string;
}

export interface Shop {
  readonly apiKey: string;
  readonly otherApiKey: string;
  /** Ids by prefix: of the account whose key it is, and of the other one. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
  readonly otherIds: ReadonlyMap<string, readonly string[]>;
  readonly notificationTokens: Readonly<Record<ProviderName, string>>;
  readonly visits: readonly OpenVisit[];
  /** Order ids that were sent to a provider. */
  readonly orderIds: readonly string[];
  /** Of the account's own customers, as the providers know them. */
  readonly billingKeys: readonly string[];
  readonly paymentIds: readonly string[];
  /** Texts that must stand in no answer. */
  readonly secrets: readonly string[];
}

export type ProviderName = "toss" | "line_pay" | "portone";

/** The name of the other account's customer: whoever shows it has mixed the accounts up. */
const foreignName = "planted-foreign-customer";

export async function openShop(app: RunningApp, emulator: RunningEmulator): Promise<Shop> {
  const mine = await openAccount(app, emulator, "김하늘");
  const other = await openAccount(app, emulator, foreignName);
  const worker = startWorker(app.engine, { pollMs: 50 });
  await untilPaid(app);
  await worker.stop();
  const { linePay, portone, toss } = emulator.ready;
  const database = app.engine.database;
  const sent = await database.query<{ order_id: string; payment_id: string | null }>(
    "select order_id, payment_id from charges order by order_id",
  );
  const billingKeys = await billingKeysOf(app, mine.accountId);
  return {
    billingKeys,
    apiKey: mine.apiKey,
    otherApiKey: other.apiKey,
    ids: await idsOf(app, mine.accountId),
    otherIds: await idsOf(app, other.accountId),
    notificationTokens: mine.notificationTokens,
    visits: mine.visits,
    orderIds: sent.map((row) => row.order_id),
    paymentIds: sent.flatMap((row) => row.payment_id ?? []),
    secrets: [
      masterKeyText,
      mine.apiKey,
      other.apiKey,
      toss.secretKey,
      portone.apiKey,
      portone.apiSecret,
      linePay.channelSecret,
      foreignName,
      ...billingKeys,
      ...mine.secrets,
    ],
  };
}

interface OpenedAccount {
  readonly accountId: string;
  readonly apiKey: string;
  readonly notificationTokens: Shop["notificationTokens"];
  readonly visits: readonly OpenVisit[];
  readonly secrets: readonly string[];
}

async function openAccount(
  app: RunningApp,
  emulator: RunningEmulator,
  customerName: string,
): Promise<OpenedAccount> {
  const account = await createAccount(app.engine, { name: "Milk", mode: "test" });
  const apiKey = (await createApiKey(app.engine, account, "fuzz")).key.reveal();
  const call = apiCaller(app, apiKey);
  const visits: OpenVisit[] = [];
  const secrets: string[] = [];
  const notificationTokens = { toss: "", line_pay: "", portone: "" };
  for (const connection of connectionsAt(emulator)) {
    const made = await call("POST", "/v1/gateway-connections", connection.body);
    const { provider } = connection;
    const token = /\/notifications\/(.+)$/.exec(made.notificationUrl ?? "")?.[1];
    if (token !== undefined) notificationTokens[provider] = token;
    const { currency, method } = connection;
    const amount = currency === "TWD" ? 299 : 9_900;
    const interval = { interval: "month" };
    const plan = await call("POST", "/v1/plans", {
      name: "하늘우유",
      amount,
      currency,
      ...interval,
    });
    const customerOf = async () => {
      const customer = { name: customerName, email: "a@example.com", phone: "010-1234-5678" };
      const { id: customerId } = await call("POST", "/v1/customers", customer);
      const wanted = { customerId, planId: plan.id };
      const { id: subscriptionId } = await call("POST", "/v1/subscriptions", wanted);
      const trip = { customerId, subscriptionId, connectionId: made.id, method };
      const { id } = await call("POST", "/v1/registrations", trip);
      return await visit(app, id, provider);
    };
    secrets.push(...(await goThroughWindow(app, emulator, await customerOf())));
    visits.push(await customerOf());
  }
  await call("POST", "/v1/test-clocks", { name: "clock", now: "2026-01-31T00:00:00Z" });
  return { accountId: account.id, apiKey, notificationTokens, visits, secrets };
}

function connectionsAt({ ready: { linePay, portone, toss } }: RunningEmulator) {
  const originOf = (url: string) => new URL(url).origin;
  return [
    {
      provider: "toss",
      currency: "KRW",
      method: "TRANSFER",
      body: {
        provider: "toss",
        name: "Toss",
        clientKey: toss.clientKey,
        secretKey: toss.secretKey,
        apiHost: originOf(toss.url),
        scriptUrl: `${originOf(toss.url)}/v2/standard`,
      },
    },
    {
      provider: "line_pay",
      currency: "TWD",
      method: "LINE_PAY",
      body: {
        provider: "line_pay",
        name: "LINE Pay",
        channelId: linePayMerchants.TWD.channelId,
        channelSecret: linePayMerchants.TWD.channelSecret,
        apiHost: originOf(linePay.url),
      },
    },
    {
      provider: "portone",
      currency: "KRW",
      method: "TRANSFER",
      body: {
        provider: "portone",
        name: "PortOne",
        impCode: portone.impCode,
        apiKey: portone.apiKey,
        apiSecret: portone.apiSecret,
        channel: "chai",
        apiHost: originOf(portone.url),
        scriptUrl: `${originOf(portone.url)}/v1/iamport.js`,
      },
    },
  ] as const;
}

const madeSchema = z.looseObject({ id: z.string(), notificationUrl: z.string().optional() });

function apiCaller(app: RunningApp, apiKey: string) {
  return async (method: string, path: string, body: unknown) => {
    const request = new Request(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await app.fetch(request);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return madeSchema.parse(JSON.parse(text));
  };
}

/** A browser opens the page for the first time and is given its cookie. */
async function visit(app: RunningApp, id: string, provider: ProviderName): Promise<OpenVisit> {
  const answer = await app.fetch(new Request(`${baseUrl}/r/${id}`));
  await answer.arrayBuffer();
  const [cookie = ""] = answer.headers.getSetCookie().map((text) => text.split(";")[0] ?? "");
  if (!answer.ok) throw new Error(`/r/${id} answered ${answer.status}`);
  return { id, provider, cookie };
}

const windowRequest = z.looseObject({
  customerKey: z.string().optional(),
  request: z.looseObject({}).nullish(),
});

/** @returns Secrets that the trip brought about. */
async function goThroughWindow(
  app: RunningApp,
  { ready }: RunningEmulator,
  { cookie, id, provider }: OpenVisit,
): Promise<readonly string[]> {
  const browse = async (path: string, method = "GET") => {
    const answer = await app.fetch(
      new Request(`${baseUrl}${path}`, { method, headers: { cookie } }),
    );
    if (answer.status >= 400) throw new Error(`${path} answered ${answer.status}`);
    return await answer.text();
  };
  const control = async (path: string, body: unknown) => {
    const headers = { "content-type": "application/json" };
    const request = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(new URL(path, ready.control), request);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Readonly<Record<string, string>>;
  };
  if (provider === "line_pay") {
    await browse(`/r/${id}/window`, "POST");
    const [window] = await app.engine.database.query<{ window_id: string }>(
      "select window_id from payment_windows where registration_id = $1",
      [id],
    );
    await control(`/line-pay/requests/${window?.window_id ?? ""}/approve`, {});
    await browse(`/r/${id}/confirm?transactionId=${window?.window_id ?? ""}&orderId=x`);
    return [];
  }
  const page = await browse(`/r/${id}`);
  const json = /id="window-request">([^<]*)</.exec(page)?.[1] ?? "{}";
  const { customerKey = "", request } = windowRequest.parse(JSON.parse(json));
  if (provider === "toss") {
    const { authKey = "" } = await control("/toss/billing-auths", {
      customerKey,
      method: "TRANSFER",
    });
    const query = new URLSearchParams({ authKey, customerKey });
    await browse(`/r/${id}/success?${query.toString()}`);
    return [customerKey, authKey];
  }
  const { impCode } = ready.portone;
  const { redirect_url: back = "" } = await control("/portone/billing-keys", {
    ...request,
    impCode,
  });
  const { pathname, search } = new URL(back);
  await browse(`${pathname}${search}`);
  return [String(request?.["customer_uid"])];
}

const paidLimitMs = 120_000;

/** Until the worker has charged every method that was registered. */
async function untilPaid({ engine }: RunningApp): Promise<void> {
  const end = performance.now() + paidLimitMs;
  for (;;) {
    const [row] = await engine.database.query<{ captured: number }>(
      "select count(*)::int as captured from charges where status = 'captured'",
    );
    if (row?.captured === 6) return;
    if (performance.now() > end)
      throw new Error(`only ${row?.captured} of 6 charges were captured`);
    await engine.effects.timers.sleep(50);
  }
}

async function billingKeysOf(
  { engine: { database, keys } }: RunningApp,
  accountId: string,
): Promise<readonly string[]> {
  const dataKey = await keys.dataKeyOf(database, accountId);
  const rows = await database.query<{ id: string; customer_id: string; secret: Uint8Array }>(
    "select id, customer_id, secret from billing_keys where account_id = $1 order by id",
    [accountId],
  );
  return rows.map(({ customer_id: customerId, secret: envelope, id }) => {
    return openBillingKey(dataKey, envelope, { accountId, customerId, id }).billingKey;
  });
}

/** All ids of an account, from every table that has them. */
async function idsOf(
  { engine }: RunningApp,
  accountId: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const tables = await engine.database.query<{ name: string }>(
    `select table_name as name from information_schema.columns
     where table_schema = 'public' and column_name = 'id' and table_name in
       (select table_name from information_schema.columns where column_name = 'account_id')
     order by 1`,
  );
  const found: string[] = [accountId];
  for (const { name } of tables) {
    const rows = await engine.database.query<{ id: string }>(
      `select id::text from ${name} where account_id = $1 order by 1`,
      [accountId],
    );
    found.push(...rows.map(({ id }) => id));
  }
  return Map.groupBy(found, (id) => id.split("_")[0] ?? "");
}
