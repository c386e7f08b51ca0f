/**
 * What the emulated PortOne V1 remembers. Amounts are in KRW, which has no smaller unit; instants
 * are ISO-8601 UTC, and null where something did not happen (on the wire that is 0). The schemas
 * also read the journal back at start.
 *
 *   customer_uid ──► Customer ──► PgKey (the key at the PG) ──► Means (account or card) ──► Payer
 */
import { z } from "zod";
import { pgProviders } from "./channels.ts";

const amount = z.int().min(0);

/** A way to one PG with one id there, as set up in PortOne's console. */
export const channelSchema = z.object({
  pgProvider: z.enum(pgProviders),
  /** The merchant's id at the PG; for CHAI its public key. */
  pgId: z.string(),
  channelKey: z.string(),
  channelName: z.string(),
  isSandbox: z.boolean(),
});
export type Channel = z.infer<typeof channelSchema>;

export const webhookFormats = ["json", "form"] as const;

export const merchantSchema = z.object({
  /** What the page's `IMP.init` names. */
  impCode: z.string(),
  /** `imp_key` and `imp_secret` of the REST API. */
  apiKey: z.string(),
  apiSecret: z.string(),
  /** Shown to buyers. */
  name: z.string(),
  /** The first is the console's default: what an unknown or missing `pg` falls back to. */
  channels: z.array(channelSchema).min(1),
  webhookFormat: z.enum(webhookFormats),
  /** Further tries after one that failed, a minute apart; more than 0 on request only. */
  webhookRetries: z.int().min(0).max(5),
  /** The console's "recovery": daily at this hour, Korean time; null is off. */
  recoveryHour: z.int().min(1).max(23).nullable(),
  /** True plays an API allow-list that the caller is not on. */
  isIpBlocked: z.boolean(),
});
export type Merchant = z.infer<typeof merchantSchema>;

/** The one token of an API key. */
export const tokenSchema = z.object({
  accessToken: z.string(),
  apiKey: z.string(),
  expiresAtSeconds: z.int(),
});
export type AccessToken = z.infer<typeof tokenSchema>;

/** A person with a log-in to the wallets. */
export const payerSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Digits only. */
  phone: z.string(),
});
export type Payer = z.infer<typeof payerSchema>;

const meansKinds = ["account", "card"] as const;

/** What a payer pays with. */
export const meansSchema = z.object({
  id: z.string(),
  /** Null for a card that was typed in, which belongs to nobody we know. */
  payerId: z.string().nullable(),
  kind: z.enum(meansKinds),
  /** KFTC code of the bank, or of the card company. */
  institutionCode: z.string(),
  /** Digits only. */
  number: z.string(),
  /** `YYYY-MM`; null for an account. */
  expiry: z.string().nullable(),
  isDebitCard: z.boolean(),
  /** What can still be charged; may be taken to any number by `POST /accounts`. */
  balance: z.int(),
  /** The code with which it declines whatever is asked; null when it pays. */
  declineCode: z.string().nullable(),
});
export type Means = z.infer<typeof meansSchema>;

/** A billing key at the PG. PortOne never shows it. */
export const pgKeySchema = z.object({
  id: z.string(),
  impCode: z.string(),
  customerUid: z.string(),
  pgProvider: z.enum(pgProviders),
  meansId: z.string(),
  issuedAt: z.string(),
  /** Null while it can be charged. */
  ended: z.object({ by: z.enum(["payer", "merchant", "fault"]), at: z.string() }).nullable(),
});
export type PgKey = z.infer<typeof pgKeySchema>;

const buyerSchema = z.object({
  name: z.string().nullable(),
  email: z.string().nullable(),
  tel: z.string().nullable(),
  addr: z.string().nullable(),
  postcode: z.string().nullable(),
});
export type Buyer = z.infer<typeof buyerSchema>;

export const nobody: Buyer = { name: null, email: null, tel: null, addr: null, postcode: null };

/** What PortOne keeps under a customer_uid. */
export const customerSchema = z.object({
  impCode: z.string(),
  customerUid: z.string(),
  channel: channelSchema,
  pgKeyId: z.string(),
  customerId: z.string().nullable(),
  buyer: buyerSchema,
  insertedAt: z.string(),
  /** Later than `insertedAt` once the key under this customer_uid was replaced. */
  updatedAt: z.string(),
});
export type Customer = z.infer<typeof customerSchema>;

export const paymentStatuses = ["ready", "paid", "failed", "cancelled"] as const;

const cancellationSchema = z.object({
  cancellationId: z.string(),
  pgTid: z.string(),
  amount,
  reason: z.string(),
  cancelledAt: z.string(),
});

/** A payment record. Several may share a merchant_uid. */
export const paymentSchema = z.object({
  impUid: z.string(),
  /** 1, 2, 3, … in the order in which payments began. */
  sequence: z.int(),
  impCode: z.string(),
  merchantUid: z.string(),
  /** Where it was asked for. */
  origin: z.enum(["pc", "mobile", "api"]),
  channel: channelSchema,
  payMethod: z.string(),
  name: z.string().nullable(),
  amount,
  cancelAmount: amount,
  /** Whether money moved. An issuance that only shows its amount is `paid` without. */
  tookMoney: z.boolean(),
  buyer: buyerSchema,
  /** JSON text. */
  customData: z.string().nullable(),
  userAgent: z.string().nullable(),
  status: z.enum(paymentStatuses),
  startedAt: z.string(),
  paidAt: z.string().nullable(),
  failedAt: z.string().nullable(),
  cancelledAt: z.string().nullable(),
  updatedAt: z.string(),
  failReason: z.string().nullable(),
  pgTid: z.string().nullable(),
  applyNum: z.string().nullable(),
  cancellations: z.array(cancellationSchema),
  customerUid: z.string().nullable(),
  usage: z.enum(["issue", "payment", "payment.scheduled"]).nullable(),
  /** Null until somebody has chosen one. */
  meansId: z.string().nullable(),
  cardQuota: z.int(),
  noticeUrls: z.array(z.string()),
  /** When a payment that was reported as failed is approved after all; null for never. */
  approvesAt: z.string().nullable(),
});
export type Payment = z.infer<typeof paymentSchema>;

export const scheduleStatuses = ["scheduled", "executed", "revoked"] as const;

export const scheduleSchema = z.object({
  id: z.string(),
  impCode: z.string(),
  /** The key's when the schedule was made. */
  channel: channelSchema,
  customerUid: z.string(),
  merchantUid: z.string(),
  /** Null until it has run. */
  impUid: z.string().nullable(),
  scheduleAtSeconds: z.int(),
  executedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  amount,
  name: z.string().nullable(),
  buyer: buyerSchema,
  customData: z.string().nullable(),
  noticeUrls: z.array(z.string()),
  cardQuota: z.int(),
  status: z.enum(scheduleStatuses),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** An amount registered beforehand for the window of one merchant_uid. */
export const preparationSchema = z.object({
  impCode: z.string(),
  merchantUid: z.string(),
  amount,
  currency: z.string().nullable(),
});
export type Preparation = z.infer<typeof preparationSchema>;
