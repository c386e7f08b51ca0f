/**
 * What the emulated LINE Pay remembers. Amounts are in the currency's smallest unit (TWD has no
 * decimals here, THB and USD two); instants are ISO-8601 UTC. The schemas also read the journal
 * back at start.
 */
import { z } from "zod";
import { currencies } from "./money.ts";

const amountMinor = z.int().min(0);
const currency = z.enum(currencies);

/** A merchant (channel). Its contract has one currency. */
export const merchantSchema = z.object({
  channelId: z.string(),
  channelSecret: z.string(),
  /** Shown to customers, and in payment details. */
  name: z.string(),
  currency,
  /** False: a PREAPPROVED request answers 1194. */
  preapprovedContract: z.boolean(),
  /** False: `capture: false` answers 2103. */
  captureContract: z.boolean(),
  /** False: `creditCardAuth=true` answers 2103. Taiwan only. */
  creditCardAuthContract: z.boolean(),
  /** False: no `maskedCreditCardNumber`. Taiwan only. */
  maskedCardContract: z.boolean(),
  /** True: every call answers 1105. */
  isSuspended: z.boolean(),
  /** Below it 1183, above the other 1184. */
  minimumMinor: amountMinor,
  maximumMinor: amountMinor,
});
export type Merchant = z.infer<typeof merchantSchema>;

export const payerStates = ["active", "suspended", "left"] as const;

/** A LINE Pay user. */
export const payerSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** With one of these two a payer logs in to the windows. */
  email: z.string(),
  /** Digits only. */
  phone: z.string(),
  /** Suspended answers 1102, left 1101. */
  state: z.enum(payerStates),
  /** LINE Pay balance by currency, in its smallest unit. */
  balances: z.record(currency, z.int()),
});
export type Payer = z.infer<typeof payerSchema>;

export const cardBrands = ["VISA", "MASTER", "AMEX", "DINERS", "JCB"] as const;

/** A card that a payer has registered with LINE Pay. It has no limit; a code makes it decline. */
export const cardSchema = z.object({
  id: z.string(),
  payerId: z.string(),
  brand: z.enum(cardBrands),
  /** May be empty. */
  nickname: z.string(),
  last4: z.string(),
  /** The returnCode with which it declines; null when it pays. */
  declineCode: z.string().nullable(),
  /** Null until the payer takes it out of LINE Pay. */
  removedAt: z.string().nullable(),
});
export type Card = z.infer<typeof cardSchema>;

/** `"balance"`, or the id of a card. */
const methodSchema = z.string();

const packageSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  amountMinor,
  userFeeMinor: amountMinor,
  products: z.array(z.record(z.string(), z.unknown())),
});
export type Package = z.infer<typeof packageSchema>;

const reservationStatuses = [
  "waiting",
  "authenticated",
  "canceled",
  "expired",
  "failed",
  "completed",
] as const;

/** What a request call made: a payment, or the registration of a key with its first payment. */
export const reservationSchema = z.object({
  transactionId: z.string(),
  channelId: z.string(),
  /** `transactionReserveId` in the address of the payment page. */
  webToken: z.string(),
  accessToken: z.string(),
  orderId: z.string(),
  amountMinor,
  currency,
  payType: z.enum(["NORMAL", "PREAPPROVED"]),
  capture: z.boolean(),
  productName: z.string(),
  packages: z.array(packageSchema),
  /** Null with confirmUrlType NONE. */
  confirmUrl: z.string().nullable(),
  cancelUrl: z.string().nullable(),
  confirmUrlType: z.enum(["CLIENT", "SERVER", "NONE"]),
  /** As asked for: en, ko, th, zh_TW, … */
  locale: z.string(),
  checkConfirmUrlBrowser: z.boolean(),
  /** What v4 calls `options.regPayRequest`, as sent; null without it. */
  regPayRequest: z.unknown().nullable(),
  requestedAt: z.string(),
  status: z.enum(reservationStatuses),
  /** Null until a payer has agreed; likewise the method. */
  payerId: z.string().nullable(),
  method: methodSchema.nullable(),
});
export type Reservation = z.infer<typeof reservationSchema>;

const payInfoSchema = z.object({
  method: z.enum(["CREDIT_CARD", "BALANCE"]),
  amountMinor,
  creditCardNickname: z.string().optional(),
  creditCardBrand: z.string().optional(),
  maskedCreditCardNumber: z.string().optional(),
});
export type PayInfo = z.infer<typeof payInfoSchema>;

const refundSchema = z.object({
  refundTransactionId: z.string(),
  transactionType: z.enum(["PAYMENT_REFUND", "PARTIAL_REFUND"]),
  amountMinor,
  refundedAt: z.string(),
});
export type Refund = z.infer<typeof refundSchema>;

/** A confirmed payment, or a charge of a key. A declined one is kept for its order id only. */
export const paymentSchema = z.object({
  transactionId: z.string(),
  channelId: z.string(),
  orderId: z.string(),
  /** As confirmed or charged; what an authorization holds. */
  amountMinor,
  /** 0 until captured, less than the amount after a partial capture. */
  capturedMinor: amountMinor,
  currency,
  productName: z.string(),
  packages: z.array(packageSchema),
  /** The key that was charged or that this payment made; null for a payment without one. */
  regKey: z.string().nullable(),
  payerId: z.string(),
  method: methodSchema,
  payInfo: z.array(payInfoSchema),
  status: z.enum(["captured", "authorized", "voided", "expired", "declined"]),
  /** Null for a payment that was captured at once. */
  authorizationExpiresAt: z.string().nullable(),
  paidAt: z.string(),
  refunds: z.array(refundSchema),
});
export type Payment = z.infer<typeof paymentSchema>;

export const keySchema = z.object({
  regKey: z.string(),
  channelId: z.string(),
  payerId: z.string(),
  method: methodSchema,
  productName: z.string(),
  issuedAt: z.string(),
  /** What the lifetime of an unused key is counted from. */
  lastUsedAt: z.string(),
  /** Null while it was neither expired, deleted nor lost to a decline. */
  ended: z.object({ by: z.enum(["merchant", "customer", "decline"]), at: z.string() }).nullable(),
});
export type RegKey = z.infer<typeof keySchema>;
