/**
 * Refunds.
 *
 * PortOne V1 REST API, "payments.cancel" (read 2026-11): an amount that is missing or 0 is all that
 * is left; a checksum other than what is left refuses. Unverified: how a refund of an issuance that
 * took no money is refused, how long CHAI can be refunded, and whether in part; switches say.
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import {
  amountSchema,
  flagSchema,
  optionalText,
  parse,
  type PortOneAnswer,
  type PortOneCall,
} from "./call.ts";
import { channelTraits } from "./channels.ts";
import type { Payment } from "./records.ts";
import { badRequest, cancelFailedText, refused, refusedByPg, texts } from "./refusals.ts";
import { paymentObject } from "./wire.ts";

const cancelSchema = z.object({
  imp_uid: optionalText,
  merchant_uid: optionalText,
  amount: amountSchema.nullish(),
  checksum: amountSchema.nullish(),
  reason: optionalText,
  enable_webhook: flagSchema.nullish(),
});

/** POST /payments/cancel */
export function cancelPayment(call: PortOneCall): PortOneAnswer {
  const { state } = call;
  const body = parse(cancelSchema, call.body);
  if (body.imp_uid === null && body.merchant_uid === null) throw badRequest("imp_uid");
  const payment = cancelledPayment(call, body.imp_uid, body.merchant_uid);
  if (payment === undefined) throw refused(texts.nothingToCancel);
  const left = payment.amount - payment.cancelAmount;
  if (left === 0 && payment.status === "cancelled") throw refused(texts.alreadyCancelled);
  if (typeof body.checksum === "number" && body.checksum !== left) throw refused(texts.checksum);
  const wanted = body.amount ?? 0;
  const amount = wanted === 0 ? left : wanted;
  const problem = problemOf(call, payment, { amount, left, reason: body.reason });
  if (problem !== undefined) throw refusedByPg(cancelFailedText(problem));
  const cancelled = state.cancel(payment, amount, body.reason ?? "");
  const cancellationId = cancelled.cancellations.at(-1)?.cancellationId;
  if (body.enable_webhook === true) state.notify(cancelled, cancellationId);
  return { response: paymentObject(state, cancelled) };
}

/** The imp_uid wins; of a merchant_uid the newest payment that was ever paid. */
function cancelledPayment(
  { state, merchant: { impCode } }: PortOneCall,
  impUid: string | null,
  merchantUid: string | null,
): Payment | undefined {
  const wasPaid = (payment: Payment) => payment.paidAt !== null;
  if (impUid === null) return state.paymentsOf(impCode, merchantUid ?? "").find(wasPaid);
  const payment = state.getPayment(impCode, impUid);
  return payment !== undefined && wasPaid(payment) ? payment : undefined;
}

/** What the PG has against it. */
function problemOf(
  { state }: PortOneCall,
  payment: Payment,
  { amount, left, reason }: { amount: number; left: number; reason: string | null },
): string | undefined {
  const { partialRefunds, refundDays } = state.switches();
  const { needsReason, pays } = channelTraits[payment.channel.pgProvider];
  if (!payment.tookMoney) return "승인된 금액이 없습니다.";
  if (amount > left) return "requested cancel amount is bigger than cancelable amount";
  if (needsReason && reason === null) return "취소 사유(reason)는 필수입니다.";
  const isPart = amount < payment.amount;
  if (isPart && !partialRefunds && !pays.includes("card")) return "부분취소를 지원하지 않습니다.";
  const paidAt = Temporal.Instant.from(payment.paidAt ?? payment.startedAt);
  const days = paidAt.until(state.clock.now()).total("hours") / 24;
  return days > refundDays ? "취소 가능 기간이 지났습니다." : undefined;
}
