/**
 * Charges that PortOne makes by itself at a time: `again` at that time, once, told by a webhook. Maedal
 * does not use them, because a charge of its own is answered at once; they are here for whoever does,
 * and to revoke what is left of them. PortOne V1 API schema (read 2026-08).
 */
import type { Temporal } from "temporal-polyfill";
import * as z from "zod";
import type { Exchange } from "../exchange.ts";
import {
  paidPayment,
  paymentBody,
  type CustomerCharge,
  type PaidPayment,
} from "./charge-customer.ts";
import {
  classifyPortOneAnswer,
  portOneFailure,
  refusedByUs,
  unreadableAnswer,
} from "./failures.ts";
import {
  checkAmount,
  checkCustomerUid,
  checkLength,
  checkMerchantUid,
  maximumOrderNameLength,
} from "./limits.ts";
import type { PortOneAnswer, PortOneCall, PortOneTransport } from "./transport.ts";
import { optionalSeconds, optionalText, writeSeconds } from "./wire.ts";

const schedule = z.looseObject({
  customer_uid: z.string().min(1),
  merchant_uid: z.string().min(1),
  /** The payment; null until it runs. */
  imp_uid: z.string().nullish(),
  /** Null perhaps until it runs: documented is the channel that a key of smart routing was charged through. */
  pg_provider: optionalText,
  pg_id: optionalText,
  /** UNIX seconds, as far as a Temporal.Instant reaches. */
  schedule_at: z.number().int().min(0).max(8_640_000_000_000),
  /** UNIX seconds; 0: not yet. */
  executed_at: optionalSeconds,
  revoked_at: optionalSeconds,
  amount: z.number(),
  currency: optionalText,
  name: optionalText,
  /** `scheduled`, `executed`: tried, which is not paid; `revoked`. */
  schedule_status: z.string(),
  /** `paid`, `failed`, `cancelled`; null until it runs. */
  payment_status: z.string().nullish(),
  fail_reason: optionalText,
});

export type PortOneSchedule = z.infer<typeof schedule>;

export type ScheduleStatus = "scheduled" | "executed" | "revoked";

export interface Schedules {
  readonly schedules: readonly PortOneSchedule[];
  readonly exchange: Exchange;
}

export interface ScheduledCharge extends Omit<CustomerCharge, "customerUid" | "channelKey"> {
  /** To the second. */
  readonly at: Temporal.Instant;
}

export interface ScheduleOrder {
  readonly customerUid: string;
  /** At least one. Unverified: how many at once and how far ahead. */
  readonly charges: readonly ScheduledCharge[];
  readonly channelKey?: string | undefined;
}

/**
 * Schedules charges of a billing key.
 *
 * @throws {GatewayError} `outcome_unknown` when they may be scheduled: list them. Other classes:
 *   nothing was scheduled.
 */
export async function scheduleCharges(
  transport: PortOneTransport,
  { customerUid, charges, channelKey }: ScheduleOrder,
): Promise<Schedules> {
  checkCustomerUid("schedule", customerUid);
  if (charges.length === 0) throw refusedByUs("schedule", "name at least one charge.");
  for (const { merchantUid, amount, name } of charges) {
    checkMerchantUid("schedule", merchantUid);
    checkAmount("schedule", amount);
    checkLength("schedule", "a payment's name", name, maximumOrderNameLength);
  }
  const schedules = charges.map((charge) => ({
    schedule_at: secondsOf(charge.at),
    ...paymentBody(charge),
  }));
  const body = { customer_uid: customerUid, channel_key: channelKey, schedules };
  const path = ["subscribe", "payments", "schedule"];
  return schedulesOf(await transport.send({ operation: "schedule", method: "POST", path, body }));
}

/** At least one of the two. A key alone revokes everything that is scheduled for it. */
export type ScheduleRevocation =
  | { readonly customerUid: string; readonly merchantUids?: readonly string[] | undefined }
  | { readonly customerUid?: undefined; readonly merchantUids: readonly string[] };

/**
 * Revokes what has not run yet.
 *
 * @returns What was revoked; empty when there was nothing.
 * @throws {GatewayError} `outcome_unknown` when it may be revoked; repeating is safe. An empty list of
 *   order ids is refused here, because PortOne would revoke everything of the key.
 */
export async function unscheduleCharges(
  transport: PortOneTransport,
  { customerUid, merchantUids }: ScheduleRevocation,
): Promise<Schedules> {
  if (merchantUids?.length === 0) {
    throw refusedByUs("unschedule", "an empty list of order ids would revoke all of them.");
  }
  if (customerUid !== undefined) checkCustomerUid("unschedule", customerUid);
  for (const each of merchantUids ?? []) checkMerchantUid("unschedule", each);
  const body = { customer_uid: customerUid, merchant_uid: merchantUids };
  const path = ["subscribe", "payments", "unschedule"];
  const answer = await transport.send({ operation: "unschedule", method: "POST", path, body });
  if (classifyPortOneAnswer(answer) === "nothing_scheduled") {
    return { schedules: [], exchange: answer.exchange };
  }
  return schedulesOf(answer);
}

export interface ScheduleListQuery {
  /** At most three months before `to`, which is not counted in. */
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
  readonly status?: ScheduleStatus | undefined;
  /** From 1. */
  readonly page?: number | undefined;
  /** 1 to 1000. Default 20; 20 always for the list of one key. */
  readonly pageSize?: number | undefined;
}

/**
 * A page of what is scheduled in a time, for every key, oldest first.
 *
 * @throws {GatewayError} the page is unknown; asking again is safe.
 */
