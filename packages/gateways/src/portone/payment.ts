import * as z from "zod";
import { unreadableAnswer } from "./failures.ts";
import type { PortOneAnswer } from "./transport.ts";
import { optionalBoolean, optionalSeconds, optionalText } from "./wire.ts";

const cancellation = z.looseObject({
  /** Documented as always present; the older documents know `pg_tid` only. */
  cancellation_id: z.string().min(1).nullish(),
  pg_tid: z.string().min(1).nullish(),
  amount: z.number(),
  cancelled_at: optionalSeconds,
  reason: optionalText,
});

/** PortOne V1 API schema, Payment (read 2026-08): what we read of it, the rest passes through. */
const payment = z.looseObject({
  imp_uid: z.string().min(1),
  merchant_uid: z.string(),
  /** `ready`, `paid`, `failed`; `cancelled`: refunded, seen after a partial refund as well. */
  status: z.string(),
  /** What was ordered, in units of the currency. */
  amount: z.number(),
  /** Refunded so far. */
  cancel_amount: z.number(),
  currency: z.string(),
  pay_method: optionalText,
  pg_provider: z.string().nullish(),
  pg_id: z.string().nullish(),
  pg_tid: optionalText,
  /** On a test channel. Absent before January 2026. */
  sandbox: z.boolean().nullish(),
  name: optionalText,
  bank_name: optionalText,
  card_name: optionalText,
  card_number: optionalText,
  escrow: optionalBoolean,
  started_at: optionalSeconds,
  paid_at: optionalSeconds,
  failed_at: optionalSeconds,
  cancelled_at: optionalSeconds,
  fail_reason: optionalText,
  cancel_reason: optionalText,
  receipt_url: optionalText,
  cancel_history: z.array(cancellation).nullish(),
  /** The key that was charged, or that the window issued. */
  customer_uid: z.string().nullish(),
  /** `issue`, `payment` (again), `payment.scheduled`; null for an ordinary payment. */
  customer_uid_usage: z.string().nullish(),
});

export type PortOnePayment = z.infer<typeof payment>;

export interface PaymentPage {
  readonly payments: readonly PortOnePayment[];
  /** Undefined when the answer does not tell. */
  readonly total: number | undefined;
  /** The number of the page after this one; undefined when it was the last. */
  readonly nextPage: number | undefined;
}

const page = z.looseObject({
  total: z.number().int().nonnegative().nullish().catch(undefined),
  /** 0: none. */
  next: z.number().int().nonnegative().nullish(),
  list: z.array(payment),
});

/** @throws {GatewayError} `outcome_unknown`. */
export function readPayment(answer: PortOneAnswer): PortOnePayment {
  const read = payment.safeParse(answer.response).data;
  if (read === undefined) throw unreadableAnswer(answer, "Payment object");
  return read;
}

/** @throws {GatewayError} `outcome_unknown`. */
export function readPayments(answer: PortOneAnswer): readonly PortOnePayment[] {
  const read = z.array(payment).safeParse(answer.response).data;
  if (read === undefined) throw unreadableAnswer(answer, "list of payments");
  return read;
}

/** @throws {GatewayError} `outcome_unknown`. */
export function readPaymentPage(answer: PortOneAnswer): PaymentPage {
  const read = page.safeParse(answer.response).data;
  if (read === undefined) throw unreadableAnswer(answer, "page of payments");
  const { total, next, list } = read;
  return { payments: list, total: total ?? undefined, nextPage: next || undefined };
}
