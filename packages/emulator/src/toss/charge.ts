/**
 * Charging a billing key: checks, then money, in one synchronous step.
 *
 * Toss Payments core API 2022-11-16, "카드 자동결제 승인", and its error tables (read 2026-11).
 */
import { z } from "zod";
import { code, parseBody, required, shortText, type TossCall } from "./call.ts";
import { cardTraits } from "./institutions.ts";
import { customerKeySchema } from "./issue.ts";
import { wholeSeconds } from "./korean-time.ts";
import { paymentObject } from "./payment-object.ts";
import { hasExpired } from "./people.ts";
import type { BillingKey, Payment } from "./records.ts";
import { Refused, refusal, refused, type Refusal } from "./refusals.ts";
import { randomApproveNo, randomId, randomPaymentKey, randomTransactionKey } from "./tokens.ts";

const amountSchema = z.int(required).min(0, "BELOW_ZERO_AMOUNT");
const email = z.string(code("INVALID_EMAIL")).max(100, "INVALID_EMAIL").includes("@", {
  error: "INVALID_EMAIL",
});

const chargeSchema = z.object({
  customerKey: customerKeySchema,
  amount: amountSchema,
  orderId: z.string(code("INVALID_ORDER_ID")).regex(/^[A-Za-z0-9\-_]{6,64}$/, "INVALID_ORDER_ID"),
  orderName: z
    .string(code("INVALID_ORDER_NAME"))
    .min(1, "INVALID_ORDER_NAME")
    .max(100, "INVALID_ORDER_NAME"),
  customerEmail: email.nullish(),
  customerName: shortText,
  customerIp: z.string().nullish(),
  taxFreeAmount: amountSchema.nullish(),
  taxExemptionAmount: amountSchema.nullish(),
  cardInstallmentPlan: z.int("INVALID_CARD_INSTALLMENT_PLAN").nullish(),
});
type ChargeBody = z.infer<typeof chargeSchema>;

const minimumByCard = 100;
const minimumByAccount = 200;
const maximumByAccount = 10_000_000;
const minimumByInstalments = 50_000;

/** POST /v1/billing/{billingKey} */
export function chargeBillingKey(call: TossCall): unknown {
  const { state, intervention } = call;
  const body = parseBody(chargeSchema, call.body);
  if (intervention.killKey === "before") die(call);
  const key = getLivingKey(call, body.customerKey);
  refuseUsedOrder(call, body.orderId);
  refuseAmount(key, body);

  const payment = requested(call, key, body);
  const declined = forcedDecline(call) ?? methodProblem(call, key, body.amount);
  if (declined !== undefined) {
    const { code: name, message } = declined;
    state.payments.put(payment.paymentKey, { ...payment, failure: { code: name, message } });
    throw new Refused(declined);
  }

  const approved = approve(call, key, payment);
  if (intervention.killKey === "after") die(call);
  return paymentObject(state, approved, call.isEnglish);
}

/** What a fault wants: the buyer leaves, or the key is deleted, at the worst moment. */
function die({ state, parameter }: TossCall): void {
  state.removeBillingKey(parameter, "퀵계좌이체 탈퇴");
}

function getLivingKey({ state, merchant, parameter }: TossCall, customerKey: string): BillingKey {
  const key = state.billingKeys.get(parameter);
  if (key === undefined || key.merchantId !== merchant.merchantId) {
    throw refused("INVALID_BILL_KEY_REQUEST");
  }
  if (key.customerKey !== customerKey) throw refused("NOT_MATCHES_CUSTOMER_KEY");
  if (key.removedAt !== null) throw refused("ALREADY_REMOVED_BILLING_KEY");
  return key;
}

function refuseUsedOrder({ state, merchant }: TossCall, orderId: string): void {
  const { declinedOrderIdReusable, paysOneOrderIdTwice } = state.switches();
  const isUsed = state
    .paymentsOfOrder(merchant.merchantId, orderId)
    .some(({ status }) => (status === "ABORTED" ? !declinedOrderIdReusable : !paysOneOrderIdTwice));
  if (isUsed) throw refused("DUPLICATED_ORDER_ID");
}

function refuseAmount(key: BillingKey, { amount, cardInstallmentPlan }: ChargeBody): void {
  const minimum = key.method === "CARD" ? minimumByCard : minimumByAccount;
  if (amount < minimum) throw refused("BELOW_MINIMUM_AMOUNT");
  if (key.method === "TRANSFER" && amount > maximumByAccount) {
    throw refused("EXCEEDS_TRANSFER_AMOUNT_MAXIMUM");
  }
  const months = cardInstallmentPlan ?? 0;
  if (months === 0) return;
  if (months < 2 || months > 12) throw refused("INVALID_CARD_INSTALLMENT_PLAN");
  if (key.method === "TRANSFER" || amount < minimumByInstalments) {
    throw refused("NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT");
  }
}

