/**
 * Billing auths: trips of a buyer through the registration window.
 *
 *   open ──► approved (authKey made) ──► issued (authKey spent)
 *     └────► failed
 *
 * Reading an authKey's age and spending it is in issue.ts.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Store } from "../store.ts";
import type { Merchants } from "./merchants.ts";
import type { People } from "./people.ts";
import { billingAuthSchema, type BillingAuth, type BillingMethod } from "./records.ts";
import { refusal, type Refusal } from "./refusals.ts";
import { randomAuthKey, randomId } from "./tokens.ts";

interface BillingAuthRequest {
  readonly clientKey: string;
  readonly customerKey: string;
  readonly method: BillingMethod;
  readonly customerName?: string | undefined;
  readonly customerEmail?: string | undefined;
}

export interface BillingAuths {
  /** Opens the window. Refused with INVALID_CLIENT_KEY, NOT_SUPPORTED_METHOD and their like. */
  openBillingAuth(request: BillingAuthRequest): { id: string } | { error: Refusal };
  getBillingAuth(id: string): BillingAuth | undefined;
  /**
   * The buyer has chosen and agreed. Doing it twice gives the same authKey; refused when the window
   * had failed, or when the account or card is not one to pay with.
   */
  approveBillingAuth(
    authId: string,
    chosen: { accountId: string } | { cardId: string },
  ): { authKey: string; customerKey: string } | { error: Refusal };
  /** Ends an open window; an ended one stays as it is. Returns what failUrl is told. */
  failBillingAuth(authId: string, code: string): { code: string; message: string };
  findBillingAuthByAuthKey(authKey: string): BillingAuth | undefined;
  saveBillingAuth(auth: BillingAuth): void;
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly merchants: Merchants;
  readonly people: People;
}

/**
 * Letters, digits and `-_=.@`; the SDK allows 2 to 50 characters (@tosspayments/tosspayments-sdk
 * 2.8.1, read 2026-11).
 */
const customerKeyPattern = /^[A-Za-z0-9\-_=.@]{2,50}$/;

export function createBillingAuths({ store, clock, merchants, people }: Deps): BillingAuths {
  const auths = store.table("toss.billingAuths", billingAuthSchema);
  const byAuthKey = auths.index((auth) => auth.authKey ?? undefined);

  return {
    openBillingAuth(request) {
      const merchant = merchants.findMerchantByClientKey(request.clientKey);
      if (merchant === undefined) return { error: refusal("INVALID_CLIENT_KEY") };
      if (merchant.widgetClientKey === request.clientKey) {
        return { error: refusal("NOT_SUPPORTED_WIDGET_KEY") };
      }
      if (!merchant.billingContract) return { error: refusal("NOT_SUPPORTED_METHOD") };
      if (!customerKeyPattern.test(request.customerKey)) {
        return { error: refusal("INVALID_CUSTOMER_KEY") };
      }
      const id = randomId("auth");
      auths.put(id, opened(id, merchant.merchantId, request));
      return { id };
    },
    getBillingAuth: (id) => auths.get(id),
    approveBillingAuth(authId, chosen) {
      const auth = auths.get(authId);
      if (auth === undefined || auth.status === "failed") {
        return { error: refusal("INVALID_BILLING_AUTH") };
      }
      if (auth.authKey !== null) return { authKey: auth.authKey, customerKey: auth.customerKey };
      const problem = choiceProblem(people, auth, chosen);
      if (problem !== undefined) return { error: refusal(problem) };
      const authKey = randomAuthKey();
      const approvedAt = clock.nowText();
      auths.put(authId, { ...auth, ...chosen, status: "approved", authKey, approvedAt });
      return { authKey, customerKey: auth.customerKey };
    },
    failBillingAuth(authId, code) {
      const auth = auths.get(authId);
      if (auth?.status === "open") {
        auths.put(authId, { ...auth, status: "failed", failureCode: code });
      }
      return { code, message: refusal(code).message };
    },
    findBillingAuthByAuthKey: (authKey) => byAuthKey(authKey)[0],
    saveBillingAuth: (auth) => auths.put(auth.id, auth),
  };
}

function opened(id: string, merchantId: string, request: BillingAuthRequest): BillingAuth {
  const { clientKey, customerKey, method, customerName, customerEmail } = request;
  return {
    id,
    merchantId,
    clientKey,
    customerKey,
    method,
    customerName: customerName ?? null,
    customerEmail: customerEmail ?? null,
    status: "open",
    authKey: null,
    approvedAt: null,
    accountId: null,
    cardId: null,
    failureCode: null,
  };
}

function choiceProblem(
  people: People,
  auth: BillingAuth,
  chosen: { accountId: string } | { cardId: string },
): string | undefined {
  if ("cardId" in chosen) {
    const isKnown = people.cards.get(chosen.cardId) !== undefined;
    return auth.method === "CARD" && isKnown ? undefined : "INVALID_REQUEST";
  }
  const account = people.accounts.get(chosen.accountId);
  if (auth.method !== "TRANSFER" || account === undefined) return "INVALID_REQUEST";
  if (people.members.get(account.memberId)?.status !== "active") return "INVALID_REQUEST";
  if (account.state === "closed") return "ALREADY_CLOSE_ACCOUNT";
  if (account.state === "on_hold") return "USER_ACCOUNT_ON_HOLD";
  return undefined;
}
