/** What each provider can do wrong with one request, in the emulator's words. */
import type { FaultAction, FaultTarget } from "../../../emulator/src/faults.ts";

/** Of any provider: requests that may take money. */
export const moneyOperations: ReadonlySet<string> = new Set(["charge", "confirm", "again"]);

const lookUps: ReadonlySet<string> = new Set([
  "get_order",
  "get_payment",
  "details",
  "find",
  "find_all",
  "status",
  "payments",
]);
/** Of any provider: requests that give money back. */
export const refundOperations: ReadonlySet<string> = new Set(["cancel", "refund"]);

export interface TroubleLimits {
  readonly refusedButPaid: boolean;
  /** The payment may be so young that a look-up does not show it yet. */
  readonly mayBeStale: boolean;
}

/** Before or after the work is done: the answer does not tell. */
const unreadable: readonly FaultAction[] = [
  { type: "garbage", when: "after" },
  { type: "bad_gateway", when: "before" },
  { type: "bad_gateway", when: "after" },
  { type: "drop_answer" },
  { type: "close_after" },
  { type: "close_before" },
  { type: "drop_request" },
  { type: "rate_limit" },
];

const decline = (code: string): FaultAction => ({ type: "decline", code });
const refusal = (code: string, status?: number, message?: string): FaultAction => {
  return { type: "error", code, status, message, when: "before" };
};
const paidAllTheSame = (action: FaultAction): FaultAction =>
  action.type === "error" ? { ...action, when: "after" } : action;

const overMonthlyLimit = refusal(
  "-1",
  undefined,
  "결제승인에 실패하였습니다. [2116]개인 월 한도금액 초과",
);

interface MoneyTroubles {
  readonly refusals: readonly FaultAction[];
  /** An error that leaves the outcome open, on either side of the work. */
  readonly broken: FaultAction;
  readonly otherAnswer: FaultAction;
  readonly refusedButPaid: FaultAction;
}

const moneyTroubles: Readonly<Record<string, MoneyTroubles>> = {
  toss: {
    refusals: [
      decline("REJECT_ACCOUNT_PAYMENT"),
      decline("REJECT_ACCOUNT_PAYMENT"),
      decline("ALREADY_CLOSE_ACCOUNT"),
      refusal("MAINTAINED_METHOD", 400),
      refusal("UNAUTHORIZED_KEY", 401),
      { type: "kill_key", when: "before" },
      { type: "kill_key", when: "after" },
    ],
    broken: refusal("FAILED_INTERNAL_SYSTEM_PROCESSING", 500),
    otherAnswer: { type: "alter_answer", set: { totalAmount: 1 } },
    refusedButPaid: refusal("REJECT_ACCOUNT_PAYMENT", 403),
  },
  line_pay: {
    refusals: [decline("1288"), decline("1288"), decline("1142"), refusal("1106")],
    broken: refusal("9000", 500),
    otherAnswer: { type: "alter_answer", set: { info: { orderId: "SOMEBODY-ELSES" } } },
    refusedButPaid: refusal("1142"),
  },
  portone: {
    refusals: [
      decline("INSUFFICIENT_BALANCE"),
      decline("INSUFFICIENT_BALANCE"),
      decline("LOST"),
      decline("MaintenanceOngoing"),
      refusal("-1", 401, "Unauthorized"),
    ],
    broken: refusal("-1", 500),
    otherAnswer: { type: "alter_answer", set: { response: { amount: 1 } } },
    refusedButPaid: overMonthlyLimit,
  },
};

/** All that could happen to this request; each as likely as the next. */
export function troublesOf(target: FaultTarget, limits: TroubleLimits): readonly FaultAction[] {
  const { operation, provider } = target;
  const money = moneyTroubles[provider];
  if (money === undefined) return [];
  const broken = [money.broken, paidAllTheSame(money.broken)];
  if (moneyOperations.has(operation)) {
    const hostile = limits.refusedButPaid ? [paidAllTheSame(money.refusedButPaid)] : [];
    const refused = operation === "confirm" ? [] : [...money.refusals, money.otherAnswer];
    return [...unreadable, ...broken, ...refused, ...(operation === "confirm" ? [] : hostile)];
  }
  if (lookUps.has(operation)) {
    const stale: readonly FaultAction[] = limits.mayBeStale ? [{ type: "stale_lookup" }] : [];
    return [...unreadable, money.broken, ...stale, ...stale, ...stale];
  }
  return refundOperations.has(operation)
    ? [...unreadable, ...broken]
    : [money.broken, ...unreadable];
}
