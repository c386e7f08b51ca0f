/** Reading a merchant's request: its bytes, and what the call log and faults see of it. */
import type { Context } from "hono";
import type { NodeEnv } from "../listen.ts";
import type { ArrivedRequest } from "../request-log.ts";
import { currencies, toMinor } from "./money.ts";
import type { SignedRequest } from "./signature.ts";
import type { LinePayState } from "./state.ts";

/** Far more than any documented body; more than this is not read. */
const longestBodyBytes = 1024 * 1024;

/** A request as it came over the wire. */
export interface SentRequest {
  /** As sent, without the query. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  readonly bodyBytes: Uint8Array;
  /** JSON where it was JSON, else the text; null without a body. */
  readonly body: unknown;
  /** Why the body cannot be worked with, if so. */
  readonly problem: "empty" | "not JSON" | "too long" | undefined;
}

export async function readRequest(c: Context<NodeEnv>): Promise<SentRequest> {
  // A client that takes us for its proxy sends the whole address (RFC 9112, section 3.2.2).
  const address = (c.env.incoming.url ?? "/").replace(/^https?:\/\/[^/?]*/, "");
  const queryAt = address.indexOf("?");
  const path = queryAt === -1 ? address : address.slice(0, queryAt);
  const query = queryAt === -1 ? "" : address.slice(queryAt + 1);
  if (c.req.method !== "POST") {
    return { path, query, bodyBytes: new Uint8Array(), body: null, problem: undefined };
  }
  const announced = Number(c.req.header("content-length") ?? "0");
  const isTooLong = announced > longestBodyBytes;
  const bodyBytes = isTooLong ? new Uint8Array() : new Uint8Array(await c.req.arrayBuffer());
  if (isTooLong || bodyBytes.length > longestBodyBytes) {
    return { path, query, bodyBytes, body: null, problem: "too long" };
  }
  if (bodyBytes.length === 0) return { path, query, bodyBytes, body: null, problem: "empty" };
  const text = new TextDecoder().decode(bodyBytes);
  try {
    return { path, query, bodyBytes, body: JSON.parse(text), problem: undefined };
  } catch {
    return { path, query, bodyBytes, body: text, problem: "not JSON" };
  }
}

/** What of the request is signed, and the headers that say so. */
export function signedPart(c: Context<NodeEnv>, sent: SentRequest): SignedRequest {
  return {
    channelId: c.req.header("x-line-channelid"),
    nonce: c.req.header("x-line-authorization-nonce"),
    authorization: c.req.header("x-line-authorization"),
    path: sent.path,
    payload: c.req.method === "POST" ? sent.bodyBytes : Buffer.from(sent.query),
  };
}

const loggedHeaders = [
  "x-line-channelid",
  "x-line-authorization-nonce",
  "x-line-merchantdeviceprofileid",
  "x-line-merchantdevicetype",
  "content-type",
  "user-agent",
];

/** What is known of a request when it arrives. */
export function arrivedRequest(
  state: LinePayState,
  c: Context<NodeEnv>,
  operation: string,
  sent: SentRequest,
): ArrivedRequest {
  const headers = loggedHeaders.flatMap((name): [string, string][] => {
    const value = c.req.header(name);
    return value === undefined ? [] : [[name, value]];
  });
  const channelId = c.req.header("x-line-channelid") ?? "";
  return {
    provider: "line_pay",
    operation,
    ...target(state, { operation, channelId, parameter: c.req.param("parameter") ?? "" }, sent),
    method: c.req.method,
    path: sent.query === "" ? sent.path : `${sent.path}?${sent.query}`,
    headers: Object.fromEntries(headers),
    body: sent.body,
  };
}

interface Named {
  readonly operation: string;
  readonly channelId: string;
  readonly parameter: string;
}

function target(
  state: LinePayState,
  { operation, channelId, parameter }: Named,
  { body, query }: SentRequest,
): Pick<ArrivedRequest, "orderId" | "billingKey" | "paymentKey" | "amount"> {
  switch (operation) {
    case "request":
      return { orderId: textMember(body, "orderId"), amount: amountMember(body, "amount") };
    case "check":
    case "confirm": {
      const orderId = state.getReservation(parameter)?.orderId;
      return { paymentKey: parameter, orderId, amount: amountMember(body, "amount") };
    }
    case "capture":
    case "void":
    case "refund": {
      const payment = state.getPayment(channelId, parameter);
      const left = payment === undefined ? undefined : state.refundableMinor(payment);
      const named = operation === "capture" ? "amount" : "refundAmount";
      const amount = amountMember(body, named, payment?.currency);
      const whole = operation === "refund" ? left : payment?.amountMinor;
      return { paymentKey: parameter, orderId: payment?.orderId, amount: amount ?? whole };
    }
    case "details": {
      const asked = new URLSearchParams(query);
      const paymentKey = asked.get("transactionId") ?? undefined;
      const ofPayment = state.getPayment(channelId, paymentKey ?? "")?.orderId;
      return { paymentKey, orderId: asked.get("orderId") ?? ofPayment };
    }
    case "key_check":
    case "expire":
      return { billingKey: parameter };
    case "charge":
      return {
        billingKey: parameter,
        orderId: textMember(body, "orderId"),
        amount: amountMember(body, "amount"),
      };
    default:
      return {};
  }
}

function member(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
}

function textMember(body: unknown, name: string): string | undefined {
  const value = member(body, name);
  return typeof value === "string" ? value : undefined;
}

/** In the smallest unit of the currency that the body names, or else of the one given. */
function amountMember(body: unknown, name: string, otherwise?: string): number | undefined {
  const value = member(body, name);
  const wanted = textMember(body, "currency") ?? otherwise;
  const currency = currencies.find((known) => known === wanted);
  if (typeof value !== "number" || currency === undefined) return undefined;
  return toMinor(value, currency);
}
