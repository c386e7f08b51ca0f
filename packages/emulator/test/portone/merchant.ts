/** A merchant of the emulated PortOne: calls with a token, and the steps that tests begin with. */
import { startWorld, type Json, type World } from "../support/world.ts";

export interface PortOneAnswer {
  readonly status: number;
  readonly text: string;
  /** The envelope; undefined when the answer was no JSON. */
  readonly body: Json;
}

export interface Wishes {
  /** Instead of the merchant's own token; null sends none. */
  readonly authorization?: string | null;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface PortOneMerchant {
  /** A new token, as it is answered. */
  token(keys?: object): Promise<Json>;
  /** A body that is a string is sent as a form, anything else as JSON. */
  call(method: string, path: string, body?: unknown, wishes?: Wishes): Promise<PortOneAnswer>;
  get(path: string, wishes?: Wishes): Promise<PortOneAnswer>;
  post(path: string, body?: unknown, wishes?: Wishes): Promise<PortOneAnswer>;
  /** A key made in CHAI's window, unless the order names another `pg`. */
  register(order?: object): Promise<Json>;
  /** 3,000 KRW on key-1 under order-1, unless the order says otherwise. */
  again(order?: object, wishes?: Wishes): Promise<PortOneAnswer>;
  switches(switches: object): Promise<Json>;
  fault(operation: string, action: unknown, more?: object): Promise<Json>;
  /** Changes what is behind a key. */
  change(changes: object, customerUid?: string): Promise<Json>;
  advance(by: string): Promise<Json>;
}

export const key = "key-1";

export function merchantOf(world: World): PortOneMerchant {
  const { url, apiKey, apiSecret } = world.ready.portone;
  const provider = "portone";

  async function send(
    method: string,
    path: string,
    body: unknown,
    { authorization, headers = {}, signal }: Wishes,
  ): Promise<PortOneAnswer> {
    const isForm = typeof body === "string";
    const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
    const text = isForm || body === undefined ? body : JSON.stringify(body);
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(typeof authorization === "string" ? { authorization } : {}),
        ...(body === undefined ? {} : { "content-type": type }),
        ...headers,
      },
      body: text ?? null,
      signal: signal ?? null,
    });
    const answer = await response.text();
    return { status: response.status, text: answer, body: readJson(answer) };
  }

  async function token(keys: object = { imp_key: apiKey, imp_secret: apiSecret }): Promise<Json> {
    return (await send("POST", "/users/getToken", keys, {})).body;
  }

  const merchant: PortOneMerchant = {
    token,
    async call(method, path, body, wishes = {}) {
      if (wishes.authorization !== undefined) return send(method, path, body, wishes);
      const { access_token: accessToken } = (await token()).response;
      return send(method, path, body, { ...wishes, authorization: `Bearer ${accessToken}` });
    },
    get: (path, wishes) => merchant.call("GET", path, undefined, wishes),
    post: (path, body, wishes) => merchant.call("POST", path, body, wishes),
    register: (order = {}) =>
      world.control("POST", "/portone/billing-keys", { customer_uid: key, ...order }),
    again: (order = {}, wishes) => {
      const usual = { customer_uid: key, merchant_uid: "order-1", amount: 3000, name: "구독" };
      return merchant.post("/subscribe/payments/again", { ...usual, ...order }, wishes);
    },
    switches: (switches) => world.control("POST", "/switches", { provider, ...switches }),
    fault: (operation, action, more = {}) =>
      world.control("POST", "/faults", { provider, operation, action, ...more }),
    change: (changes, customerUid = key) =>
      world.control("POST", "/accounts", { provider, kind: "change", customerUid, ...changes }),
    advance: (by) => world.control("POST", "/clock", { by }),
  };
  return merchant;
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function startPortOne() {
  const world = await startWorld();
  return { world, portOne: merchantOf(world) };
}

/** HTTP status, code and message: what a refusal is told by. */
export function refusalOf({ status, body }: PortOneAnswer): [number, number, string] {
  return [status, body?.code, body?.message];
}

/** HTTP status, code and payment status: the outcome of a charge. */
export function outcomeOf({ status, body }: PortOneAnswer): [number, number, string | undefined] {
  return [status, body?.code, body?.response?.status];
}

export const duplicate =
  "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)";
export const noPayment = "존재하지 않는 결제정보입니다.";
