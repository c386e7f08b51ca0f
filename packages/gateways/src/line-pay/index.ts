/**
 * LINE Pay Online API v3: payments on a preapproved key (regKey). A key is registered by a first
 * payment that the customer approves; later charges need nobody.
 *
 * ```ts
 * import { randomUUID } from "node:crypto";
 * import { createHttpSender, GatewayError, money } from "@maedal/gateways";
 * import { createLinePayClient } from "@maedal/gateways/line-pay";
 *
 * const { LINE_PAY_CHANNEL_ID = "", LINE_PAY_CHANNEL_SECRET = "", REG_KEY } = process.env;
 * const sender = createHttpSender();
 * const linePay = createLinePayClient({
 *   mode: "test", // the sandbox
 *   channelId: LINE_PAY_CHANNEL_ID,
 *   channelSecret: LINE_PAY_CHANNEL_SECRET,
 *   sender,
 *   nonce: randomUUID,
 * });
 *
 * // Once: send the customer to the window, and go on when the browser comes back.
 * const amount = money(299, "TWD");
 * const orderId = "REG-0001";
 * const { transactionId, paymentUrl } = await linePay.request({
 *   orderId,
 *   amount,
 *   packages: [
 *     { id: "1", amountMinor: 299, products: [{ name: "月訂", quantity: 1, priceMinor: 299 }] },
 *   ],
 *   redirectUrls: { confirmUrl: "https://shop.example/back", cancelUrl: "https://shop.example" },
 *   options: { payType: "PREAPPROVED", locale: "zh_TW" },
 * });
 * console.log("open", paymentUrl.web);
 * // Confirm after "approved" and never before. Store the key at once: no other answer carries it.
 * const { state } = await linePay.checkRequest(transactionId);
 * if (state === "approved") {
 *   const { regKey } = await linePay.confirm({ transactionId, orderId, amount });
 *   console.log("store like a password", regKey);
 * }
 *
 * // Each period: an order id of its own, stored before sending.
 * const period = { regKey: REG_KEY ?? "", orderId: "SUB-0001-2026-12", productName: "月訂", amount };
 * try {
 *   console.log("paid", (await linePay.chargeRegKey(period)).transactionId);
 * } catch (error) {
 *   if (!(error instanceof GatewayError)) throw error;
 *   if (error.failure === "outcome_unknown") {
 *     // Empty means not now: ask again later, and never charge under another order id first.
 *     const { payments } = await linePay.paymentDetails({ orderIds: [period.orderId] });
 *     console.log(payments.map(({ payStatus }) => payStatus));
 *   } else {
 *     console.log("no money moved, unless it is a mismatch", error.failure, error.code);
 *   }
 * } finally {
 *   await sender.close();
 * }
 * ```
 *
 * `createLinePayGateway` puts the same calls behind the interface that Maedal's engine is written
 * against. What the calls answer, and every return code, is classified in `return-codes.ts`.
 */
export { linePayApiHosts, type LinePayMode } from "./address.ts";
export { linePayCurrencies, type LinePayCurrency } from "./amounts.ts";
export type { AuthorizationCapture, CaptureResult } from "./capture-payment.ts";
export type { ChargedRegKey, RegKeyCharge } from "./charge-reg-key.ts";
export type { RegKeyCheck } from "./check-reg-key.ts";
export type { RequestState } from "./check-request.ts";
export { createLinePayClient, type LinePayClient, type LinePayClientOptions } from "./client.ts";
export type { ConfirmedPayment, PaymentConfirm } from "./confirm-payment.ts";
export { classifyLinePayAnswer } from "./failures.ts";
export { createLinePayGateway, type LinePayGatewayOptions } from "./line-pay-gateway.ts";
export { linePayLocale, type LinePayLocale } from "./locale.ts";
export type { LinePayPayment, PaymentDetails, PaymentDetailsQuery } from "./payment-details.ts";
export type { PaymentRefund, RefundedPayment } from "./refund-payment.ts";
export type {
  PaymentRequest,
  PaymentRequestOptions,
  RedirectUrls,
  RequestedPackage,
  RequestedPayment,
  RequestedProduct,
  RequestedShipping,
} from "./request-payment.ts";
export {
  linePayReturnCodes,
  type LinePayReturnCode,
  type LinePayVerdict,
  type LinePayVerdicts,
  type ReturnCodeBasis,
  type ReturnCodeLists,
} from "./return-codes.ts";
export { linePaySignature, type SignedMessage } from "./signature.ts";
export { linePayTimeouts, type LinePayTimeouts } from "./timeouts.ts";
export type { LinePayApiVersion, LinePayOperation } from "./transport.ts";
