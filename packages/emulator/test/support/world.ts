/** A started emulator on free ports, and the calls that the tests make to it. */
import { startEmulator, type EmulatorOptions, type ReadyLine } from "../../src/index.ts";

/** JSON as it came. Tests compare it whole or read a member; a wrong member fails the comparison. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: Json;
  readonly text: string;
}

interface Wishes {
  readonly headers?: Record<string, string>;
  /** Credentials other than the default merchant's; null sends none. */
  readonly secretKey?: string | null;
  readonly signal?: AbortSignal;
}

export interface World {
  readonly ready: ReadyLine;
  /** A merchant's call to Toss, with the default merchant's credentials. */
  toss(method: string, path: string, body?: unknown, wishes?: Wishes): Promise<Answer>;
  /** A control call that must succeed; returns its JSON. */
  control(method: string, path: string, body?: unknown): Promise<Json>;
  /** A registered account or card: billingKey and customerKey. */
  register(wanted?: Registration): Promise<Mandate>;
  charge(mandate: Mandate, order: Partial<Order>, wishes?: Wishes): Promise<Answer>;
  ledgerOf(orderId: string): Promise<[kind: string, amount: number][]>;
  stop(): Promise<void>;
}

export interface Mandate {
  readonly billingKey: string;
  readonly customerKey: string;
  readonly accountId?: string;
  readonly cardId?: string;
}

interface Registration {
  readonly method?: "TRANSFER" | "CARD";
  readonly customerKey?: string;
  readonly accountId?: string;
  readonly cardId?: string;
}

interface Order {
  readonly orderId: string;
  readonly amount: number;
  readonly orderName: string;
  readonly [member: string]: unknown;
}

export function basic(user: string): string {
  return `Basic ${Buffer.from(user).toString("base64")}`;
}

export async function startWorld(options: EmulatorOptions = {}): Promise<World> {
  const { ready, stop } = await startEmulator({ ports: { control: 0, toss: 0 }, ...options });

  async function send(url: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(url, init);
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, text, body: text === "" ? undefined : readJson(text) };
  }

  async function control(method: string, path: string, body?: unknown): Promise<Json> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await send(ready.control + path, init);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.body;
  }

  const world: World = {
    ready,
    stop,
    control,
    toss(method, path, body, { headers = {}, secretKey, signal } = {}) {
      const key = secretKey === undefined ? ready.toss.secretKey : secretKey;
      const authorization = key === null ? {} : { authorization: basic(`${key}:`) };
      const json = body === undefined ? {} : { "content-type": "application/json" };
      const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
      return send(ready.toss.url + path, {
        method,
        headers: { ...authorization, ...json, ...headers },
        body: text ?? null,
        signal: signal ?? null,
      });
    },
    async register({ customerKey = "customer-1", ...wanted } = {}) {
      const auth = await control("POST", "/toss/billing-auths", { customerKey, ...wanted });
      const { authKey, accountId, cardId } = auth;
      const path = "/v1/billing/authorizations/issue";
      const issued = await world.toss("POST", path, { authKey, customerKey });
      if (issued.status !== 200) throw new Error(issued.text);
      return { billingKey: issued.body.billingKey, customerKey, accountId, cardId };
    },
    charge({ billingKey, customerKey }, order, wishes) {
      const usual = { orderId: "order-0001", amount: 4900, orderName: "매달 구독" };
      const path = `/v1/billing/${encodeURIComponent(billingKey)}`;
      return world.toss("POST", path, { customerKey, ...usual, ...order }, wishes);
    },
    async ledgerOf(orderId) {
      const entries = await control("GET", `/ledger?orderId=${orderId}`);
      return entries.map(({ kind, amount }: { kind: string; amount: number }) => [kind, amount]);
    },
  };
  return world;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The part of an error answer that callers decide by. */
export function refusalOf({ status, body }: Answer): [number, string] {
  return [status, body?.code];
}
