/**
 * What each provider calls the same trouble, so that one list of cases runs at all of them. What a
 * provider cannot do is told here too; its cases are skipped by that, never by its name.
 */
import type { Currency } from "@maedal/gateways";
import type { DeclineClass } from "../../src/charges/outcome.ts";
import type { Provider } from "../../src/connections/connection.ts";
import type { Fault, LoggedRequest } from "./emulator-control.ts";
import type { Subscribed, World } from "./world.ts";

type Action = Fault["action"];
/** A fault before it is told whom to hit. */
type Trouble = Pick<Fault, "operation" | "action">;

export interface ProviderTerms {
  readonly provider: Provider;
  /** Of the emulated merchant's contract. */
  readonly currency: Currency;
  /** The emulator's names of what we ask for. */
  readonly charge: string;
  readonly lookUp: string;
  readonly deleteKey: string;
  /** The request that charges a key. */
  readonly chargeUrl: RegExp;
  /** A charge that is resent after no answer repeats its idempotency key. */
  readonly hasIdempotencyKeys: boolean;
  /** An error of the provider's own that leaves the outcome open. */
  readonly broken: Action;
  /** The method lacks money today. */
  readonly softDecline: Trouble;
  /** The method will not be charged again, and the key is still there, as far as anybody says. */
  readonly hardDecline: readonly Trouble[];
  /** What a charge ends in whose key the payer ended meanwhile, and what becomes of our key. */
  readonly endedKey: { readonly failure: DeclineClass; readonly status: "dead" | "suspended" };
  /** Refused although it was taken. */
  readonly refusedButPaid: Trouble;
  readonly wrongCredentials: readonly Trouble[];
  readonly malformed: Trouble;
  /** A refusal for announced maintenance; undefined where none is announced. */
  readonly maintenance: Trouble | undefined;
  /** The emulator's switch for a provider that takes a declined order id again. */
  readonly declinedIdsReusable: Readonly<Record<string, boolean>>;
  /** The answer to a charge is about something else. */
  readonly otherAnswer: Action;
  /** The answer to a charge names this payment. */
  answerWith(paymentId: string): Action;
  /** A look-up of this order finds another amount. */
  otherAmount(orderId: string): Action;
  /** Empties what is behind the key, or fills it. */
  setFunds(world: World, subscribed: Subscribed, funds: "none" | "plenty"): Promise<void>;
}

const charge = (action: Action): Trouble => ({ operation: "charge", action });
const again = (action: Action): Trouble => ({ operation: "again", action });

const toss: ProviderTerms = {
  provider: "toss",
  currency: "KRW",
  charge: "charge",
  lookUp: "get_order",
  deleteKey: "delete_key",
  chargeUrl: /\/v1\/billing\/(?!authorizations)/,
  hasIdempotencyKeys: true,
  broken: { type: "error", status: 500, code: "FAILED_INTERNAL_SYSTEM_PROCESSING" },
  softDecline: charge({ type: "decline", code: "REJECT_ACCOUNT_PAYMENT" }),
  hardDecline: [charge({ type: "decline", code: "ALREADY_CLOSE_ACCOUNT" })],
  endedKey: { failure: "billing_key_invalid", status: "dead" },
  refusedButPaid: charge({
    type: "error",
    status: 403,
    code: "REJECT_ACCOUNT_PAYMENT",
    when: "after",
  }),
  wrongCredentials: [charge({ type: "error", status: 401, code: "UNAUTHORIZED_KEY" })],
  malformed: charge({ type: "error", status: 400, code: "INVALID_CUSTOMER_KEY" }),
  maintenance: charge({ type: "error", status: 400, code: "MAINTAINED_METHOD" }),
  declinedIdsReusable: { declinedOrderIdReusable: true },
  otherAnswer: { type: "alter_answer", set: { totalAmount: 1 } },
  answerWith: (paymentId) => ({ type: "alter_answer", set: { paymentKey: paymentId } }),
  otherAmount: () => ({ type: "alter_answer", set: { totalAmount: 1 } }),
  async setFunds({ control }, { key: { customerKey } }, funds) {
    const balance = funds === "none" ? 0 : 1_000_000;
    await control.post("/accounts", { kind: "change", customerKey, balance });
  },
};