/** The decline that a fault orders, in its own words where it brings some. */
function forcedDecline({ intervention: { decline } }: TossCall): Refusal | undefined {
  if (decline === undefined) return undefined;
  const usual = refusal(decline.code);
  const { status = usual.status, message = usual.message } = decline;
  return { ...usual, status, message, messageEnglish: decline.message ?? usual.messageEnglish };
}

/** Why the account or card does not pay; undefined when it does. */
function methodProblem(call: TossCall, key: BillingKey, amount: number): Refusal | undefined {
  const { accountId, cardId } = key;
  const name =
    accountId === null
      ? cardProblem(call, cardId ?? "", amount)
      : accountProblem(call, accountId, amount);
  return name === undefined ? undefined : refusal(name);
}

function accountProblem({ state }: TossCall, id: string, amount: number): string | undefined {
  const account = state.accounts.get(id);
  if (account === undefined || account.state === "closed") return "ALREADY_CLOSE_ACCOUNT";
  if (account.state === "on_hold") return "USER_ACCOUNT_ON_HOLD";
  return account.balance < amount ? "REJECT_ACCOUNT_PAYMENT" : undefined;
}

function cardProblem({ state }: TossCall, id: string, amount: number): string | undefined {
  const card = state.cards.get(id);
  if (card === undefined || card.state === "stopped") return "INVALID_STOPPED_CARD";
  if (card.state === "lost") return "INVALID_CARD_LOST_OR_STOLEN";
  if (hasExpired(card, state.clock)) return "INVALID_CARD_EXPIRATION";
  if (cardTraits(card.number).cardType === "미확인") return "NOT_SUPPORTED_CARD_TYPE";
  return card.balance < amount ? "REJECT_CARD_PAYMENT" : undefined;
}

/** The payment as it is before the money moved; kept like this when it is declined. */
function requested({ merchant, at }: TossCall, key: BillingKey, body: ChargeBody): Payment {
  const { orderId, orderName, amount } = body;
  const taxFreeAmount = merchant.sellsTaxFree ? (body.taxFreeAmount ?? 0) : 0;
  const hasExemption = body.taxExemptionAmount !== undefined && body.taxExemptionAmount !== null;
  return {
    paymentKey: randomPaymentKey(wholeSeconds(at)),
    merchantId: merchant.merchantId,
    billingKey: key.billingKey,
    customerKey: key.customerKey,
    orderId,
    orderName,
    method: key.method,
    status: "ABORTED",
    version: merchant.apiVersion,
    totalAmount: amount,
    balanceAmount: amount,
    taxFreeAmount,
    taxExemptionAmount: body.taxExemptionAmount ?? 0,
    isPartialCancelable: key.method === "TRANSFER" || !hasExemption,
    installmentPlanMonths: body.cardInstallmentPlan ?? 0,
    approveNo: randomApproveNo(),
    secret: randomId("ps"),
    requestedAt: at,
    approvedAt: null,
    lastTransactionKey: null,
    accountId: key.accountId,
    cardId: key.cardId,
    cancels: [],
    failure: null,
  };
}

function approve(call: TossCall, key: BillingKey, payment: Payment): Payment {
  const { state, at } = call;
  const { paymentKey, merchantId, orderId, totalAmount: amount } = payment;
  const transactionKey = randomTransactionKey();
  const approved: Payment = {
    ...payment,
    status: "DONE",
    approvedAt: at,
    lastTransactionKey: transactionKey,
  };
  state.payments.put(paymentKey, approved);
  const transaction = { transactionKey, paymentKey, merchantId, amount, transactionAt: at };
  state.transactions.put(transactionKey, { ...transaction, status: "DONE" });
  moveMoney(call, key, -amount);
  state.ledger.append({
    provider: "toss",
    kind: "payment",
    orderId,
    amount,
    currency: "KRW",
    key: key.billingKey,
    paymentId: paymentKey,
    at,
  });
  return approved;
}

/** Adds to the balance of the account or card; refunds add, charges take away. */
export function moveMoney(
  { state }: TossCall,
  { accountId, cardId }: Pick<BillingKey, "accountId" | "cardId">,
  amount: number,
): void {
  const account = state.accounts.get(accountId ?? "");
  if (account !== undefined) {
    state.accounts.put(account.id, { ...account, balance: account.balance + amount });
  }
  const card = state.cards.get(cardId ?? "");
  if (card !== undefined) state.cards.put(card.id, { ...card, balance: card.balance + amount });
}
