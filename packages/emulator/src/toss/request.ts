/** Reading a merchant's request: its body, and what the call log and faults see of it. */
import type { Context } from "hono";
import type { NodeEnv } from "../listen.ts";
import type { ArrivedRequest } from "../request-log.ts";
import type { TossState } from "./state.ts";

/** Far more than any documented body; more than this is not read. */
const longestBodyBytes = 1024 * 1024;

/** A body with what is wrong with it, if anything. Unreadable JSON is kept as text for the log. */
export async function readBody(
  c: Context<NodeEnv>,
): Promise<{ value: unknown; problem: string | undefined }> {
  if (c.req.method !== "POST") return { value: null, problem: undefined };
  const announced = Number(c.req.header("content-length") ?? "0");
  if (announced > longestBodyBytes) return { value: null, problem: "body over 1 MiB" };
  const text = await c.req.text();
  if (text.length > longestBodyBytes) return { value: null, problem: "body over 1 MiB" };
  const value = parsed(text);
  if (!/^application\/json\b/i.test(c.req.header("content-type") ?? "")) {
    return { value: value ?? text, problem: "Content-Type: application/json" };
  }
  return value === undefined ? { value: text, problem: "JSON" } : { value, problem: undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The address as it was sent, without the host. */
export function pathAndQuery(c: Context<NodeEnv>): string {
  return c.req.url.slice(c.req.url.indexOf("/", "https://".length));
}

const loggedHeaders = [
  "idempotency-key",
  "tosspayments-test-code",
  "accept-language",
  "content-type",
  "user-agent",
];

/** What is known of a request when it arrives. */
export function arrivedRequest(
  state: TossState,
  c: Context<NodeEnv>,
  operation: string,
  body: unknown,
): ArrivedRequest {
  const headers = loggedHeaders.flatMap((name): [string, string][] => {
    const value = c.req.header(name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    provider: "toss",
    operation,
    ...target(state, operation, c.req.param("parameter") ?? "", body),
    method: c.req.method,
    path: pathAndQuery(c),
    headers: Object.fromEntries(headers),
    body,
  };
}

function target(
  state: TossState,
  operation: string,
  parameter: string,
  body: unknown,
): Pick<ArrivedRequest, "orderId" | "billingKey" | "paymentKey" | "amount"> {
  switch (operation) {
    case "charge":
      return {
        billingKey: parameter,
        orderId: textMember(body, "orderId"),
        amount: numberMember(body, "amount"),
      };
    case "delete_key":
      return { billingKey: parameter };
    case "get_order":
      return { orderId: parameter };
    case "get_payment":
      return { paymentKey: parameter, orderId: state.payments.get(parameter)?.orderId };
    case "cancel": {
      const { orderId, balanceAmount } = state.payments.get(parameter) ?? {};
      const amount = numberMember(body, "cancelAmount") ?? balanceAmount;
      return { paymentKey: parameter, orderId, amount };
    }
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

function numberMember(body: unknown, name: string): number | undefined {
  const value = member(body, name);
  return typeof value === "number" ? value : undefined;
}
