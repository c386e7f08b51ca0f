import * as z from "zod";
import type { Exchange } from "../exchange.ts";
import type { Money } from "../money.ts";
import { wireAmount } from "./amounts.ts";
import { classifyLinePayAnswer, linePayFailure, mismatch, unreadableAnswer } from "./failures.ts";
import { checkAmount, checkLength, checkOrderId, maximumOrderNameLength } from "./limits.ts";
import { providerPayment } from "./provider-payment.ts";
import { readLinePayTime } from "./time.ts";
import type { LinePayAnswer, LinePayTransport } from "./transport.ts";
import { optionalText, transactionId } from "./wire.ts";

export interface RegKeyCharge {
  readonly regKey: string;
  /** TWD, THB or USD; may differ from the amount that was registered. */
  readonly amount: Money;
  /** At most 100 characters; new for every charge, for there is no idempotency key. */
  readonly orderId: string;
  /** 1 to 4,000 characters, shown to the customer. */
  readonly productName: string;
  /** False only authorizes; in Taiwan by contract. Undefined leaves it out: captured at once. */
  readonly capture?: boolean | undefined;
}

const chargeInfo = z.looseObject({
  transactionId,
  /** ISO 8601. */
  transactionDate: optionalText,
  /** Documented as optional; in no sample. */
  orderId: z.string().nullish(),
  /** ISO 8601. With `capture: false` only. */
  authorizationExpireDate: z.string().nullish(),
});

export type ChargedRegKey = z.infer<typeof chargeInfo> & { readonly exchange: Exchange };

/**
 * Charges a key with the customer absent. Returning means that the money moved, or is held when
 * `capture` is false. How it was paid is in the payment details only.
 *
 * @throws {GatewayError} `outcome_unknown` when the payment may exist: look it up by order id before
 *   anything else; `mismatch`, with the payment, when the answer is about another order. Every other
 *   class means that no money moved.
 * @see LINE Pay Online API v3, "Pay with preapproved payment" (read 2026-11).
 */
export async function chargeRegKey(
  transport: LinePayTransport,
  charge: RegKeyCharge,
): Promise<ChargedRegKey> {
  const { regKey, amount, orderId, productName, capture } = charge;
  checkAmount("charge", amount);
  checkOrderId("charge", orderId);
  checkLength("charge", "a product's name", productName, maximumOrderNameLength);
  const answer = await transport.send({
    operation: "charge",
    method: "POST",
    path: ["preapprovedPay", { secret: regKey, label: "[billing key]" }, "payment"],
    body: {
      productName,
      amount: wireAmount(amount.amountMinor, amount.currency),
      currency: amount.currency,
      orderId,
      capture,
    },
  });
  if (classifyLinePayAnswer(answer) !== "done") throw linePayFailure(answer);
  return readCharge(charge, answer);
}

/**
 * An expiry date tells an authorization from a capture. One that contradicts what was asked for leaves
 * open whether the money was taken: payment details show it.
 */
function readCharge(charge: RegKeyCharge, answer: LinePayAnswer): ChargedRegKey {
  const { exchange } = answer;
  const info = chargeInfo.safeParse(answer.info).data;
  if (info === undefined) throw unreadableAnswer(answer, "transaction id");
  if (info.orderId != null && info.orderId !== charge.orderId) {
    const payment = providerPayment({
      paymentId: info.transactionId,
      state: "other",
      providerStatus: answer.code ?? "",
      orderId: info.orderId,
      approvedAt: readLinePayTime(info.transactionDate),
      exchange,
    });
    throw mismatch(answer, ["its order id is another"], payment);
  }
  const isAuthorization = info.authorizationExpireDate != null;
  if (isAuthorization !== (charge.capture === false)) {
    throw unreadableAnswer(answer, isAuthorization ? "capture" : "authorization");
  }
  return { ...info, exchange };
}
