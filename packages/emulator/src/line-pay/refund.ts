/**
 * Refunding, in full or in parts. There is no idempotency key: the same call again is another
 * refund.
 *
 * LINE Pay Online API v3, "Refund" (read 2026-11); 1164 and 1165 as seen live (2026). Unverified:
 * 1124 for an amount of 0, 1179 for what was not captured.
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import {
  amountSchema,
  minorOf,
  parseBody,
  success,
  wireId,
  wireTime,
  type LinePayAnswer,
  type LinePayCall,
} from "./call.ts";
import { getPayment } from "./capture.ts";
import type { Payment } from "./records.ts";
import { refused } from "./refusals.ts";

const refundSchema = z.object({ refundAmount: amountSchema.nullish() });

/** POST /v3/payments/{transactionId}/refund */
export function refundPayment(call: LinePayCall): LinePayAnswer {
  const { state } = call;
  const { refundAmount } = parseBody(refundSchema, call.body);
  const payment = getPayment(call);
  if (payment.status !== "captured") throw refused("1179");
  const left = state.refundableMinor(payment);
  if (left === 0) throw refused("1165");
  if (isTooLate(call, payment)) throw refused("1163");
  const amountMinor = minorOf(refundAmount ?? 0, payment.currency);
  const isAll = refundAmount === undefined || refundAmount === null;
  if (!isAll && amountMinor === 0) throw refused("1124");
  if (amountMinor > left) throw refused("1164");

  const refund = state.refundPayment(payment, isAll ? left : amountMinor);
  return success({
    refundTransactionId: wireId(refund.refundTransactionId),
    refundTransactionDate: wireTime(refund.refundedAt),
  });
}

function isTooLate({ state, at }: LinePayCall, { paidAt }: Payment): boolean {
  const days = Temporal.Instant.from(paidAt).until(at).total("hours") / 24;
  return days > state.switches().refundDays;
}
