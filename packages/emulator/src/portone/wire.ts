/**
 * Records as PortOne V1 writes them in `response`.
 *
 * PortOne V1 REST API, schemas Payment, Customer and Schedule (read 2026-11).
 */
import { channelTraits } from "./channels.ts";
import { bankNames, cardNames, masked } from "./institutions.ts";
import type { Channel, Customer, Means, Payment, Schedule } from "./records.ts";
import type { PortOneState } from "./state.ts";
import { unixSeconds } from "./time.ts";

/** Bank members; null for a card. */
function bankOf(means: Means | undefined) {
  if (means?.kind === "account") {
    const { institutionCode } = means;
    return { bank_code: institutionCode, bank_name: bankNames[institutionCode]?.ko ?? null };
  }
  return { bank_code: null, bank_name: null };
}

/** Card members; null for an account. */
function cardOf(state: PortOneState, means: Means | undefined) {
  if (means?.kind !== "card") {
    return { card_code: null, card_name: null, card_number: null, card_type: null };
  }
  const { institutionCode, number, isDebitCard } = means;
  const type = isDebitCard ? 1 : 0;
  return {
    card_code: institutionCode,
    card_name: cardNames[institutionCode]?.ko ?? null,
    card_number: masked(number),
    card_type: state.switches().cardTypeAsText ? String(type) : type,
  };
}

/** Schema Payment. */
export function paymentObject(state: PortOneState, payment: Payment): object {
  const { buyer, channel, cancellations, pgTid } = payment;
  const means = state.means.get(payment.meansId ?? "");
  const last = cancellations.at(-1);
  return {
    imp_uid: payment.impUid,
    merchant_uid: payment.merchantUid,
    pay_method: payment.payMethod === "" ? null : payment.payMethod,
    channel: payment.origin,
    pg_provider: channel.pgProvider,
    emb_pg_provider: null,
    pg_tid: pgTid,
    pg_id: channel.pgId,
    sandbox: channel.isSandbox,
    escrow: false,
    apply_num: payment.applyNum,
    ...bankOf(means),
    ...cardOf(state, means),
    card_quota: payment.cardQuota,
    name: payment.name,
    amount: payment.amount,
    cancel_amount: payment.cancelAmount,
    currency: "KRW",
    buyer_name: buyer.name,
    buyer_email: buyer.email,
    buyer_tel: buyer.tel,
    buyer_addr: buyer.addr,
    buyer_postcode: buyer.postcode,
    custom_data: payment.customData,
    user_agent: payment.userAgent,
    status: payment.status,
    started_at: unixSeconds(payment.startedAt),
    paid_at: unixSeconds(payment.paidAt),
    failed_at: unixSeconds(payment.failedAt),
    cancelled_at: unixSeconds(payment.cancelledAt),
    fail_reason: payment.failReason,
    cancel_reason: last?.reason ?? null,
    receipt_url: null,
    cancel_history: cancellations.map((each) => ({
      pg_tid: each.pgTid,
      amount: each.amount,
      cancelled_at: unixSeconds(each.cancelledAt),
      reason: each.reason,
      cancellation_id: each.cancellationId,
      receipt_url: null,
    })),
    cancel_receipt_urls: [],
    cash_receipt_issued: false,
    customer_uid: payment.customerUid,
    customer_uid_usage: payment.usage,
  };
}

/** Schema Customer. */
export function customerObject(state: PortOneState, customer: Customer): object {
  const { channel, buyer, pgKeyId } = customer;
  const means = state.means.get(state.pgKeys.get(pgKeyId)?.meansId ?? "");
  return {
    customer_uid: customer.customerUid,
    pg_provider: channel.pgProvider,
    pg_id: channel.pgId,
    sandbox: channel.isSandbox,
    customer_id: customer.customerId,
    ...cardOf(state, means),
    customer_name: buyer.name,
    customer_tel: buyer.tel,
    customer_email: buyer.email,
    customer_addr: buyer.addr,
    customer_postcode: buyer.postcode,
    inserted: unixSeconds(customer.insertedAt),
    updated: unixSeconds(customer.updatedAt),
  };
}

/** Schema Schedule. */
export function scheduleObject(state: PortOneState, schedule: Schedule): object {
  const { buyer, channel } = schedule;
  const payment = state.paymentOf(schedule);
  return {
    customer_uid: schedule.customerUid,
    merchant_uid: schedule.merchantUid,
    imp_uid: schedule.impUid,
    pg_provider: channel.pgProvider,
    pg_id: channel.pgId,
    customer_id: null,
    schedule_at: schedule.scheduleAtSeconds,
    executed_at: unixSeconds(schedule.executedAt),
    revoked_at: unixSeconds(schedule.revokedAt),
    amount: schedule.amount,
    currency: "KRW",
    name: schedule.name,
    buyer_name: buyer.name,
    buyer_email: buyer.email,
    buyer_tel: buyer.tel,
    buyer_addr: buyer.addr,
    buyer_postcode: buyer.postcode,
    custom_data: schedule.customData,
    schedule_status: schedule.status,
    payment_status: payment === undefined || payment.status === "ready" ? null : payment.status,
    fail_reason: payment?.failReason ?? null,
    promotion_id: null,
  };
}

/** Schema PgSetting. */
export function channelObject(channel: Channel): object {
  const { pgProvider, pgId, isSandbox, channelName, channelKey } = channel;
  return {
    pg_provider: pgProvider,
    pg_id: pgId,
    sandbox: isSandbox,
    type: channelTraits[pgProvider].issuedBy === "rest" ? "api_payment" : "payment",
    channel_name: channelName,
    channel_key: channelKey,
  };
}
