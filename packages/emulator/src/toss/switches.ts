/**
 * Switches: what the documents of Toss Payments leave open, each way of it playable. The defaults
 * are the worse world for the caller wherever nothing was measured.
 */
import { z } from "zod";

export const tossSwitchesSchema = z.strictObject({
  transfersOnIssue: z
    .enum(["present", "null", "empty", "absent", "object"])
    .describe("`transfers` in the answer to issue, for accounts"),
  transferOnApprove: z
    .enum(["transfer", "transfers"])
    .describe("name of the account's member in the answer to a charge"),
  declinedChargeVisible: z
    .boolean()
    .describe("a declined charge is found by orderId, as ABORTED with `failure`"),
  declinedOrderIdReusable: z
    .boolean()
    .describe("a declined orderId may be charged again; otherwise DUPLICATED_ORDER_ID"),
  repeatDelete: z
    .enum(["200", "ALREADY_REMOVED_BILLING_KEY", "BILLING_KEY_NOT_FOUND", "NOT_FOUND_BILLING"])
    .describe("answer to deleting a key twice"),
  spentAuthKey: z
    .enum(["NOT_FOUND_BILLING", "INVALID_BILLING_AUTH", "INVALID_REQUEST"])
    .describe("answer to issuing with an authKey that was used or has expired"),
  authKeyLifetimeMinutes: z.int().min(0).describe("on the emulator's clock"),
  idempotencyOnIssue: z.boolean().describe("issue replays under an Idempotency-Key"),
  createdAtFractionDigits: z
    .literal([0, 3, 5, 6])
    .describe("fraction digits of `createdAt` in webhooks"),
  billingDeletedReason: z.boolean().describe("BILLING_DELETED carries `data.reason`"),
  billingDeletedForCards: z.boolean().describe("BILLING_DELETED is sent for card keys too"),
  paymentStatusChangedOnCancel: z
    .boolean()
    .describe("PAYMENT_STATUS_CHANGED is sent when a charge is cancelled"),
  webhookTransmissionId: z
    .enum(["stable", "new"])
    .describe("transmission-id over the retries of one delivery"),
  webhookOrder: z
    .enum(["normal", "duplicate", "out_of_order"])
    .describe("duplicate: each twice; out_of_order: pairs arrive the later one first"),
  cancellationAmount: z
    .enum(["negative", "positive"])
    .describe("sign of a cancellation in the list of transactions"),
  paysOneOrderIdTwice: z
    .boolean()
    .describe("a broken provider: a paid orderId is paid again when asked again"),
});
export type TossSwitches = z.infer<typeof tossSwitchesSchema>;

export const defaultTossSwitches: TossSwitches = {
  transfersOnIssue: "present",
  transferOnApprove: "transfer",
  declinedChargeVisible: false,
  declinedOrderIdReusable: false,
  repeatDelete: "ALREADY_REMOVED_BILLING_KEY",
  spentAuthKey: "NOT_FOUND_BILLING",
  authKeyLifetimeMinutes: 10,
  idempotencyOnIssue: true,
  createdAtFractionDigits: 5,
  billingDeletedReason: true,
  billingDeletedForCards: true,
  paymentStatusChangedOnCancel: true,
  cancellationAmount: "positive",
  webhookTransmissionId: "new",
  webhookOrder: "normal",
  paysOneOrderIdTwice: false,
};
