/**
 * Switches: what the documents of PortOne V1 leave open, each way of it playable. The defaults are
 * the worse world for the caller wherever nobody has measured, unless a client that follows the
 * documents would be refused.
 */
import { z } from "zod";

export const portOneSwitchesSchema = z.strictObject({
  missingToken: z
    .enum(["refused", "default_merchant"])
    .describe(
      "a call without any token: 401, or the default merchant's, as the guide's curl has it",
    ),
  chaiServes: z.boolean().describe("CHAI still works; else as since 2024-11-01"),
  declineShape: z
    .enum(["failed", "refused"])
    .describe("a decline of `again`: a failed payment under code 0, or code -1 and no record"),
  declineText: z
    .enum(["bracketed", "sentence", "prefixed"])
    .describe("`[code] sentence`, the sentence alone, or `[CHAI] sentence` with the PG's name"),
  endedKey: z
    .enum(["declined", "unknown"])
    .describe("a key that ended at the PG: a decline, or the answer for an unknown customer_uid"),
  failedMerchantUidReusable: z
    .boolean()
    .describe("a merchant_uid that failed may be charged again; else refused as a duplicate"),
  paysOneMerchantUidTwice: z
    .boolean()
    .describe("a broken provider: a paid merchant_uid is paid again when asked again"),
  concurrentAgain: z
    .enum(["one", "both"])
    .describe("two charges at once with one new merchant_uid: the second is refused, or both paid"),
  merchantUidLifetimeDays: z
    .int()
    .min(1)
    .nullable()
    .describe("how long a merchant_uid stays taken; null for ever"),
  testAndLiveShareIds: z
    .boolean()
    .describe("a merchant_uid of a test channel is taken for live too"),
  strictIds: z.boolean().describe("customer_uid and merchant_uid: letters, digits, - and _ only"),
  refusalStatus: z
    .literal([200, 400, 404, 409])
    .describe("HTTP status of charges refused with a code other than 0"),
  issuanceStatus: z
    .enum(["paid", "ready"])
    .describe("status of the payment record of a key that was made without a charge"),
  issuanceWebhook: z.boolean().describe("making a key sends a `paid` webhook"),
  abandonedStatus: z
    .enum(["ready", "failed"])
    .describe("status of a payment whose window was cancelled by the buyer"),
  redirectParameters: z
    .enum(["imp_success", "success", "ids", "merchant_uid", "lying"])
    .describe(
      "on success: with imp_success or success, both ids alone, merchant_uid alone, or false",
    ),
  redirectQuery: z
    .enum(["joined", "second_question_mark"])
    .describe("how parameters are added to an m_redirect_url that has a query"),
  mobileEarlyErrors: z
    .enum(["callback", "redirect"])
    .describe("where errors before the window go on phones; on computers always the callback"),
  partialCancelStatus: z
    .enum(["cancelled", "paid"])
    .describe("status of a payment that was refunded in part"),
  partialRefunds: z.boolean().describe("payments on accounts can be refunded in part"),
  refundDays: z.int().min(0).describe("how long a payment can be refunded"),
  deleteEndsPgKey: z.boolean().describe("deleting a customer_uid ends the key at the PG too"),
  deleteRevokesSchedules: z.boolean().describe("deleting a customer_uid revokes its schedules"),
  schedulesOfKey: z
    .enum(["paged", "list"])
    .describe("the schedules of one key: in a page with its count, or as a bare list"),
  scheduleDelaySeconds: z.int().min(0).describe("how late scheduled charges run"),
  scheduleHorizonDays: z.int().min(1).nullable().describe("schedules further ahead are refused"),
  schedulesPerCall: z.int().min(1).nullable().describe("more schedules in one call are refused"),
  lookUpLagSeconds: z
    .int()
    .min(0)
    .describe("look-ups find a payment only so long after its start, on the emulator's clock"),
  sandboxHiddenFrom: z
    .enum(["payment", "all_look_ups"])
    .describe(
      "where test payments are 404 without include_sandbox: by imp_uid only, or everywhere",
    ),
  ipRefusalStatus: z.literal([401, 403]).describe("answer to an address that is not allowed"),
  cardTypeAsText: z.boolean().describe('card_type is "0" and "1", as old documents have it'),
  webhookDelivery: z
    .enum(["once", "twice", "never"])
    .describe("what becomes of each webhook on its way"),
});
export type PortOneSwitches = z.infer<typeof portOneSwitchesSchema>;

export const defaultPortOneSwitches: PortOneSwitches = {
  missingToken: "refused",
  chaiServes: true,
  declineShape: "failed",
  declineText: "bracketed",
  endedKey: "declined",
  failedMerchantUidReusable: true,
  paysOneMerchantUidTwice: false,
  concurrentAgain: "one",
  merchantUidLifetimeDays: null,
  testAndLiveShareIds: true,
  strictIds: false,
  refusalStatus: 200,
  issuanceStatus: "paid",
  issuanceWebhook: true,
  abandonedStatus: "failed",
  redirectParameters: "imp_success",
  redirectQuery: "joined",
  mobileEarlyErrors: "callback",
  partialCancelStatus: "cancelled",
  partialRefunds: true,
  refundDays: 90,
  deleteEndsPgKey: false,
  deleteRevokesSchedules: false,
  schedulesOfKey: "paged",
  scheduleDelaySeconds: 0,
  scheduleHorizonDays: null,
  schedulesPerCall: null,
  lookUpLagSeconds: 0,
  sandboxHiddenFrom: "payment",
  ipRefusalStatus: 403,
  cardTypeAsText: false,
  webhookDelivery: "once",
};
