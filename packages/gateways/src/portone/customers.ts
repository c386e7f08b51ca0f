/** Billing keys as PortOne keeps them, under the name that we chose. PortOne V1 API schema (read 2026-08). */
import * as z from "zod";
import type { Exchange } from "../exchange.ts";
import {
  classifyPortOneAnswer,
  portOneFailure,
  refusedByUs,
  unreadableAnswer,
} from "./failures.ts";
import { checkCustomerUid } from "./limits.ts";
import type { PortOneTransport } from "./transport.ts";
import { optionalSeconds, optionalText } from "./wire.ts";

const customer = z.looseObject({
  customer_uid: z.string().min(1),
  pg_provider: z.string().nullish(),
  pg_id: z.string().nullish(),
  /** Issued on a test channel. */
  sandbox: z.boolean().nullish(),
  /** There for a key of smart routing ("SuperBillingKey") only, which has no channel of its own. */
  channelGroupId: optionalText,
  /** Null for accounts and wallets, against the schema. */
  card_name: optionalText,
  /** Masked. */
  card_number: optionalText,
  /** 0 credit, 1 debit; a text in older documents. */
  card_type: z.union([z.number(), z.string()]).nullish().catch(undefined),
  inserted: optionalSeconds,
  /** Later than `inserted`: the key was issued again under its name. */
  updated: optionalSeconds,
});

export type PortOneCustomer = z.infer<typeof customer>;

export interface FoundCustomer {
  readonly customer: PortOneCustomer;
  readonly exchange: Exchange;
}

/**
 * Whether PortOne has a billing key of this name. Not whether it can be charged: the payment company
 * is not asked.
 *
 * @returns "not_found" when PortOne has none.
 * @throws {GatewayError} the question got no clear answer: nothing is known of the key.
 */
export async function getCustomer(
  transport: PortOneTransport,
  customerUid: string,
): Promise<FoundCustomer | "not_found"> {
  checkCustomerUid("customer", customerUid);
  const key = { secret: customerUid, label: "[billing key]" };
  const path = ["subscribe", "customers", key];
  const answer = await transport.send({ operation: "customer", method: "GET", path });
  const verdict = classifyPortOneAnswer(answer);
  if (verdict === "not_found") return "not_found";
  if (verdict !== "done") throw portOneFailure(answer);
  const found = customer.safeParse(answer.response).data;
  if (found?.customer_uid !== customerUid) throw unreadableAnswer(answer, "Customer object");
  return { customer: found, exchange: answer.exchange };
}

/**
 * Several billing keys at once.
 *
 * @returns Those that PortOne has, and the names of those that it has not.
 * @throws {GatewayError} the question got no clear answer: nothing is known of the keys.
 */
export async function getCustomers(
  transport: PortOneTransport,
  customerUids: readonly string[],
): Promise<{
  readonly customers: readonly PortOneCustomer[];
  readonly missing: readonly string[];
  readonly exchange: Exchange;
}> {
  if (customerUids.length === 0) throw refusedByUs("customer", "name at least one customer_uid.");
  for (const each of customerUids) checkCustomerUid("customer", each);
  const answer = await transport.send({
    operation: "customer",
    method: "GET",
    path: ["subscribe", "customers"],
    query: new URLSearchParams(
      customerUids.map((each): [string, string] => ["customer_uid[]", each]),
    ),
    secrets: customerUids.map((each) => [each, "[billing key]"] as const),
  });
  const { exchange } = answer;
  const verdict = classifyPortOneAnswer(answer);
  if (verdict === "not_found") return { customers: [], missing: customerUids, exchange };
  if (verdict !== "done") throw portOneFailure(answer);
  const customers = z.array(customer).safeParse(answer.response).data;
  if (customers === undefined) throw unreadableAnswer(answer, "list of Customer objects");
  const found = new Set(customers.map(({ customer_uid }) => customer_uid));
  return { customers, missing: customerUids.filter((each) => !found.has(each)), exchange };
}

export interface CustomerDeletion {
  readonly customerUid: string;
  /** Required by naverpay. */
  readonly reason?: string | undefined;
  /** Who asks for it; PortOne's default is `admin`. */
  readonly requester?: "customer" | "admin" | undefined;
}

/**
 * Deletes a billing key for good. Revoke what is scheduled first: PortOne does not say what becomes of
 * it. Unverified: whether the key ends at the payment company, too.
 *
 * @returns "already_gone" when PortOne had none.
 * @throws {GatewayError} `outcome_unknown` when it may be deleted; repeating is safe.
 */
export async function deleteCustomer(
  transport: PortOneTransport,
  { customerUid, reason, requester }: CustomerDeletion,
): Promise<"deleted" | "already_gone"> {
  checkCustomerUid("delete_customer", customerUid);
  const query = new URLSearchParams();
  if (reason !== undefined) query.set("reason", reason);
  if (requester !== undefined) query.set("extra[requester]", requester);
  const answer = await transport.send({
    operation: "delete_customer",
    method: "DELETE",
    path: ["subscribe", "customers", { secret: customerUid, label: "[billing key]" }],
    query,
  });
  const verdict = classifyPortOneAnswer(answer);
  if (verdict === "not_found") return "already_gone";
  if (verdict !== "done") throw portOneFailure(answer);
  return "deleted";
}
