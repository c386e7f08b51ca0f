/** A merchant of the emulated LINE Pay: signed calls, and the steps that most tests begin with. */
import { createHmac, randomUUID } from "node:crypto";
import { linePayMerchants } from "../../src/index.ts";
import { startWorld, type Json, type World } from "./world.ts";

export interface Credentials {
  readonly channelId: string;
  readonly channelSecret: string;
}

export interface LinePayAnswer {
  readonly status: number;
  readonly text: string;
  /** The JSON with its 19-digit numbers as strings; undefined when it was none. */
  readonly body: Json;
}

export interface Wishes {
  readonly credentials?: Credentials;
  readonly headers?: Record<string, string>;
  readonly nonce?: string;
  readonly signal?: AbortSignal;
}

export interface LinePayMerchant {
  /** A signed call; a body that is a string is sent as it stands, undefined sends none. */
  call(method: string, address: string, body?: unknown, wishes?: Wishes): Promise<LinePayAnswer>;
  get(address: string, wishes?: Wishes): Promise<LinePayAnswer>;
  post(address: string, body?: unknown, wishes?: Wishes): Promise<LinePayAnswer>;
  /** A request that was answered 0000: its transactionId. */
  request(order?: OrderChanges, wishes?: Wishes): Promise<string>;
  approve(transactionId: string, choice?: object): Promise<Json>;
  confirm(transactionId: string, amount?: number, currency?: string): Promise<LinePayAnswer>;
  /** A key registered with 1 TWD, on a card unless told otherwise. */
  register(choice?: object, order?: OrderChanges): Promise<Registered>;
  charge(regKey: string, order?: object, wishes?: Wishes): Promise<LinePayAnswer>;
}

export interface Registered {
  readonly regKey: string;
  readonly payerId: string;
  readonly method: string;
  readonly transactionId: string;
}

export function sign({ channelSecret }: Credentials, path: string, payload: string, nonce: string) {
  const hmac = createHmac("sha256", channelSecret);
  return hmac.update(channelSecret + path + payload + nonce).digest("base64");
}

export const redirectUrls = {
  confirmUrl: "https://shop.example/linepay/confirm",
  cancelUrl: "https://shop.example/linepay/cancel",
};

interface OrderChanges {
  readonly amount?: number;
  readonly [member: string]: unknown;
}

/** A request body whose sums are right. */
export function order(changes: OrderChanges = {}): object {
  const { amount = 1_000 } = changes;
  const products = [{ name: "월간 구독", quantity: 1, price: amount }];
  return {
    amount,
    currency: "TWD",
    orderId: "REG-0001",
    packages: [{ id: "1", amount, products }],
    redirectUrls,
    options: { payment: { payType: "PREAPPROVED" } },
    ...changes,
  };
}

export function merchantOf(world: World): LinePayMerchant {
  const { url } = world.ready.linePay;

  async function call(
    method: string,
    address: string,
    body?: unknown,
    { credentials = linePayMerchants.TWD, headers = {}, nonce = randomUUID(), signal }: Wishes = {},
  ): Promise<LinePayAnswer> {
    const [path = "", query = ""] = address.split("?");
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const payload = method === "GET" ? query : (text ?? "");
    const signed = {
      "content-type": "application/json",
      "x-line-channelid": credentials.channelId,
      "x-line-authorization-nonce": nonce,
      "x-line-authorization": sign(credentials, path, payload, nonce),
    };
    const response = await fetch(url + address, {
      method,
      headers: { ...signed, ...headers },
      body: text ?? null,
      signal: signal ?? null,
    });
    const answer = await response.text();
    return { status: response.status, text: answer, body: readJson(answer) };
  }

  const post = (address: string, body?: unknown, wishes?: Wishes) =>
    call("POST", address, body, wishes);

  async function request(changes: OrderChanges = {}, wishes?: Wishes): Promise<string> {
    const answer = await post("/v3/payments/request", order(changes), wishes);
    if (answer.body.returnCode !== "0000") throw new Error(answer.text);
    return answer.body.info.transactionId;
  }

  const approve = (transactionId: string, choice: object = {}) =>
    world.control("POST", `/line-pay/requests/${transactionId}/approve`, choice);

  const confirm = (transactionId: string, amount = 1_000, currency = "TWD") =>
    post(`/v3/payments/${transactionId}/confirm`, { amount, currency });

  return {
    call,
    get: (address, wishes) => call("GET", address, undefined, wishes),
    post,
    request,
    approve,
    confirm,
    async register(choice = {}, changes = {}) {
      const transactionId = await request({
        orderId: `REG-${randomUUID()}`,
        amount: 1,
        ...changes,
      });
      const { payerId, method } = await approve(transactionId, choice);
      const { body } = await confirm(transactionId, 1);
      if (body.returnCode !== "0000") throw new Error(JSON.stringify(body));
      return { regKey: body.info.regKey, payerId, method, transactionId };
    },
    charge: (regKey, changes = {}, wishes) =>
      post(
        `/v3/payments/preapprovedPay/${regKey}/payment`,
        {
          productName: "OTT Premium",
          amount: 999,
          currency: "TWD",
          orderId: "SUB-0001-2026-10",
          ...changes,
        },
        wishes,
      ),
  };
}

export async function startLinePay(): Promise<{ world: World; linePay: LinePayMerchant }> {
  const world = await startWorld();
  return { world, linePay: merchantOf(world) };
}

/** The code of an answer that was HTTP 200, as every answer of the API is. */
export function codeOf({ status, body }: LinePayAnswer): string {
  return status === 200 ? body?.returnCode : `HTTP ${status}`;
}

/** Bare 19-digit numbers become strings; the emulator's texts hold none. */
function readJson(text: string): Json {
  try {
    return JSON.parse(text.replaceAll(/(?<=[:[,])(\d{19})(?=[,\]}])/g, '"$1"'));
  } catch {
    return undefined;
  }
}
