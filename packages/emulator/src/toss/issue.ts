/**
 * Issuing billing keys: from the authKey that a registration window made, or from card data.
 *
 * Toss Payments core API 2022-11-16, "customerKey로 카드 자동결제 빌링키 발급 요청", and the guide
 * "퀵계좌이체 자동결제 연동" (read 2026-11).
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { billingObject } from "./billing-object.ts";
import { code, parseBody, required, shortText, type TossCall } from "./call.ts";
import type { BillingAuth, BillingKey } from "./records.ts";
import { refused } from "./refusals.ts";
import { randomBillingKey } from "./tokens.ts";

/**
 * The server hardly checks a customerKey: 300 characters of anything pass, and the 301st breaks the
 * database (measured with a test key, gj-kit 2026-08).
 */
export const customerKeySchema = z
  .string(required)
  .min(2, "INVALID_CUSTOMER_KEY")
  .max(300, "FAILED_DB_PROCESSING");

const issueSchema = z.object({
  authKey: z.string(required).min(1, "INVALID_REQUIRED_PARAM").max(300, "INVALID_REQUEST"),
  customerKey: customerKeySchema,
});

/** POST /v1/billing/authorizations/issue */
export function issueBillingKey(call: TossCall): unknown {
  const { authKey, customerKey } = parseBody(issueSchema, call.body);
  const { state, merchant } = call;
  const auth = state.findBillingAuthByAuthKey(authKey);
  if (auth === undefined) throw refused("NOT_FOUND_BILLING");
  // Unverified: "client and secret key must be a pair, else INVALID_API_KEY", of which this is the
  // only moment that a server could notice.
  if (auth.merchantId !== merchant.merchantId) throw refused("INVALID_API_KEY");
  // Unverified: the code is documented for charges only.
  if (auth.customerKey !== customerKey) throw refused("NOT_MATCHES_CUSTOMER_KEY");
  if (auth.status !== "approved" || hasExpired(call, auth)) {
    throw refused(state.switches().spentAuthKey);
  }
  if (!canStillPay(call, auth)) throw refused("INVALID_BILLING_AUTH");

  state.saveBillingAuth({ ...auth, status: "issued" });
  const { method, accountId, cardId } = auth;
  return keep(call, { customerKey, method, accountId, cardId });
}

const cardSchema = z.object({
  customerKey: customerKeySchema,
  cardNumber: z.string(code("INVALID_CARD_NUMBER")).max(20, "INVALID_CARD_NUMBER"),
  cardExpirationYear: z.string(code("INVALID_CARD_EXPIRATION")),
  cardExpirationMonth: z.string(code("INVALID_CARD_EXPIRATION")),
  customerIdentityNumber: z.string(code("INVALID_BIRTH_DAY_FORMAT")),
  cardPassword: z.string(code("INVALID_CARD_PASSWORD")).optional(),
  customerName: shortText,
  customerEmail: shortText,
});

/** POST /v1/billing/authorizations/card */
export function issueBillingKeyForCard(call: TossCall): unknown {
  const body = parseBody(cardSchema, call.body);
  const card = call.state.registerCard({
    number: body.cardNumber,
    expiryYear: body.cardExpirationYear,
    expiryMonth: body.cardExpirationMonth,
    birthDate: body.customerIdentityNumber,
    passwordTwoDigits: body.cardPassword,
  });
  if ("error" in card) throw refused(card.error.code);
  const { customerKey } = body;
  return keep(call, { customerKey, method: "CARD", accountId: null, cardId: card.id });
}

function keep(
  call: TossCall,
  owner: Pick<BillingKey, "customerKey" | "method" | "accountId" | "cardId">,
): unknown {
  const key: BillingKey = {
    billingKey: randomBillingKey(),
    merchantId: call.merchant.merchantId,
    ...owner,
    authenticatedAt: call.at,
    removedAt: null,
  };
  call.state.billingKeys.put(key.billingKey, key);
  return billingObject(call, key);
}

function hasExpired({ state, at }: TossCall, auth: BillingAuth): boolean {
  if (auth.approvedAt === null) return true;
  const age = Temporal.Instant.from(auth.approvedAt).until(at).total("minutes");
  return age > state.switches().authKeyLifetimeMinutes;
}

/** The buyer may have left quick transfer between the window and this call. */
function canStillPay({ state }: TossCall, auth: BillingAuth): boolean {
  if (auth.accountId === null) return auth.cardId !== null;
  const memberId = state.accounts.get(auth.accountId)?.memberId ?? "";
  return state.members.get(memberId)?.status === "active";
}
