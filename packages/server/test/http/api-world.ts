/** The API with a database of its own: two test accounts and a live one, and nothing in them. */
import { createHttpSender } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { createAccountKeys } from "../../src/accounts/account-keys.ts";
import type { Account } from "../../src/accounts/account.ts";
import { createAccount } from "../../src/accounts/create-account.ts";
import { createApiKey } from "../../src/accounts/create-api-key.ts";
import { defaultWindows } from "../../src/charges/windows.ts";
import { createGateways } from "../../src/connections/gateways.ts";
import { realEffects } from "../../src/effects.ts";
import { unjournaled } from "../../src/journal/send-guard.ts";
import type { Engine } from "../../src/engine.ts";
import { createApp } from "../../src/http/app.ts";
import type { RateLimit } from "../../src/http/rate-limit.ts";
import { readMasterKey } from "../../src/security/encryption.ts";
import { Secret } from "../../src/security/secret.ts";
import { createTestDatabase } from "../support/test-database.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface Client {
  readonly account: Account;
  readonly key: string;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body: unknown): Promise<Answer>;
  send(method: string, path: string, init?: RequestInit): Promise<Answer>;
}

export interface ApiWorld {
  readonly app: ReturnType<typeof createApp>;
  readonly engine: Engine;
  readonly shop: Client;
  readonly otherShop: Client;
  readonly liveShop: Client;
  clientWith(key: string): Client;
  /** Rows in every table that requests can fill, keys of the API and idempotency aside. */
  rowCounts(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

const generous = { perSecond: 10_000, burst: 10_000 };

export async function createApiWorld(
  options: { readonly rateLimit?: RateLimit } = {},
): Promise<ApiWorld> {
  const db = await createTestDatabase();
  const { clock, random } = realEffects;
  const keys = createAccountKeys(readMasterKey(new Secret("22".repeat(32))), random);
  const sender = createHttpSender();
  const engine: Engine = {
    database: db.database,
    effects: realEffects,
    keys,
    gateways: createGateways(keys, { sender, random, clock }),
    windows: defaultWindows,
    dunning: { retryDelays: [Temporal.Duration.from({ days: 1 })] },
    sends: unjournaled,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  };
  const app = createApp({
    engine,
    sender,
    baseUrl: "https://pay.example.com",
    rateLimit: options.rateLimit ?? generous,
    pages: [],
  });

  const clientOf = (account: Account, key: string): Client => {
    const send = async (method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${key}`);
      const response = await app.request(path, { ...init, method, headers });
      const body = (await response.json()) as Record<string, unknown>;
      return { status: response.status, headers: response.headers, body };
    };
    const sendJson = (
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ) => {
      if (body === undefined) return send(method, path, { headers });
      const json = { "content-type": "application/json", ...headers };
      return send(method, path, { headers: json, body: JSON.stringify(body) });
    };
    return {
      account,
      key,
      send,
      get: (path) => send("GET", path),
      post: (path, body, headers) => sendJson("POST", path, body, headers),
      patch: (path, body) => sendJson("PATCH", path, body),
    };
  };
  const newClient = async (name: string, mode: Account["mode"]): Promise<Client> => {
    const account = await createAccount(engine, { name, mode });
    const { key } = await createApiKey(engine, account, "test");
    return clientOf(account, key.reveal());
  };

  const shop = await newClient("Milk", "test");
  return {
    app,
    engine,
    shop,
    otherShop: await newClient("Bread", "test"),
    liveShop: await newClient("Milk", "live"),
    clientWith: (key) => clientOf(shop.account, key),
    rowCounts: () => countRows(engine),
    async stop() {
      await sender.close();
      await db.drop();
    },
  };
}

const tables = [
  "customers",
  "plans",
  "prices",
  "gateway_connections",
  "registrations",
  "billing_keys",
  "subscriptions",
  "invoices",
  "charges",
  "events",
  "test_clocks",
  "inbound_notifications",
] as const;

async function countRows({ database }: Engine): Promise<Record<string, number>> {
  const selects = tables.map((name) => `select '${name}' as name, count(*)::int as n from ${name}`);
  const rows = await database.query<{ name: string; n: number }>(selects.join(" union all "));
  return Object.fromEntries(rows.map(({ n, name }) => [name, n]));
}

/** An id that is well formed and names nothing. */
export function unknownId(prefix: string): string {
  return `${prefix}_00000000000000000000000000`;
}

export const tossKeys = {
  provider: "toss",
  name: "Toss Payments",
  clientKey: "test_ck_AbCdEfGhIjKlMnOpQrStUvWx",
  secretKey: "test_sk_AbCdEfGhIjKlMnOpQrStUvWx",
};

export const linePayKeys = {
  provider: "line_pay",
  name: "LINE Pay",
  channelId: "1234567890",
  channelSecret: "a1b2c3d4e5f60718293a4b5c6d7e8f90",
};

export const monthlyPlan = { name: "Milk", amount: 9900, currency: "KRW", interval: "month" };
