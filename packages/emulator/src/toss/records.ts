/**
 * What the emulated Toss Payments remembers. Amounts are KRW, which has no decimals; instants are
 * ISO-8601 UTC. The schemas also read the journal back at start.
 */
import { z } from "zod";

/** A merchant (MID) with its two key pairs. Only the API-individual pair can do billing. */
export const merchantSchema = z.object({
  merchantId: z.string(),
  clientKey: z.string(),
  secretKey: z.string(),
  widgetClientKey: z.string(),
  widgetSecretKey: z.string(),
  /** False: every billing call answers NOT_SUPPORTED_METHOD. */
  billingContract: z.boolean(),
  apiVersion: z.enum(["2022-11-16", "2024-06-01"]),
  /** Whether taxFreeAmount has an effect: tax-free and mixed merchants only. */
  sellsTaxFree: z.boolean(),
});
export type Merchant = z.infer<typeof merchantSchema>;

/** A person with a quick-transfer (퀵계좌이체) membership. */
export const memberSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Digits only. */
  phone: z.string(),
  status: z.enum(["active", "withdrawn"]),
});
export type Member = z.infer<typeof memberSchema>;

export const accountStates = ["open", "closed", "on_hold"] as const;
/** A bank account registered with quick transfer. */
export const accountSchema = z.object({
  id: z.string(),
  memberId: z.string(),
  /** Two characters, see institutions.ts. */
  bankCode: z.string(),
  number: z.string(),
  holder: z.string(),
  balance: z.int(),
  state: z.enum(accountStates),
});
export type Account = z.infer<typeof accountSchema>;

export const cardStates = ["usable", "stopped", "lost"] as const;
export const cardSchema = z.object({
  id: z.string(),
  number: z.string(),
  /** Two digits each. */
  expiryYear: z.string(),
  expiryMonth: z.string(),
  /** What can still be charged. */
  balance: z.int(),
  state: z.enum(cardStates),
});
export type Card = z.infer<typeof cardSchema>;

export const billingMethods = ["TRANSFER", "CARD"] as const;
export type BillingMethod = (typeof billingMethods)[number];

/** One trip of a buyer through the registration window. `issued` means that the authKey is spent. */
export const billingAuthSchema = z.object({
  id: z.string(),
  merchantId: z.string(),
  clientKey: z.string(),
  customerKey: z.string(),
  method: z.enum(billingMethods),
  customerName: z.string().nullable(),
  customerEmail: z.string().nullable(),
  status: z.enum(["open", "approved", "failed", "issued"]),
  /** Null until approved; likewise the account or card. */
  authKey: z.string().nullable(),
  approvedAt: z.string().nullable(),
  accountId: z.string().nullable(),
  cardId: z.string().nullable(),
  /** Set when failed. */
  failureCode: z.string().nullable(),
});
export type BillingAuth = z.infer<typeof billingAuthSchema>;

export const billingKeySchema = z.object({
  billingKey: z.string(),
  merchantId: z.string(),
  customerKey: z.string(),
  method: z.enum(billingMethods),
  accountId: z.string().nullable(),
  cardId: z.string().nullable(),
  authenticatedAt: z.string(),
  /** Null while the key lives. */
  removedAt: z.string().nullable(),
});
export type BillingKey = z.infer<typeof billingKeySchema>;

const cancellationSchema = z.object({
  transactionKey: z.string(),
  cancelReason: z.string(),
  cancelAmount: z.int(),
  taxFreeAmount: z.int(),
  taxExemptionAmount: z.int(),
  /** What could still be refunded after this cancellation. */
  refundableAmount: z.int(),
  canceledAt: z.string(),
});
export type Cancellation = z.infer<typeof cancellationSchema>;

/** A charge as Toss keeps it; the answer's Payment object is made from it. */
export const paymentSchema = z.object({
  paymentKey: z.string(),
  merchantId: z.string(),
  billingKey: z.string(),
  customerKey: z.string(),
  orderId: z.string(),
  orderName: z.string(),
  method: z.enum(billingMethods),
  status: z.enum(["DONE", "CANCELED", "PARTIAL_CANCELED", "ABORTED"]),
  version: z.string(),
  totalAmount: z.int(),
  balanceAmount: z.int(),
  taxFreeAmount: z.int(),
  taxExemptionAmount: z.int(),
  isPartialCancelable: z.boolean(),
  installmentPlanMonths: z.int(),
  approveNo: z.string(),
  secret: z.string(),
  requestedAt: z.string(),
  /** Null for a declined charge. */
  approvedAt: z.string().nullable(),
  lastTransactionKey: z.string().nullable(),
  accountId: z.string().nullable(),
  cardId: z.string().nullable(),
  cancels: z.array(cancellationSchema),
  /** The code of the decline, null for an approved charge. */
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type Payment = z.infer<typeof paymentSchema>;

/** A row of GET /v1/transactions: an approval (positive) or a cancellation (negative). */
export const transactionSchema = z.object({
  transactionKey: z.string(),
  paymentKey: z.string(),
  merchantId: z.string(),
  status: z.enum(["DONE", "CANCELED", "PARTIAL_CANCELED"]),
  amount: z.int(),
  transactionAt: z.string(),
});
export type Transaction = z.infer<typeof transactionSchema>;

/** The first answer to an idempotency key. */
export const replaySchema = z.object({
  status: z.int(),
  text: z.string(),
  traceId: z.string(),
  firstUsedAtMs: z.number(),
});
export type Replay = z.infer<typeof replaySchema>;
