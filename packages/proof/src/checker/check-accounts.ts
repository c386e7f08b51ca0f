/**
 * The checker: judges a run by its evidence. It shares no code with the engine that it judges, nor
 * with the emulator: only the published format of order ids, and a calendar of its own.
 */
import { splitByAccount, type AccountEvidence } from "./account-evidence.ts";
import { readEvidence, type CheckInput, type Evidence } from "./evidence.ts";
import type { Invariant, Judgement } from "./invariant.ts";
import { committedBeforeSent } from "./invariants/committed-before-sent.ts";
import { datesDoNotDrift } from "./invariants/dates-do-not-drift.ts";
import { eventsTellOnce } from "./invariants/events-tell-once.ts";
import { judgeSecrets } from "./invariants/no-secret-leaks.ts";
import { noLostPeriod } from "./invariants/no-lost-period.ts";
import { onTime } from "./invariants/on-time.ts";
import { orderIdsHold } from "./invariants/order-ids-hold.ts";
import { paidMeansPaid } from "./invariants/paid-means-paid.ts";
import { refundsInBalance } from "./invariants/refunds-in-balance.ts";
import { rightAmounts } from "./invariants/right-amounts.ts";
import { singlePayment } from "./invariants/single-payment.ts";
import { unknownStaysUnknown } from "./invariants/unknown-stays-unknown.ts";
import type { Payment } from "./payments.ts";

/** Those that are judged account by account. */
const invariants: readonly Invariant[] = [
  singlePayment,
  noLostPeriod,
  paidMeansPaid,
  committedBeforeSent,
  onTime,
  rightAmounts,
  unknownStaysUnknown,
  refundsInBalance,
  eventsTellOnce,
  orderIdsHold,
  datesDoNotDrift,
];

const secretsPromise = {
  number: 10,
  promise: "no planted secret stands in a table, journal or searched file",
  unit: "rows, lines and files",
};

export interface InvariantReport {
  readonly number: number;
  readonly promise: string;
  /** How many things were looked at, and what they are. */
  readonly checked: number;
  readonly unit: string;
  readonly violations: readonly string[];
}

/** How much was judged. */
export interface Counts {
  readonly subscriptions: number;
  readonly invoices: number;
  readonly charges: number;
  readonly attempts: number;
  /** Under order ids of ours, money that was merely held included. */
  readonly payments: number;
  readonly refunds: number;
  readonly events: number;
  readonly calls: number;
}

export interface AccountReport extends Counts {
  readonly accountId: string;
  readonly violations: number;
  /** Numbers of the invariants that are broken. */
  readonly broken: readonly number[];
}

export interface Report extends Counts {
  /** Violations of all invariants in all accounts: 0 is what everything is about. */
  readonly violations: number;
  /** Invariants that hold, that do not, and that found nothing to judge: those prove nothing. */
  readonly passed: number;
  readonly failed: number;
  readonly unjudged: number;
  /** Payments under order ids of nobody here. */
  readonly foreignPayments: number;
  readonly accounts: readonly AccountReport[];
  readonly invariants: readonly InvariantReport[];
}

/**
 * Judges all accounts in evidence, or the one that is named.
 *
 * @throws {EvidenceError} when a line of the evidence cannot be read.
 * @throws {RangeError} when there is no such account, or a planted secret is too short.
 */
export function checkAccounts(input: CheckInput): Report {
  const evidence = readEvidence(input);
  const { accounts: all, foreign, ownerless } = splitByAccount(evidence);
  const accounts = all.filter(
    ({ accountId }) => input.account === undefined || accountId === input.account,
  );
  if (input.account !== undefined && accounts.length === 0) {
    throw new RangeError(`There is no account ${input.account} with a subscription in evidence`);
  }
  const judged = accounts.map((account) => ({
    account,
    judgements: invariants.map((invariant) => invariant.judge(account)),
  }));
  const orphans = input.account === undefined ? ownerlessViolations(evidence, ownerless) : [];
  const reports = [
    ...invariants.map((invariant, index) => {
      const own = judged.flatMap(({ judgements }) => judgements[index] ?? []);
      const more = invariant === paidMeansPaid ? orphans : [];
      return reportOf(invariant, [...own, { checked: more.length, violations: more }]);
    }),
    reportOf(secretsPromise, [judgeSecrets(input)]),
  ].toSorted((one, other) => one.number - other.number);
  const failed = reports.filter(({ violations }) => violations.length > 0).length;
  const unjudged = reports.filter(({ checked }) => checked === 0).length;
  return {
    violations: sum(reports, ({ violations }) => violations.length),
    passed: reports.length - failed - unjudged,
    failed,
    unjudged,
    ...totals(accounts),
    foreignPayments: foreign,
    accounts: judged.map(({ account, judgements }) => accountReport(account, judgements)),
    invariants: reports,
  };
}

function reportOf(
  { number, promise, unit }: Pick<Invariant, "number" | "promise" | "unit">,
  judgements: readonly Judgement[],
): InvariantReport {
  const checked = sum(judgements, (judgement) => judgement.checked);
  const violations = judgements.flatMap((judgement) => judgement.violations);
  return { number, promise, checked, unit, violations };
}

/** Money under an order id of our form, for a subscription that is not there: somebody must have said so. */
function ownerlessViolations(evidence: Evidence, ownerless: readonly Payment[]): string[] {
  if (evidence.facts.providerIsShared) return [];
  const findings = evidence.tables.sweep_findings;
  const isNamed = ({ orderId, paymentId }: Payment) =>
    findings.some((it) => it.payment_id === paymentId || it.order_id === orderId);
  return ownerless
    .filter((payment) => payment.times > 0 && !isNamed(payment))
    .map(({ currency, orderId, paymentId, takenMinor }) => {
      return `payment ${paymentId} of ${takenMinor} ${currency} under ${orderId} is for nothing in evidence and named in no finding`;
    });
}

function accountReport(account: AccountEvidence, judgements: readonly Judgement[]): AccountReport {
  const broken = judgements.flatMap(({ violations }, index) => {
    const invariant = invariants[index];
    return violations.length > 0 && invariant !== undefined ? [invariant.number] : [];
  });
  return {
    accountId: account.accountId,
    violations: sum(judgements, ({ violations }) => violations.length),
    broken,
    ...totals([account]),
  };
}

function totals(accounts: readonly AccountEvidence[]): Counts {
  return {
    subscriptions: sum(accounts, (it) => it.subscriptions.length),
    invoices: sum(accounts, (it) => it.invoices.length),
    charges: sum(accounts, (it) => it.charges.length),
    attempts: sum(accounts, (it) => it.attempts.length),
    payments: sum(accounts, (it) => it.payments.length),
    refunds: sum(accounts, (it) => it.refunds.length),
    events: sum(accounts, (it) => it.events.length),
    calls: sum(accounts, (it) => it.calls?.length ?? 0),
  };
}

function sum<T>(rows: readonly T[], of: (row: T) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}
