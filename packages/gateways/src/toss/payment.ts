/**
 * The Payment object of Toss Payments (core API 2022-11-16, read 2026-11): the members that we use.
 * Toss may add members and values without a new version, so unknown ones pass, and Korean literals
 * stay as they are. Only what identifies a payment and its amount is required: without that there is
 * no telling whether the answer is ours.
 */
import * as z from "zod";
import { bankName, cardIssuerName } from "./institutions.ts";

const text = z.string().nullish().catch(undefined);
const amount = z.number().int().nullish().catch(undefined);
/** Compared with ours where it is there: what is there and cannot be read must not pass for absent. */
const comparedText = z.string().nullish();
const comparedAmount = z.number().int().nullish();

const cancel = z.looseObject({
  /** The refund's identity. */
  transactionKey: z.string().min(1),
  cancelAmount: z.number().int(),
  cancelReason: text,
  /** What could still be refunded after this refund. */
  refundableAmount: comparedAmount,
  /** ISO 8601 with offset. */
  canceledAt: text,
  /** `DONE` at once for domestic payments. */
  cancelStatus: comparedText,
});

const payment = z.looseObject({
  version: text,
  paymentKey: z.string().min(1).max(200),
  /** `NORMAL`, `BILLING`, `BRANDPAY`. */
  type: comparedText,
  orderId: z.string(),
  orderName: text,
  mId: text,
  currency: comparedText,
  /** 카드, 계좌이체, 간편결제, … */
  method: text,
  /** Never changes after approval. */
  totalAmount: z.number().int(),
  /** What can still be refunded. Null or absent: unknown. */
  balanceAmount: comparedAmount,
  /** `READY`, `IN_PROGRESS`, `DONE`, `CANCELED`, `PARTIAL_CANCELED`, `ABORTED`, `EXPIRED`, … */
  status: z.string().min(1),
  /** ISO 8601 with offset, whole seconds. */
  requestedAt: text,
  /** Null: never approved. Absent: unknown. */
  approvedAt: text,
  lastTransactionKey: text,
  suppliedAmount: amount,
  vat: amount,
  isPartialCancelable: z.boolean().nullish().catch(undefined),
  cancels: z.array(cancel).nullish(),
  card: z
    .looseObject({ issuerCode: text, acquirerCode: text, number: text, cardType: text })
    .nullish()
    .catch(undefined),
  /** The account is named by its bank alone. */
  transfer: z.looseObject({ bankCode: text, settlementStatus: text }).nullish().catch(undefined),
  failure: z.looseObject({ code: z.string(), message: text }).nullish().catch(undefined),
});

export type TossPayment = z.infer<typeof payment>;
export type TossCancel = z.infer<typeof cancel>;

/** @returns undefined when the value is not a Payment. */
export function readTossPayment(value: unknown): TossPayment | undefined {
  return payment.safeParse(value).data;
}

/** For people: `토스뱅크`, `신한카드 ****1234`. Undefined when the payment names neither. */
export function paymentLabel({ card, transfer }: TossPayment): string | undefined {
  if (transfer?.bankCode) return bankName(transfer.bankCode);
  return card?.issuerCode
    ? labelWithEnding(cardIssuerName(card.issuerCode), card.number)
    : undefined;
}

/** At most the last four characters of a masked number: enough to recognize, never the number. */
export function labelWithEnding(name: string, maskedNumber: string | null | undefined): string {
  const ending = /(?:^|[\d*-])([\d*]{4})$/.exec(maskedNumber ?? "")?.[1];
  return ending === undefined || !/\d/.test(ending) ? name : `${name} ****${ending}`;
}
