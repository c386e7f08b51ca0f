/**
 * The Billing object of Toss Payments (core API 2022-11-16, read 2026-11): what issuing a billing
 * key answers. The guide says that the account is unknown at registration, the reference shows
 * `transfers`, the official sample reads `transfers` or `transfer`: so each of them may be an array,
 * an object, null, empty or absent, and none is needed to accept a registration.
 */
import * as z from "zod";
import { bankName, cardIssuerName } from "./institutions.ts";
import { labelWithEnding } from "./payment.ts";

const text = z.string().nullish().catch(undefined);
const account = z.looseObject({ bankName: text, bankCode: text, bankAccountNumber: text });
const accounts = z
  .union([z.array(account), account.transform((one) => [one])])
  .nullish()
  .catch(undefined);

const billing = z.looseObject({
  billingKey: z.string().min(1).max(200),
  customerKey: z.string(),
  mId: text,
  /** 카드 or 계좌이체, not the SDK's words. */
  method: text,
  /** ISO 8601 with offset. */
  authenticatedAt: text,
  card: z
    .looseObject({ issuerCode: text, number: text, cardType: text })
    .nullish()
    .catch(undefined),
  transfers: accounts,
  transfer: accounts,
});

export type TossBilling = z.infer<typeof billing>;

/** @returns undefined when the value is not a Billing object. */
export function readTossBilling(value: unknown): TossBilling | undefined {
  return billing.safeParse(value).data;
}

/** For people: `토스뱅크 ****1234`, `신한카드 ****1234`. Undefined when not known yet. */
export function billingLabel({ card, transfers, transfer }: TossBilling): string | undefined {
  const [first] = [...(transfers ?? []), ...(transfer ?? [])];
  const bank = first?.bankName || (first?.bankCode ? bankName(first.bankCode) : undefined);
  if (bank !== undefined) return labelWithEnding(bank, first?.bankAccountNumber);
  return card?.issuerCode
    ? labelWithEnding(cardIssuerName(card.issuerCode), card.number)
    : undefined;
}
