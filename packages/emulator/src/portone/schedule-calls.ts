/**
 * Schedules over the API.
 *
 * PortOne V1 REST API, "subscribe.payments" (read 2026-11). The two lists spell their status filter
 * differently, `schedule_status` and `schedule-status`; the wrong one is ignored. Unverified: the
 * answer to a time in the past in a new schedule, to an id that is scheduled already, and to
 * nothing being named in `unschedule`.
 */
import { z } from "zod";
import {
  amountSchema,
  customerUidSchema,
  listSchema,
  numberSchema,
  optionalText,
  orderFields,
  orderOf,
  paged,
  parse,
  refuseOtherCurrency,
  refuseStrangeIds,
  type PortOneAnswer,
  type PortOneCall,
} from "./call.ts";
import type { Charged } from "./charging.ts";
import { cardFields, cardIn, channelFields, getCustomer, pageSchema } from "./customers.ts";
import { nobody, scheduleStatuses, type Customer, type Schedule } from "./records.ts";
import { badRequest, notFound, refused, texts } from "./refusals.ts";
import { instantOf } from "./time.ts";
import { randomId } from "./tokens.ts";
import { paymentObject, scheduleObject } from "./wire.ts";

const secondsSchema = numberSchema.pipe(z.int().min(1));

const scheduleSchema = z.object({
  customer_uid: customerUidSchema,
  ...cardFields,
  ...channelFields,
  checking_amount: amountSchema.nullish(),
  schedules: z.array(z.object({ ...orderFields, schedule_at: secondsSchema })).min(1),
});

/** POST /subscribe/payments/schedule: all of them, or none. */
export function addSchedules(call: PortOneCall): PortOneAnswer {
  const { state, merchant } = call;
  const body = parse(scheduleSchema, call.body);
  const { impCode } = merchant;
  const { schedulesPerCall } = state.switches();
  if (body.schedules.length > (schedulesPerCall ?? Infinity)) throw badRequest("schedules");
  for (const item of body.schedules) {
    refuseStrangeIds(call, body.customer_uid, item.merchant_uid);
    refuseOtherCurrency(item.currency);
    refuseTime(call, item.schedule_at);
  }
  const { customerUid, channel, buyer } = scheduledCustomer(call, body);
  const ids = body.schedules.map((item) => item.merchant_uid);
  const isTaken = (id: string) =>
    state.isTaken({ impCode, channel }, id, true) ||
    state.getSchedule(impCode, id)?.status === "scheduled";
  if (new Set(ids).size < ids.length || ids.some(isTaken)) throw refused(texts.alreadyScheduled);
  const added = body.schedules.map((item) =>
    state.addSchedule({
      ...orderOf(item, buyer),
      impCode,
      channel,
      customerUid,
      scheduleAtSeconds: item.schedule_at,
    }),
  );
  return { response: added.map((schedule) => scheduleObject(state, schedule)) };
}

/** The key, made first when card data comes along with a new customer_uid. */
function scheduledCustomer(call: PortOneCall, body: z.infer<typeof scheduleSchema>): Customer {
  const { state, merchant } = call;
  const { impCode } = merchant;
  const known = state.getCustomer(impCode, body.customer_uid);
  if (known !== undefined) return known;
  if (body.card_number === null) throw refused(texts.noCustomer);
  const { card, channel } = cardIn(call, body, "카드정보 인증 및 빌키 발급에 실패하였습니다.");
  const who = { impCode, channel, customer: null, meansId: card.id };
  checkCard(call, who, body.checking_amount ?? 0);
  const key = { impCode, channel, customerUid: body.customer_uid, meansId: card.id };
  return state.issueKey({ ...key, customerId: null, buyer: nobody });
}

/**
 * Charges the card and gives it back at once; 0 asks for no such test. Unverified: the merchant_uid
 * of the two.
 */
function checkCard({ state }: PortOneCall, who: Charged, amount: number): void {
  if (amount === 0) return;
  const nothingElse = { name: null, buyer: nobody, customData: null, noticeUrls: [], cardQuota: 0 };
  const order = { ...nothingElse, merchantUid: randomId("check"), amount };
  const wish = { usage: null, intervention: {}, isRefusedByPg: true };
  state.cancel(state.charge(who, order, wish), amount, "카드 확인");
}

function refuseTime({ state }: PortOneCall, scheduleAtSeconds: number): void {
  const { scheduleHorizonDays } = state.switches();
  const hours = state.clock.now().until(instantOf(scheduleAtSeconds)).total("hours");
  if (hours < 0 || hours > (scheduleHorizonDays ?? Infinity) * 24) throw badRequest("schedule_at");
}

const unscheduleSchema = z.object({ customer_uid: optionalText, merchant_uid: listSchema });

/** POST /subscribe/payments/unschedule: those named, or all of a key's when none is. */
export function unschedule({ state, merchant, body }: PortOneCall): PortOneAnswer {
  const { customer_uid: customerUid, merchant_uid: ids } = parse(unscheduleSchema, body);
  const { impCode } = merchant;
  const candidates =
    ids.length > 0
      ? ids.flatMap((id) => state.getSchedule(impCode, id) ?? [])
      : state.schedulesOf(impCode, customerUid ?? "");
  const revoked = candidates
    .filter((schedule) => schedule.status === "scheduled")
    .filter((schedule) => customerUid === null || schedule.customerUid === customerUid)
    .map((schedule) => state.revokeSchedule(schedule));
  if (revoked.length === 0) throw refused(texts.nothingToUnschedule);
  return { response: revoked.map((schedule) => scheduleObject(state, schedule)) };
}

