/**
 * Charging now: a key (`again`), or card data (`onetime`).
 *
 * PortOne V1 REST API, "subscribe.payments" (read 2026-11). Three outcomes under HTTP 200: a code
 * other than 0, and under code 0 a payment that is `paid` or `failed`.
 */
import { z } from "zod";
import {
  customerUidSchema,
  optionalText,
  orderFields,
  orderOf,
  parse,
  refuseOtherCurrency,
  refuseStrangeIds,
  type PortOneAnswer,
  type PortOneCall,
} from "./call.ts";
import { channelTraits } from "./channels.ts";
import { cardFields, cardIn, channelFields } from "./customers.ts";
import { nobody, type Payment } from "./records.ts";
import { badRequest, Refused, refused, texts } from "./refusals.ts";
import { paymentObject } from "./wire.ts";

const againSchema = z.object({ customer_uid: customerUidSchema, ...orderFields });

/** POST /subscribe/payments/again */
export function chargeAgain(call: PortOneCall): PortOneAnswer {
  const { state, merchant, intervention, isConcurrent } = call;
  const body = parse(againSchema, call.body);
  const { customer_uid: customerUid, merchant_uid: merchantUid } = body;
  refuseOtherCurrency(body.currency);
  refuseStrangeIds(call, customerUid, merchantUid);
  const customer = state.getCustomer(merchant.impCode, customerUid);
  if (customer === undefined) throw withStatus(call, refused(texts.unknownBuyer));
  refuseMissingName(body.name, channelTraits[customer.channel.pgProvider].needsName);
  const order = orderOf(body, customer.buyer);
  const wish = { usage: "payment", intervention, isConcurrent } as const;
  return answered(call, () => state.chargeCustomer(customer, order, wish));
}

const onetimeSchema = z.object({
  customer_uid: optionalText.pipe(z.string().max(80).nullable()),
  ...orderFields,
  ...cardFields,
  ...channelFields,
});

/** POST /subscribe/payments/onetime; with a customer_uid the card is kept as its key too. */
export function chargeOnetime(call: PortOneCall): PortOneAnswer {
  const { state, merchant, intervention, isConcurrent } = call;
  const body = parse(onetimeSchema, call.body);
  const { customer_uid: customerUid, merchant_uid: merchantUid } = body;
  const { impCode } = merchant;
  refuseOtherCurrency(body.currency);
  refuseStrangeIds(call, customerUid ?? "", merchantUid);
  return answered(call, () => {
    const { card, channel } = cardIn(call, body, "카드정보 인증에 실패하였습니다.");
    refuseMissingName(body.name, channelTraits[channel.pgProvider].needsName);
    const order = orderOf(body, nobody);
    const { buyer } = order;
    const key = { impCode, channel, meansId: card.id, customerId: null, buyer };
    // Unverified: that a declined charge leaves no key behind.
    const who = { impCode, channel, customer: null, meansId: card.id };
    const wish = { usage: null, intervention, isConcurrent, isRefusedByPg: true };
    const payment = state.charge(who, order, wish);
    if (customerUid === null || payment.status !== "paid") return payment;
    state.issueKey({ ...key, customerUid });
    return payment;
  });
}

function refuseMissingName(name: string | null, needsName: boolean): void {
  if (needsName && name === null) throw badRequest("name");
}

function answered(call: PortOneCall, charge: () => Payment): PortOneAnswer {
  try {
    return { response: paymentObject(call.state, charge()) };
  } catch (error) {
    throw error instanceof Refused ? withStatus(call, error) : error;
  }
}

/** Refusals of charges are seen as 200; the documents know no other but 401. */
function withStatus({ state }: PortOneCall, { refusal }: Refused): Refused {
  if (refusal.status !== 200) return new Refused(refusal);
  return new Refused({ ...refusal, status: state.switches().refusalStatus });
}