const linePay: ProviderTerms = {
  provider: "line_pay",
  currency: "TWD",
  charge: "charge",
  lookUp: "details",
  deleteKey: "expire",
  chargeUrl: /\/preapprovedPay\/[^/]+\/payment$/,
  hasIdempotencyKeys: false,
  broken: { type: "error", status: 500, code: "9000" },
  softDecline: charge({ type: "decline", code: "1288" }),
  // Reported stolen; asked about the key, LINE Pay says neither that it lives nor that it is gone.
  hardDecline: [
    charge({ type: "error", code: "1291" }),
    { operation: "key_check", action: { type: "error", code: "1154" } },
  ],
  endedKey: { failure: "billing_key_invalid", status: "dead" },
  refusedButPaid: charge({ type: "error", code: "1142", when: "after" }),
  wrongCredentials: [charge({ type: "error", code: "1106" })],
  malformed: charge({ type: "error", code: "2101" }),
  maintenance: undefined,
  declinedIdsReusable: { declinedOrderIdReusable: true },
  otherAnswer: { type: "alter_answer", set: { info: { orderId: "SOMEBODY-ELSES" } } },
  answerWith: (paymentId) => ({
    type: "alter_answer",
    set: { info: { transactionId: paymentId } },
  }),
  otherAmount: (orderId) => {
    const row = {
      transactionId: "2026010100000000001",
      transactionType: "PAYMENT",
      payStatus: "CAPTURE",
      orderId,
      currency: "TWD",
      payInfo: [{ method: "CREDIT_CARD", amount: 1 }],
    };
    return { type: "alter_answer", set: { info: [row] } };
  },
  async setFunds({ control }, { key: { billingKey: regKey } }, funds) {
    const declineCode = funds === "none" ? "1288" : null;
    await control.post("/accounts", { provider: "line_pay", kind: "change", regKey, declineCode });
  },
};

/** A decline that leaves no record; the text is seen in public. */
const overMonthlyLimit = {
  type: "error",
  code: "-1",
  message: "결제승인에 실패하였습니다. [2116]개인 월 한도금액 초과",
};
/** One 401 may be the token's, whose renewal mends it. */
const unauthorized = again({ type: "error", status: 401, code: "-1", message: "Unauthorized" });

const portOne: ProviderTerms = {
  provider: "portone",
  currency: "KRW",
  charge: "again",
  lookUp: "find_all",
  deleteKey: "delete_customer",
  chargeUrl: /\/subscribe\/payments\/again$/,
  hasIdempotencyKeys: false,
  broken: { type: "error", status: 500, code: "-1" },
  softDecline: again({ type: "decline", code: "INSUFFICIENT_BALANCE" }),
  hardDecline: [again({ type: "decline", code: "LOST" })],
  // PortOne has the name of the key still, whatever became of the key behind it.
  endedKey: { failure: "hard_decline", status: "suspended" },
  refusedButPaid: again({ ...overMonthlyLimit, when: "after" }),
  wrongCredentials: [unauthorized, unauthorized],
  malformed: again({ type: "error", status: 400, code: "1", message: "필수 파라미터 누락" }),
  maintenance: again({ type: "decline", code: "MaintenanceOngoing" }),
  declinedIdsReusable: { failedMerchantUidReusable: true },
  otherAnswer: { type: "alter_answer", set: { response: { amount: 1 } } },
  answerWith: (paymentId) => ({
    type: "alter_answer",
    set: { response: { imp_uid: paymentId } },
  }),
  otherAmount: (orderId) => {
    const row = {
      imp_uid: "imp_000000000001",
      merchant_uid: orderId,
      sandbox: true,
      status: "paid",
      amount: 1,
      cancel_amount: 0,
      currency: "KRW",
      paid_at: 1_767_225_600,
    };
    return { type: "alter_answer", set: { response: { list: [row] } } };
  },
  async setFunds({ control }, { key: { billingKey: customerUid } }, funds) {
    const balance = funds === "none" ? 0 : 1_000_000;
    await control.post("/accounts", { provider: "portone", kind: "change", customerUid, balance });
  },
};

export const everyProvider: readonly ProviderTerms[] = [toss, linePay, portOne];

export function termsOf({ connection }: World): ProviderTerms {
  const terms = everyProvider.find(({ provider }) => provider === connection.provider);
  if (terms === undefined) throw new Error(`there are no terms of ${connection.provider}`);
  return terms;
}

/** Orders faults at the world's provider, once each unless told. */
export async function spoil(
  { connection, control }: World,
  troubles: Trouble | readonly Trouble[],
  how: Pick<Fault, "match" | "times" | "skip"> = {},
): Promise<void> {
  const { provider } = connection;
  for (const trouble of [troubles].flat()) await control.fault({ provider, ...trouble, ...how });
}

/** The requests to charge a key that reached the world's provider. */
export async function chargeRequests(world: World): Promise<LoggedRequest[]> {
  return await world.control.requests(termsOf(world).charge);
}

/** Spoils charges; see `POST /faults`. */
export async function spoilCharge(
  world: World,
  action: Action,
  how: Pick<Fault, "match" | "times" | "skip"> = {},
): Promise<void> {
  await spoil(world, { operation: termsOf(world).charge, action }, how);
}

/** Spoils look-ups by order id. */
export async function spoilLookUp(
  world: World,
  action: Action,
  how: Pick<Fault, "match" | "times" | "skip"> = {},
): Promise<void> {
  await spoil(world, { operation: termsOf(world).lookUp, action }, how);
}
