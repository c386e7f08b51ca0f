/**
 * Charging a key, the payer absent: checks, then money, in one synchronous step.
 *
 * LINE Pay Online API v3, "Pay preapproved" (read 2026-11). The answer tells no payInfo and, as in
 * every sample, no orderId.
 */
import { z } from "zod";
import {
  amountSchema,
  minorOf,
  ofVersion,
  parseBody,
  refuseAmountOutside,
  refuseOtherCurrency,
  refuseSeparateCapture,
  success,
  wireId,
  wireTime,
  type LinePayAnswer,
  type LinePayCall,
} from "./call.ts";
import type { Payment, RegKey } from "./records.ts";
import { Refused, refused } from "./refusals.ts";
import { takePayment } from "./take-payment.ts";
import { randomTransactionId } from "./tokens.ts";

const chargeSchema = z.object({
  amount: amountSchema,
  currency: z.string().length(3).optional(),
  orderId: z.string().min(1).max(100),
  productName: z.string().max(4000).default(""),
  capture: z.boolean().default(true),
});
type ChargeBody = z.infer<typeof chargeSchema>;

/** POST /v3/payments/preapprovedPay/{regKey}/payment */
export function chargeKey(call: LinePayCall): LinePayAnswer {
  const { state, merchant, parameter, intervention } = call;
  const body = parseBody(chargeSchema, call.body);
  if (!merchant.preapprovedContract) throw refused("1194");
  refuseOtherCurrency(call, body.currency ?? merchant.currency);
  refuseSeparateCapture(call, body.capture);
  if (intervention.killKey === "before") state.deleteKeyAsCustomer(parameter);
  const key = getLivingKey(call);
  const amountMinor = minorOf(body.amount, merchant.currency);
  refuseAmountOutside(call, amountMinor);

  const payment = charge(call, key, body, amountMinor);
  state.renewKey(key.regKey);
  if (intervention.killKey === "after") state.deleteKeyAsCustomer(parameter);
  const { transactionId, paidAt, authorizationExpiresAt } = payment;
  const info = { transactionId: wireId(transactionId), transactionDate: wireTime(paidAt) };
  return success(
    ofVersion(
      call,
      authorizationExpiresAt === null
        ? info
        : { ...info, authorizationExpireDate: wireTime(authorizationExpiresAt) },
    ),
  );
}

/** @throws {Refused} 1190, 1193 or 1141. */
export function getLivingKey({ state, merchant, parameter }: LinePayCall): RegKey {
  const key = state.livingKey(merchant.channelId, parameter);
  if ("problem" in key) throw refused(key.problem);
  return key;
}

function charge(call: LinePayCall, key: RegKey, body: ChargeBody, amountMinor: number): Payment {
  const { state, merchant, at } = call;
  const { channelId, currency } = merchant;
  const { regKey, payerId, method } = key;
  const { orderId, productName, capture } = body;
  const transactionId = randomTransactionId(at);
  const order = { transactionId, channelId, orderId, amountMinor, currency, productName };
  try {
    return takePayment(call, { ...order, packages: [], regKey, payerId, method }, capture);
  } catch (error) {
    if (error instanceof Refused && error.refusal.code !== "1172") {
      state.endKeyByDecline(regKey, error.refusal.code);
      if (state.switches().failedChargeRenewsKey) state.renewKey(regKey);
    }
    throw error;
  }
}
