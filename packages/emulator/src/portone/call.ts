/**
 * One call of a merchant, after it was let in: what every operation is given, and the schemas that
 * bodies and queries have in common. An operation returns what stands in `response`, or throws
 * `Refused`.
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import type { Intervention } from "../stage.ts";
import { hasForbiddenSigns } from "./checkouts.ts";
import type { Buyer, Merchant, Payment } from "./records.ts";
import { badRequest } from "./refusals.ts";
import type { Members } from "./request.ts";
import type { PortOneState } from "./state.ts";

export interface PortOneCall {
  readonly state: PortOneState;
  readonly merchant: Merchant;
  /** Decoded path parameter: an imp_uid, merchant_uid or customer_uid. */
  readonly parameter: string;
  /** The second one, where a path has two; empty otherwise. */
  readonly status: string;
  readonly query: Members;
  readonly body: Members;
  readonly intervention: Intervention;
  /** Another charge with the same merchant_uid is being worked on. */
  readonly isConcurrent: boolean;
}

/** What an operation answers: `response`, and an HTTP status other than 200. */
export interface PortOneAnswer {
  readonly response: unknown;
  readonly status?: 207;
}

export type Operation = (call: PortOneCall) => PortOneAnswer;

/** A number, or its digits as a form sends them. */
export const numberSchema = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number),
]);

/** KRW has no smaller unit. */
export const amountSchema = numberSchema.pipe(z.int().min(0));

const textSchema = z.union([z.string(), z.number().transform(String)]);

/** Missing, null and empty are the same. */
export const optionalText = textSchema
  .nullish()
  .transform((value) => (value === undefined || value === "" ? null : value));

export const flagSchema = z
  .union([
    z.boolean(),
    z.enum(["true", "false", "1", "0"]).transform((v) => v === "true" || v === "1"),
  ])
  .default(false);

/** One or several, whether sent with brackets, repeated, or alone. */
export const listSchema = z
  .union([z.array(textSchema), textSchema.transform((value) => [value])])
  .default([]);

export const merchantUidSchema = textSchema.pipe(z.string().min(1).max(40));
export const customerUidSchema = textSchema.pipe(z.string().min(1).max(80));

/** What describes an order in `again`, `onetime` and schedules. A longer name is cut, not refused. */
export const orderFields = {
  merchant_uid: merchantUidSchema,
  amount: amountSchema,
  name: optionalText,
  currency: optionalText,
  buyer_name: optionalText,
  buyer_email: optionalText,
  buyer_tel: optionalText,
  buyer_addr: optionalText,
  buyer_postcode: optionalText,
  custom_data: optionalText,
  notice_url: listSchema,
  card_quota: numberSchema.pipe(z.int().min(0)).default(0),
};

interface OrderBody {
  readonly merchant_uid: string;
  readonly amount: number;
  readonly name: string | null;
  readonly buyer_name: string | null;
  readonly buyer_email: string | null;
  readonly buyer_tel: string | null;
  readonly buyer_addr: string | null;
  readonly buyer_postcode: string | null;
  readonly custom_data: string | null;
  readonly notice_url: readonly string[];
  readonly card_quota: number;
}

/** @param known Fills in what the order leaves out of its buyer. */
export function orderOf(body: OrderBody, known: Buyer) {
  return {
    merchantUid: body.merchant_uid,
    amount: body.amount,
    name: body.name?.slice(0, 40) ?? null,
    buyer: {
      name: body.buyer_name ?? known.name,
      email: body.buyer_email ?? known.email,
      tel: body.buyer_tel ?? known.tel,
      addr: body.buyer_addr ?? known.addr,
      postcode: body.buyer_postcode ?? known.postcode,
    },
    customData: body.custom_data,
    noticeUrls: [...body.notice_url],
    cardQuota: body.card_quota,
  };
}

/** @throws {Refused} 400 naming the first wrong member. */
export function parse<T>(schema: z.ZodType<T>, members: Members): T {
  const parsed = schema.safeParse(members);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badRequest(issue?.path.join(".") ?? "");
}

/** @throws {Refused} 400 for other signs than letters, digits, - and _ while the switch forbids them. */
export function refuseStrangeIds({ state }: PortOneCall, ...ids: readonly string[]): void {
  if (hasForbiddenSigns(ids, state.switches())) throw badRequest("customer_uid, merchant_uid");
}

/** @throws {Refused} 400 for another currency than KRW, the only one played. */
export function refuseOtherCurrency(currency: string | null): void {
  if (currency !== null && currency !== "KRW") throw badRequest("currency: KRW");
}

/**
 * Whether a look-up shows the payment: not while look-ups lag, nor a test payment where those are
 * hidden.
 */
export function isVisible(
  { state, query, intervention }: PortOneCall,
  payment: Payment,
  isByImpUid: boolean,
): boolean {
  if (intervention.isStale === true) return false;
  const { sandboxHiddenFrom, lookUpLagSeconds } = state.switches();
  const wantsSandbox = ["true", "1"].includes(String(query["include_sandbox"]));
  const isHiding = isByImpUid || sandboxHiddenFrom === "all_look_ups";
  if (payment.channel.isSandbox && isHiding && !wantsSandbox) return false;
  const age = Temporal.Instant.from(payment.startedAt).until(state.clock.now()).total("seconds");
  return age >= lookUpLagSeconds;
}

/** One page of a list. `previous` and `next` are page numbers, 0 for none. */
export function paged<T>(rows: readonly T[], page: number, limit: number) {
  const from = (page - 1) * limit;
  if (page > 1 && from >= rows.length) throw badRequest("page");
  return {
    total: rows.length,
    previous: page - 1,
    next: from + limit < rows.length ? page + 1 : 0,
    list: rows.slice(from, from + limit),
  };
}