const statusFilter = z.enum(scheduleStatuses).optional();
const longestWindowSeconds = 93 * 24 * 60 * 60; // Three months, the longest ones.

const listedSchema = z.object({
  schedule_from: numberSchema,
  schedule_to: numberSchema,
  schedule_status: statusFilter,
  page: pageSchema,
  limit: numberSchema.pipe(z.int().min(1).max(1000)).default(20),
  sorting: z.enum(["scheduled", "-scheduled"]).default("-scheduled"),
});

/** GET /subscribe/payments/schedule */
export function listSchedules({ state, merchant, query }: PortOneCall): PortOneAnswer {
  const wish = parse(listedSchema, query);
  const { schedule_from: from, schedule_to: to, schedule_status: status } = wish;
  const theirs = state.schedules.values().filter(({ impCode }) => impCode === merchant.impCode);
  const found = inWindow(theirs, from, to, status);
  const sorted = wish.sorting === "scheduled" ? found.toReversed() : found;
  const { list } = paged(sorted, wish.page, wish.limit);
  return { response: list.map((schedule) => scheduleObject(state, schedule)) };
}

const listedOfKeySchema = z.object({
  from: numberSchema,
  to: numberSchema,
  "schedule-status": statusFilter,
  page: pageSchema,
});

/**
 * GET /subscribe/customers/{customer_uid}/schedules, and its twin below /subscribe/payments.
 *
 * The schema has a bare list; PortOne's own clients for Node, PHP and Go (read 2026-11) read a page
 * with total, previous, next and list. A switch says which.
 */
export function customerSchedules(call: PortOneCall): PortOneAnswer {
  const { state, merchant, query } = call;
  const { from, to, page, "schedule-status": status } = parse(listedOfKeySchema, query);
  const { customerUid } = getCustomer(call);
  const found = inWindow(state.schedulesOf(merchant.impCode, customerUid), from, to, status);
  const { list, ...counts } = paged(found, page, 20);
  const objects = list.map((schedule) => scheduleObject(state, schedule));
  const isPaged = state.switches().schedulesOfKey === "paged";
  return { response: isPaged ? { ...counts, list: objects } : objects };
}

/** Newest first. */
function inWindow(
  schedules: readonly Schedule[],
  from: number,
  to: number,
  status: Schedule["status"] | undefined,
): Schedule[] {
  if (to < from || to - from > longestWindowSeconds) throw badRequest("from, to");
  return schedules
    .filter(({ scheduleAtSeconds: at }) => from <= at && at < to)
    .filter((schedule) => status === undefined || schedule.status === status)
    .toSorted((a, b) => b.scheduleAtSeconds - a.scheduleAtSeconds);
}

function getSchedule({ state, merchant, parameter }: PortOneCall): Schedule {
  const schedule = state.getSchedule(merchant.impCode, parameter);
  if (schedule === undefined) throw notFound(texts.noSchedule);
  return schedule;
}

/** GET /subscribe/payments/schedule/{merchant_uid} */
export function showSchedule(call: PortOneCall): PortOneAnswer {
  return { response: scheduleObject(call.state, getSchedule(call)) };
}

const movedSchema = z.object({ schedule_at: secondsSchema });

/** PUT /subscribe/payments/schedule/{merchant_uid}: while it is still to run. */
export function moveSchedule(call: PortOneCall): PortOneAnswer {
  const schedule = getSchedule(call);
  if (schedule.status !== "scheduled") throw badRequest(`schedule_status: ${schedule.status}`);
  return movedTo(call, schedule);
}

/** POST …/{merchant_uid}/reschedule: after it failed or was revoked. */
export function reschedule(call: PortOneCall): PortOneAnswer {
  const schedule = getSchedule(call);
  refuseOpenOrPaid(call, schedule);
  return movedTo(call, schedule);
}

function movedTo(call: PortOneCall, schedule: Schedule): PortOneAnswer {
  const { state, body } = call;
  const { schedule_at: scheduleAtSeconds } = parse(movedSchema, body);
  refuseTime(call, scheduleAtSeconds);
  const moved = state.moveSchedule(schedule, scheduleAtSeconds);
  return { response: scheduleObject(state, moved) };
}

/** POST …/{merchant_uid}/retry: now. 200 does not mean paid. */
export function retrySchedule(call: PortOneCall): PortOneAnswer {
  const { state, merchant } = call;
  const schedule = getSchedule(call);
  refuseOpenOrPaid(call, schedule);
  const isKeyThere = state.getCustomer(merchant.impCode, schedule.customerUid) !== undefined;
  if (!isKeyThere) throw notFound(texts.noCustomer);
  return { response: paymentObject(state, state.retrySchedule(schedule, call.intervention)) };
}

function refuseOpenOrPaid({ state }: PortOneCall, schedule: Schedule): void {
  const isOpen = schedule.status === "scheduled";
  const isFailed = schedule.status === "revoked" || state.paymentOf(schedule)?.status === "failed";
  if (isOpen || !isFailed) throw badRequest(`schedule_status: ${schedule.status}`);
}
