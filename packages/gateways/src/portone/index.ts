/**
 * PortOne V1 (formerly iamport): payments on a billing key, through whichever payment company a channel
 * stands for. The customer registers a method in the company's window, under a name of ours, the
 * `customer_uid`; later charges need nobody.
 *
 * ```ts
 * import { createHttpSender, GatewayError, money } from "@maedal/gateways";
 * import { createPortOneClient } from "@maedal/gateways/portone";
 *
 * const { PORTONE_API_KEY = "", PORTONE_API_SECRET = "", CUSTOMER_UID = "" } = process.env;
 * const sender = createHttpSender();
 * const portOne = createPortOneClient({
 *   apiKey: PORTONE_API_KEY,
 *   apiSecret: PORTONE_API_SECRET,
 *   sender,
 *   monotonicMs: () => performance.now(),
 * });
 *
 * // Once, after the browser has come back from IMP.request_pay: what it says is a claim. Ask, and
 * // compare order id, amount and customer_uid with your own before you believe it.
 * const key = await portOne.getCustomer(CUSTOMER_UID);
 * console.log(key === "not_found" ? key : key.customer.pg_provider);
 *
 * // Each period: an order id of its own, stored before sending.
 * const merchantUid = "SUB1-2026-12";
 * try {
 *   const amount = money(9_900, "KRW");
 *   const charge = { customerUid: CUSTOMER_UID, merchantUid, amount, name: "월간 구독" };
 *   console.log("paid", (await portOne.chargeCustomer(charge)).payment.imp_uid);
 * } catch (error) {
 *   if (!(error instanceof GatewayError)) throw error;
 *   if (error.failure === "outcome_unknown") {
 *     // "not_found" means not now: ask again later, and never charge under another order id first.
 *     const found = await portOne.findPayment({ merchantUid, status: "paid" });
 *     console.log(found === "not_found" ? found : found.payment.imp_uid);
 *   } else {
 *     console.log("no money moved, unless it is a mismatch", error.failure, error.providerMessage);
 *   }
 * } finally {
 *   await sender.close();
 * }
 * ```
 *
 * `createPortOneGateway` puts one channel behind the interface that Maedal's engine is written against.
 * How channels differ is in `channels.ts`, what PortOne's texts mean in `refusal-texts.ts`.
 */
export {
  accountChannelProblems,
  type AccountChannel,
  type ChannelSettings,
} from "./account-channels.ts";
export { portOneApiHost, portOneSdkUrl, type PortOneMode } from "./address.ts";
export type { CanceledPayment, PaymentCancel } from "./cancel-payment.ts";
export { portOneChannels, type PortOneChannel } from "./channels.ts";
export type { BuyerDetails, CustomerCharge, PaidPayment } from "./charge-customer.ts";
export { createPortOneClient, type PortOneClient, type PortOneClientOptions } from "./client.ts";
export type { CustomerDeletion, FoundCustomer, PortOneCustomer } from "./customers.ts";
export { classifyPortOneAnswer, classifyRecordedFailure } from "./failures.ts";
export type { PortOneOperation } from "./operation.ts";
export type { PaymentPage, PortOnePayment } from "./payment.ts";
export type {
  FoundPage,
  FoundPayment,
  OrderQuery,
  PaymentQuery,
  PaymentSorting,
  PaymentStatus,
  StatusListQuery,
} from "./payments.ts";
export { createPortOneGateway, type PortOneGatewayOptions } from "./portone-gateway.ts";
export type { PreparedPayment } from "./prepare-payment.ts";
export {
  portOneSentences,
  portOneWords,
  type PortOneRefusalRow,
  type PortOneVerdict,
  type TextBasis,
} from "./refusal-texts.ts";
export type {
  FoundSchedule,
  PortOneSchedule,
  ScheduledCharge,
  ScheduleListQuery,
  ScheduleMove,
  ScheduleOrder,
  ScheduleRevocation,
  Schedules,
  ScheduleStatus,
} from "./schedules.ts";
export { portOneTimeouts, type PortOneTimeouts } from "./timeouts.ts";
