import * as z from "zod";
import type { Exchange } from "../exchange.ts";
import type { FailureClass } from "../gateway-error.ts";
import type { Money } from "../money.ts";
import { wireAmount } from "./amounts.ts";
import { paidAmount } from "./confirm-payment.ts";
import {
  classifyLinePayAnswer,
  classOfVoided,
  linePayFailure,
  messageOf,
  mismatch,
  unreadableAnswer,
} from "./failures.ts";
import { methodLabel } from "./labels.ts";
import { checkAmount, checkTransactionId } from "./limits.ts";
import { providerPayment } from "./provider-payment.ts";
import type { LinePayAnswer, LinePayTransport } from "./transport.ts";
import { payInfo, transactionId } from "./wire.ts";

export interface AuthorizationCapture {
  readonly transactionId: string;
  /** Of the authorization, to compare with the answer. */
  readonly orderId: string;
  /** At most what was authorized; the rest is released, and there is no second capture. */
  readonly amount: Money;
}

const captureInfo = z.looseObject({ transactionId, orderId: z.string().nullish(), payInfo });

export type CaptureResult =
  | (z.infer<typeof captureInfo> & { readonly kind: "captured"; readonly exchange: Exchange })
  | {
      /** LINE Pay gave the authorization up instead: nothing was taken, nothing is held. */
      readonly kind: "voided";
      readonly failure: FailureClass;
      readonly code: string;
      readonly message: string;
      readonly exchange: Exchange;
    };

/**
 * Takes the money of an authorization.
 *
 * @throws {GatewayError} `outcome_unknown`: look the payment up and read its state; `mismatch`, with
 *   the payment, when the answer is not about it. Every other class: nothing changed.
 * @see LINE Pay Online API v3, "Capture payment" (read 2026-11): 1199 and 1280 to 1298 cancel the
 *   payment automatically.
 */
export async function capturePayment(
  transport: LinePayTransport,
  capture: AuthorizationCapture,
): Promise<CaptureResult> {
  const { amount } = capture;
  checkTransactionId("capture", capture.transactionId);
  checkAmount("capture", amount);
  const answer = await transport.send({
    operation: "capture",
    method: "POST",
    path: ["authorizations", capture.transactionId, "capture"],
    body: { amount: wireAmount(amount.amountMinor, amount.currency), currency: amount.currency },
  });
  const verdict = classifyLinePayAnswer(answer);
  if (verdict === "voided") {
    const { code = "", exchange } = answer;
    const message = messageOf(answer) ?? "";
    return { kind: "voided", failure: classOfVoided(code), code, message, exchange };
  }
  if (verdict !== "done") throw linePayFailure(answer);
  return readCapture(capture, answer);
}

function readCapture(capture: AuthorizationCapture, answer: LinePayAnswer): CaptureResult {
  const { exchange } = answer;
  const info = captureInfo.safeParse(answer.info).data;
  if (info === undefined) throw unreadableAnswer(answer, "transaction id");
  const paid = paidAmount(info, capture.amount);
  const differences: string[] = [];
  if (info.transactionId !== capture.transactionId) {
    differences.push("its transaction id is another");
  }
  if (info.orderId != null && info.orderId !== capture.orderId) {
    differences.push("its order id is another");
  }
  if (info.payInfo?.length && paid?.amountMinor !== capture.amount.amountMinor) {
    differences.push("what was taken is another amount");
  }
  if (differences.length === 0) return { ...info, kind: "captured", exchange };
  const payment = providerPayment({
    paymentId: info.transactionId,
    state: "other",
    providerStatus: answer.code ?? "",
    orderId: info.orderId ?? undefined,
    amount: paid,
    methodLabel: methodLabel(info.payInfo),
    exchange,
  });
  throw mismatch(answer, differences, payment);
}
