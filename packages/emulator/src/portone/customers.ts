/**
 * Billing keys over the API: looking them up, making one of card data, deleting one.
 *
 * PortOne V1 REST API, "subscribe.customer" (read 2026-11). Unverified: what deletion does to
 * schedules and to the key at the PG; two switches say.
 */
import { z } from "zod";
import {
  customerUidSchema,
  listSchema,
  numberSchema,
  optionalText,
  paged,
  parse,
  refuseStrangeIds,
  type PortOneAnswer,
  type PortOneCall,
} from "./call.ts";
import { channelTraits } from "./channels.ts";
import { declineText } from "./declines.ts";
import { channelOf } from "./merchants.ts";
import type { Channel, Customer, Means } from "./records.ts";
import { badRequest, noCustomerText, notFound, refusedByPg } from "./refusals.ts";
import { customerObject, paymentObject } from "./wire.ts";

/** @throws {Refused} 404 */
export function getCustomer({ state, merchant, parameter }: PortOneCall): Customer {
  const customer = state.getCustomer(merchant.impCode, parameter);
  if (customer === undefined) throw notFound(noCustomerText(parameter));
  return customer;
}

/** GET /subscribe/customers/{customer_uid} */
export function showCustomer(call: PortOneCall): PortOneAnswer {
  return { response: customerObject(call.state, getCustomer(call)) };
}

const manySchema = z.object({ customer_uid: listSchema });

/** GET /subscribe/customers?customer_uid[]=…: 207 when some are missing, 404 when all are. */
export function showCustomers({ state, merchant, query }: PortOneCall): PortOneAnswer {
  const { customer_uid: asked } = parse(manySchema, query);
  if (asked.length === 0) throw badRequest("customer_uid");
  const found = asked.flatMap((uid) => state.getCustomer(merchant.impCode, uid) ?? []);
  if (found.length === 0) throw notFound(noCustomerText(asked.join(",")));
  const response = found.map((customer) => customerObject(state, customer));
  return found.length < asked.length ? { response, status: 207 } : { response };
}

/** What makes a card, in `onetime` and schedules too. */
export const cardFields = {
  card_number: optionalText,
  expiry: optionalText,
  birth: optionalText,
  pwd_2digit: optionalText,
  cvc: optionalText,
};

/** Which channel is meant. */
export const channelFields = { pg: optionalText, channel_key: optionalText };

interface CardBody {
  readonly card_number: string | null;
  readonly expiry: string | null;
  readonly pg: string | null;
  readonly channel_key: string | null;
}

/**
 * The card that the body names, at a channel that takes card data over the API.
 *
 * @param refusal What a refusal begins with.
 * @throws {Refused} -1 with the PG's words.
 */
export function cardIn(
  { state, merchant }: PortOneCall,
  body: CardBody,
  refusal: string,
): { card: Means; channel: Channel } {
  const { card_number: number, expiry } = body;
  if (number === null || expiry === null) throw badRequest("card_number, expiry");
  const { pg, channel_key: channelKey } = body;
  const channel = channelOf(merchant, { pg: pg ?? undefined, channelKey: channelKey ?? undefined });
  if (channel === undefined || channelTraits[channel.pgProvider].issuedBy !== "rest") {
    throw refusedByPg(`${refusal} 지원하지 않는 PG입니다. (${channel?.pgProvider ?? ""})`);
  }
  const isWellFormed =
    /^\d{4}-?\d{4}-?\d{4}-?\d{2,4}$/.test(number) && /^\d{4}-\d{2}$/.test(expiry);
  const card = isWellFormed ? state.addCard({ number, expiry }) : { problem: "F112" };
  if (!("problem" in card)) return { card, channel };
  const words = declineText(card.problem, undefined, channel.pgProvider, state.switches());
  throw refusedByPg(`${refusal} ${words}`);
}

const issueSchema = z.object({
  ...cardFields,
  ...channelFields,
  customer_id: optionalText,
  customer_name: optionalText,
  customer_tel: optionalText,
  customer_email: optionalText,
  customer_addr: optionalText,
  customer_postcode: optionalText,
});

/** POST /subscribe/customers/{customer_uid}: of card data, without a window. */
export function issueCustomer(call: PortOneCall): PortOneAnswer {
  const { state, merchant, intervention } = call;
  const body = parse(issueSchema, call.body);
  const path = { customer_uid: call.parameter };
  const { customer_uid: customerUid } = parse(z.object({ customer_uid: customerUidSchema }), path);
  refuseStrangeIds(call, customerUid);
  const refusal = "카드정보 인증 및 빌키 발급에 실패하였습니다.";
  const { card, channel } = cardIn(call, body, refusal);
  const code = intervention.decline?.code ?? card.declineCode;
  if (code !== null) {
    const { pgProvider } = channel;
    const words = declineText(code, intervention.decline?.message, pgProvider, state.switches());
    throw refusedByPg(`${refusal} ${words}`);
  }
  const buyer = {
    name: body.customer_name,
    tel: body.customer_tel,
    email: body.customer_email,
    addr: body.customer_addr,
    postcode: body.customer_postcode,
  };
  const customer = state.issueKey({
    impCode: merchant.impCode,
    customerUid,
    channel,
    meansId: card.id,
    customerId: body.customer_id,
    buyer,
  });
  return { response: customerObject(state, customer) };
}

const deleteSchema = z.object({ reason: optionalText });

/** DELETE /subscribe/customers/{customer_uid}; the answer tells it as it was. */
export function deleteCustomer(call: PortOneCall): PortOneAnswer {
  const { state, merchant, query, body } = call;
  const customer = getCustomer(call);
  const { reason } = parse(deleteSchema, { ...body, ...query });
  const { needsReason } = channelTraits[customer.channel.pgProvider];
  if (needsReason && reason === null) throw refusedByPg("해지 사유(reason)는 필수입니다.");
  const response = customerObject(state, customer);
  const { deleteEndsPgKey, deleteRevokesSchedules } = state.switches();
  if (deleteEndsPgKey) state.endPgKey(customer.pgKeyId, "merchant");
  if (deleteRevokesSchedules) {
    for (const schedule of state.schedulesOf(merchant.impCode, customer.customerUid)) {
      if (schedule.status === "scheduled") state.revokeSchedule(schedule);
    }
  }
  state.deleteCustomer(customer);
  return { response };
}

export const pageSchema = numberSchema.pipe(z.int().min(1)).default(1);

/** GET /subscribe/customers/{customer_uid}/payments: 20 a page, newest first. */
export function customerPayments(call: PortOneCall): PortOneAnswer {
  const { state, merchant } = call;
  const { customerUid } = getCustomer(call);
  const { page } = parse(z.object({ page: pageSchema }), call.query);
  const rows = state.paymentsWithKey(merchant.impCode, customerUid);
  const { list, ...counts } = paged(rows, page, 20);
  const objects = list.map((payment) => paymentObject(state, payment));
  return { response: { ...counts, list: objects } };
}
