/**
 * Confirming: the customer has agreed, the money is taken, and a registration tells its regKey,
 * here and nowhere else.
 *
 * LINE Pay Online API v3, "Confirm payment" (read 2026-11); 1169 that ends the reservation and 1172
 * for a second confirm as seen live (2026). Unverified: 1159 for a reservation that was cancelled or
 * has failed.
 */
import { z } from "zod";
import {
  amountSchema,
  getReservation,
  minorOf,
  ofVersion,
  parseBody,
  success,
  wireId,
  wirePayInfo,
  wireTime,
  type LinePayAnswer,
  type LinePayCall,
} from "./call.ts";
import { toMajor } from "./money.ts";
import type { Payment, RegKey, Reservation } from "./records.ts";
import { Refused, refused } from "./refusals.ts";
import { takePayment } from "./take-payment.ts";
import { randomRegKey } from "./tokens.ts";

const confirmSchema = z.object({ amount: amountSchema, currency: z.string() });

/** POST /v3/payments/{transactionId}/confirm */
export function confirmPayment(call: LinePayCall): LinePayAnswer {
  const body = parseBody(confirmSchema, call.body);
  const reservation = getReservation(call);
  const chosen = agreedBy(call, reservation);
  const { amountMinor, currency } = reservation;
  if (body.currency !== currency || minorOf(body.amount, currency) !== amountMinor) {
    throw refused("1153");
  }
  const payment = take(call, reservation, chosen);
  call.state.saveReservation({ ...reservation, status: "completed" });
  return success(ofVersion(call, confirmation(payment, reservation)));
}

type Agreed = Pick<RegKey, "payerId" | "method">;

/** Who has agreed to pay, with what. @throws {Refused} when nobody has, or it is too late. */
function agreedBy({ state }: LinePayCall, reservation: Reservation): Agreed {
  const { status, payerId, method } = reservation;
  switch (status) {
    case "completed":
      throw refused("1172");
    case "waiting":
      state.saveReservation({ ...reservation, status: "failed" });
      throw refused("1169");
    case "expired":
      throw refused(state.switches().expiredConfirm);
    case "canceled":
    case "failed":
      throw refused("1159");
    case "authenticated":
      if (payerId === null || method === null) throw new Error("Nobody has agreed.");
      return { payerId, method };
  }
}

/** The key is named before the money is taken, for the ledger, and exists only afterwards. */
function take(call: LinePayCall, reservation: Reservation, chosen: Agreed): Payment {
  const { state } = call;
  const { transactionId, channelId, orderId, amountMinor, currency } = reservation;
  const { productName, packages, payType, capture } = reservation;
  const regKey = payType === "PREAPPROVED" ? randomRegKey() : null;
  const order = { transactionId, channelId, orderId, amountMinor, currency, productName, packages };
  try {
    const payment = takePayment(call, { ...order, ...chosen, regKey }, capture);
    if (regKey !== null) state.issueKey({ channelId, productName, ...chosen }, regKey);
    return payment;
  } catch (error) {
    const isDecline = error instanceof Refused && error.refusal.code !== "1172";
    if (isDecline && state.switches().declinedConfirmFails) {
      state.saveReservation({ ...reservation, status: "failed" });
    }
    throw error;
  }
}

function confirmation(payment: Payment, { payType }: Reservation): object {
  const { orderId, transactionId, regKey, authorizationExpiresAt, currency } = payment;
  const payInfo =
    payType === "PREAPPROVED"
      ? payment.payInfo.map(({ amountMinor, ...info }) => ({
          ...info,
          amount: toMajor(amountMinor, currency),
        }))
      : wirePayInfo(payment.payInfo, currency);
  return {
    orderId,
    transactionId: wireId(transactionId),
    ...(regKey === null ? {} : { regKey }),
    ...(authorizationExpiresAt === null
      ? {}
      : { authorizationExpireDate: wireTime(authorizationExpiresAt) }),
    payInfo,
    packages: payment.packages.map(({ id, amountMinor, userFeeMinor }) => ({
      id,
      amount: toMajor(amountMinor, currency),
      userFeeAmount: toMajor(userFeeMinor, currency),
    })),
  };
}
