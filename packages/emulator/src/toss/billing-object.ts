/**
 * The Billing object: the answer to issuing a key, and the only time that the key is told.
 *
 * Toss Payments core API 2022-11-16, "Billing 객체" (read 2026-11).
 */
import type { TossCall } from "./call.ts";
import { bankNames, cardTraits, maskedAccount, maskedCard } from "./institutions.ts";
import { wholeSeconds } from "./korean-time.ts";
import type { BillingKey } from "./records.ts";
import { translated } from "./words.ts";

export function billingObject(call: TossCall, key: BillingKey): Record<string, unknown> {
  return {
    mId: key.merchantId,
    customerKey: key.customerKey,
    authenticatedAt: wholeSeconds(key.authenticatedAt),
    method: translated(key.method === "CARD" ? "카드" : "계좌이체", call.isEnglish),
    billingKey: key.billingKey,
    ...cardMembers(call, key),
    easyPay: null,
    ...transfersMember(call, key),
  };
}

function cardMembers(call: TossCall, key: BillingKey): Record<string, unknown> {
  const card = key.cardId === null ? undefined : call.state.cards.get(key.cardId);
  if (card === undefined) return { card: null };
  const { issuerCode, company, cardType, ownerType } = cardTraits(card.number);
  const number = maskedCard(card.number);
  const object = {
    issuerCode,
    acquirerCode: issuerCode,
    number,
    cardType: translated(cardType, call.isEnglish),
    ownerType: translated(ownerType, call.isEnglish),
  };
  const isOld = call.merchant.apiVersion < "2024-06-01";
  return isOld ? { card: object, cardCompany: company, cardNumber: number } : { card: object };
}

/** Which of these forms is the real one is contradicted by the documents, so it is a switch. */
function transfersMember(call: TossCall, key: BillingKey): Record<string, unknown> {
  const account = key.accountId === null ? undefined : call.state.accounts.get(key.accountId);
  if (account === undefined) return { transfers: null };
  const bank = bankNames[account.bankCode];
  const transfer = {
    bankName: (call.isEnglish ? bank?.en : bank?.ko) ?? account.bankCode,
    bankAccountNumber: maskedAccount(account.number),
  };
  switch (call.state.switches().transfersOnIssue) {
    case "present":
      return { transfers: [transfer] };
    case "object":
      return { transfers: transfer };
    case "empty":
      return { transfers: [] };
    case "null":
      return { transfers: null };
    case "absent":
      return {};
  }
}
