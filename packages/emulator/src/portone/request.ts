/**
 * Reading a merchant's request: JSON or form, brackets and all, and what the call log and faults
 * see of it.
 *
 * PortOne V1 REST API (read 2026-11): every POST and PUT takes both; nested form members and array
 * parameters are written as in PHP, `schedules[0][amount]=…`, `customer_uid[]=…`.
 */
import type { Context } from "hono";
import type { NodeEnv } from "../listen.ts";
import type { ArrivedRequest } from "../request-log.ts";

/** Far more than any documented body; more than this is not read. */
const longestBodyBytes = 1024 * 1024;

/** Parsed members; what a form sends is text at every depth. */
export type Members = Readonly<Record<string, unknown>>;

export interface SentRequest {
  readonly query: Members;
  readonly body: Members;
  /** Why the body cannot be worked with, if so. */
  readonly problem: string | undefined;
}

export async function readRequest(c: Context<NodeEnv>): Promise<SentRequest> {
  const { search } = new URL(c.req.url);
  const query = readForm(search.slice(1));
  if (c.req.method === "GET") return { query, body: {}, problem: undefined };
  const announced = Number(c.req.header("content-length") ?? "0");
  if (announced > longestBodyBytes) return { query, body: {}, problem: "too long" };
  const text = await c.req.text();
  if (text.length > longestBodyBytes) return { query, body: {}, problem: "too long" };
  const isForm = /x-www-form-urlencoded/i.test(c.req.header("content-type") ?? "");
  if (isForm) return { query, body: readForm(text), problem: undefined };
  if (text.trim() === "") return { query, body: {}, problem: undefined };
  return { query, ...readJson(text) };
}

function readJson(text: string): { body: Members; problem: string | undefined } {
  try {
    const body: unknown = JSON.parse(text);
    if (isMembers(body)) return { body, problem: undefined };
    return { body: {}, problem: "not an object" };
  } catch {
    return { body: {}, problem: "not JSON" };
  }
}

/** Deeper names than any documented one are not taken apart. */
const deepest = 5;

type Tree = Map<string, Tree | string[]>;

/** Reads a form or a query. A name that is repeated without brackets is a list too. */
export function readForm(text: string): Members {
  const tree: Tree = new Map();
  for (const [name, value] of new URLSearchParams(text)) grow(tree, pathOf(name), value);
  return toMembers(tree);
}

/** `a[0][b]` is a, 0, b; `a[]` is a alone. */
function pathOf(name: string): string[] {
  const [, root, rest] = /^([^[]+)((?:\[[^\]]*\])*)$/.exec(name) ?? [];
  if (root === undefined || rest === undefined) return [name];
  const inner = [...rest.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? "");
  if (inner.length > deepest) return [name];
  return [root, ...inner].filter((part, depth) => depth === 0 || part !== "");
}

function grow(tree: Tree, [name = "", ...rest]: string[], value: string): void {
  const there = tree.get(name);
  if (rest.length === 0) {
    if (Array.isArray(there)) there.push(value);
    else if (there === undefined) tree.set(name, [value]);
    return;
  }
  const branch = there instanceof Map ? there : new Map();
  tree.set(name, branch);
  grow(branch, rest, value);
}

/** A list of one is a text, as brackets are lost here: whoever wants a list takes either. */
function toMembers(tree: Tree): Members {
  const members = [...tree].map(([name, value]): [string, unknown] => {
    if (!Array.isArray(value)) return [name, listOrMembers(toMembers(value))];
    return [name, value.length === 1 ? value[0] : value];
  });
  return Object.fromEntries(members);
}

function listOrMembers(members: Members): unknown {
  const names = Object.keys(members);
  const isList = names.length > 0 && names.every((name) => /^\d+$/.test(name));
  return isList ? Object.values(members) : members;
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const loggedHeaders = ["content-type", "user-agent"];
/** Credentials and card data are not for the log. */
const hiddenMembers = ["imp_secret", "card_number", "expiry", "birth", "pwd_2digit", "cvc"];

/** What is known of a request when it arrives. */
export function arrivedRequest(
  c: Context<NodeEnv>,
  operation: string,
  sent: SentRequest,
): ArrivedRequest {
  const headers = loggedHeaders.flatMap((name): [string, string][] => {
    const value = c.req.header(name);
    return value === undefined ? [] : [[name, value]];
  });
  const { pathname, search } = new URL(c.req.url);
  return {
    provider: "portone",
    operation,
    ...targetOf(c, operation, sent),
    method: c.req.method,
    path: pathname + search,
    headers: Object.fromEntries(headers),
    body: c.req.method === "GET" ? null : withoutSecrets(sent.body),
  };
}

function withoutSecrets(body: Members): Members {
  const shown = Object.entries(body).map(([name, value]) => [
    name,
    hiddenMembers.includes(name) ? "hidden" : value,
  ]);
  return Object.fromEntries(shown);
}

/** What each operation's path parameter names. */
const orderOperations = ["find", "find_all", "schedules", "reschedule", "retry", "prepare"];
const keyOperations = [
  "customers",
  "issue_customer",
  "delete_customer",
  "customer_payments",
  "customer_schedules",
];

function targetOf(
  c: Context<NodeEnv>,
  operation: string,
  { query, body }: SentRequest,
): Pick<ArrivedRequest, "orderId" | "billingKey" | "paymentKey" | "amount"> {
  const parameter = c.req.param("parameter");
  const named = (name: string) => {
    const value = body[name] ?? query[name];
    return typeof value === "string" ? value : undefined;
  };
  const amount = Number(body["amount"] ?? Number.NaN);
  return {
    orderId: orderOperations.includes(operation)
      ? (parameter ?? named("merchant_uid"))
      : named("merchant_uid"),
    billingKey: keyOperations.includes(operation)
      ? (parameter ?? named("customer_uid"))
      : named("customer_uid"),
    paymentKey: operation === "payments" ? (parameter ?? named("imp_uid")) : named("imp_uid"),
    amount: Number.isSafeInteger(amount) ? amount : undefined,
  };
}