export async function listSchedules(
  transport: PortOneTransport,
  { from, to, status, page = 1, pageSize = 20 }: ScheduleListQuery,
): Promise<Schedules> {
  const query = new URLSearchParams({
    schedule_from: writeSeconds(from, "floor"),
    schedule_to: writeSeconds(to, "ceil"),
    page: String(page),
    limit: String(pageSize),
    sorting: "scheduled",
    ...(status === undefined ? {} : { schedule_status: status }),
  });
  const path = ["subscribe", "payments", "schedule"];
  return await listOf(transport, { operation: "schedules", method: "GET", path, query });
}

/**
 * A page of what is scheduled for one key, newest first.
 *
 * @throws {GatewayError} the page is unknown; asking again is safe.
 */
export async function listCustomerSchedules(
  transport: PortOneTransport,
  { customerUid, from, to, status, page = 1 }: ScheduleListQuery & { readonly customerUid: string },
): Promise<Schedules> {
  checkCustomerUid("schedules", customerUid);
  const query = new URLSearchParams({
    page: String(page),
    from: writeSeconds(from, "floor"),
    to: writeSeconds(to, "ceil"),
    ...(status === undefined ? {} : { "schedule-status": status }),
  });
  const key = { secret: customerUid, label: "[billing key]" };
  const path = ["subscribe", "customers", key, "schedules"];
  return await listOf(transport, { operation: "schedules", method: "GET", path, query });
}

export interface FoundSchedule {
  readonly schedule: PortOneSchedule;
  readonly exchange: Exchange;
}

/**
 * @returns "not_found" when nothing was scheduled under the order id.
 * @throws {GatewayError} the question got no clear answer.
 */
export async function getSchedule(
  transport: PortOneTransport,
  merchantUid: string,
): Promise<FoundSchedule | "not_found"> {
  checkMerchantUid("schedules", merchantUid);
  const path = ["subscribe", "payments", "schedule", merchantUid];
  const answer = await transport.send({ operation: "schedules", method: "GET", path });
  return classifyPortOneAnswer(answer) === "not_found" ? "not_found" : scheduleOf(answer);
}

export interface ScheduleMove {
  readonly merchantUid: string;
  /** In the future, to the second. */
  readonly at: Temporal.Instant;
}

/**
 * Moves what has not run yet to another time.
 *
 * @throws {GatewayError} `outcome_unknown` when it may be moved; repeating is safe.
 */
export async function moveSchedule(
  transport: PortOneTransport,
  { merchantUid, at }: ScheduleMove,
): Promise<FoundSchedule> {
  checkMerchantUid("change_schedule", merchantUid);
  const path = ["subscribe", "payments", "schedule", merchantUid];
  const body = { schedule_at: secondsOf(at) };
  const operation = "change_schedule";
  return scheduleOf(await transport.send({ operation, method: "PUT", path, body }));
}

/**
 * Schedules what has failed or was revoked anew, under the same order id.
 *
 * @throws {GatewayError} `outcome_unknown` when it may be scheduled; look it up.
 */
export async function rescheduleCharge(
  transport: PortOneTransport,
  { merchantUid, at }: ScheduleMove,
): Promise<FoundSchedule> {
  checkMerchantUid("change_schedule", merchantUid);
  const path = ["subscribe", "payments", "schedule", merchantUid, "reschedule"];
  const body = { schedule_at: secondsOf(at) };
  const operation = "change_schedule";
  return scheduleOf(await transport.send({ operation, method: "POST", path, body }));
}

/**
 * Charges what has failed or was revoked now, under the same order id: afterwards several payments may
 * have it. Returning means that the money moved.
 *
 * @throws {GatewayError} as `chargeCustomer` does.
 */
export async function retrySchedule(
  transport: PortOneTransport,
  merchantUid: string,
): Promise<PaidPayment> {
  checkMerchantUid("retry_schedule", merchantUid);
  const path = ["subscribe", "payments", "schedule", merchantUid, "retry"];
  const answer = await transport.send({
    operation: "retry_schedule",
    method: "POST",
    path,
    body: {},
  });
  if (classifyPortOneAnswer(answer) !== "done") throw portOneFailure(answer);
  return paidPayment({ merchantUid, customerUid: undefined, amount: undefined }, answer);
}

function secondsOf(at: Temporal.Instant): number {
  return Number(writeSeconds(at, "floor"));
}

/** A 404 of a list: there is none. */
async function listOf(transport: PortOneTransport, call: PortOneCall): Promise<Schedules> {
  const answer = await transport.send(call);
  if (classifyPortOneAnswer(answer) === "not_found") {
    return { schedules: [], exchange: answer.exchange };
  }
  return schedulesOf(answer);
}

/** The schema says an array; a page with a `list`, as for payments, is read as well. */
const schedulesAnswer = z.union([
  z.array(schedule),
  z.looseObject({ list: z.array(schedule) }).transform(({ list }) => list),
]);

function schedulesOf(answer: PortOneAnswer): Schedules {
  if (classifyPortOneAnswer(answer) !== "done") throw portOneFailure(answer);
  const schedules = schedulesAnswer.safeParse(answer.response).data;
  if (schedules === undefined) throw unreadableAnswer(answer, "list of schedules");
  return { schedules, exchange: answer.exchange };
}

function scheduleOf(answer: PortOneAnswer): FoundSchedule {
  if (classifyPortOneAnswer(answer) !== "done") throw portOneFailure(answer);
  const read = schedule.safeParse(answer.response).data;
  if (read === undefined) throw unreadableAnswer(answer, "schedule");
  return { schedule: read, exchange: answer.exchange };
}
