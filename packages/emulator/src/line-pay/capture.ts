/**
 * Capturing and voiding what was only authorized.
 *
 * LINE Pay Online API v3, "Capture", "Void" (read 2026-11): once, at most what is held, and the rest
 * is released; 1199 and 1280 to 1298 on a capture void the authorization. Unverified: which of 1155
 * and 1179 answers for a payment that is not, or no longer, authorized.
 */
import { z } from "zod";
import {
  amountSchema,
  minorOf,
  ofVersion,
  parseBody,
  refuseOtherCurrency,
  success,
  wireId,
  wirePayInfo,
  type LinePayAnswer,
  type LinePayCall,
} from "./call.ts";
import type { Payment } from "./records.ts";
import { refusal, refused, Refused } from "./refusals.ts";

const captureSchema = z.object({ amount: amountSchema, currency: z.string() });

/** POST /v3/payments/authorizations/{transactionId}/capture */
export function capturePayment(call: LinePayCall): LinePayAnswer {
  const { state, merchant, intervention } = call;
  const body = parseBody(captureSchema, call.body);
  refuseOtherCurrency(call, body.currency);
  const payment = getPayment(call);
  if (payment.status !== "authorized") throw refused(notAuthorized(payment));
  const amountMinor = minorOf(body.amount, merchant.currency);
  if (amountMinor === 0) throw refused("1183");
  if (amountMinor > payment.amountMinor) throw refused("1184");
  const { decline } = intervention;
  if (decline !== undefined) {
    if (voidsAuthorization(decline.code)) state.releasePayment(payment, "voided");
    throw new Refused(refusal(decline.code, decline.message));
  }

  const { transactionId, orderId, payInfo, currency } = state.capturePayment(payment, amountMinor);
  const ids = { transactionId: wireId(transactionId), orderId };
  return success(ofVersion(call, { ...ids, payInfo: wirePayInfo(payInfo, currency) }));
}

/** POST /v3/payments/authorizations/{transactionId}/void */
export function voidPayment(call: LinePayCall): LinePayAnswer {
  const payment = getPayment(call);
  if (payment.status === "voided") throw refused("1165");
  if (payment.status !== "authorized") throw refused(notAuthorized(payment));
  call.state.releasePayment(payment, "voided");
  return success();
}

/**
 * The merchant's payment with the path's id.
 *
 * @throws {Refused} 1155 for the id of a refund; 1150 for any other that was not paid.
 */
export function getPayment({ state, merchant, parameter }: LinePayCall): Payment {
  const payment = state.getPayment(merchant.channelId, parameter);
  if (payment !== undefined) return payment;
  const isRefund = state.findPaymentByRefund(merchant.channelId, parameter) !== undefined;
  throw refused(isRefund ? "1155" : "1150");
}

function notAuthorized({ authorizationExpiresAt }: Payment): string {
  return authorizationExpiresAt === null ? "1155" : "1179";
}

function voidsAuthorization(code: string): boolean {
  return code === "1199" || (code >= "1280" && code <= "1298");
}
