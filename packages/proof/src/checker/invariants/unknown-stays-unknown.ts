/**
 * 7. Unknown is never shown as paid or failed: what a charge says, the provider has said, in an
 * answer or to a look-up. Judged by our own records, and by the call log: a request that nobody
 * answered clearly cannot have been declined.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import type { Attempt, Call, Charge } from "../evidence.ts";
import { judgeEach, together, type Invariant } from "../invariant.ts";
import { isUndecided } from "../states.ts";

export const unknownStaysUnknown: Invariant = {
  number: 7,
  promise: "unknown is never shown as paid or failed",
  unit: "charges and declines",
  judge(account) {
    const captured = account.charges.filter(({ status }) => status === "captured");
    const failed = account.charges.filter(
      ({ status }) => status === "failed" || status === "canceled",
    );
    const declined = account.attempts.filter(({ outcome }) => outcome === "declined");
    return together(
      judgeEach(captured, (charge) => captureViolations(account, charge)),
      judgeEach(failed, (charge) => endViolations(account, charge)),
      judgeEach(declined, (attempt) => declineViolations(account, attempt)),
    );
  },
};

function captureViolations(account: AccountEvidence, charge: Charge): string[] {
  const { id, invoice_id, paid_order_id } = charge;
  const siblings = account.chargesOf(invoice_id);
  const attempts = siblings.flatMap((it) => account.attemptsOf(it.id));
  const isAnswered = attempts.some(
    ({ order_id, outcome }) =>
      order_id === paid_order_id && (outcome === "captured" || outcome === "authorized"),
  );
  const isFound = account
    .lookUpsOf(id)
    .some((it) => it.order_id === paid_order_id && it.finding === "captured");
  const isTaken = account
    .authorizationCallsOf(id)
    .some(({ kind, outcome }) => kind === "capture" && outcome === "done");
  // An earlier id that turned out to be paid: found by the send that it replaced, which was not sent.
  const latest = account.attemptsOf(id).at(-1);
  const isEarlier =
    latest?.outcome === "not_sent" &&
    latest.order_id !== paid_order_id &&
    attempts.some(({ order_id }) => order_id === paid_order_id);
  return isAnswered || isFound || isTaken || isEarlier
    ? []
    : [`charge ${id} is captured under ${paid_order_id}, which no answer and no look-up has said`];
}

function endViolations(account: AccountEvidence, charge: Charge): string[] {
  const open = account.attemptsOf(charge.id).filter(isUndecided);
  return open
    .filter((attempt) => !isDecidedLater(account, attempt) && !isRecovered(account, attempt))
    .map(({ n, order_id, outcome }) => {
      const state = outcome ?? "open";
      return `charge ${charge.id} is ${charge.status}, but attempt ${n} under ${order_id} is ${state} and nobody has found out`;
    });
}

/**
 * An unknown attempt is decided by what was found out after its send: the provider's record of a
 * failure or of money let go, "not found" twice, or a person.
 */
export function isDecidedLater(account: AccountEvidence, attempt: Attempt): boolean {
  const later = account
    .lookUpsOf(attempt.charge_id)
    .filter((it) => it.order_id === attempt.order_id && it.looked_up_at >= attempt.claimed_at);
  const found = (...findings: string[]) =>
    later.filter(({ finding }) => findings.includes(finding));
  const isDecidedByPerson = account
    .eventsAbout(attempt.charge_id)
    .some(
      ({ data, type }) => type === "charge.review_resolved" && decided.includes(data["decision"]),
    );
  return (
    found("failed", "released").length > 0 || found("not_found").length >= 2 || isDecidedByPerson
  );
}

/**
 * A send that was forgotten, and of whose charge nothing could be collected any more: the recovery asks by
 * itself. What was paid has become another charge's; "not found" it counts once and then believes.
 */
function isRecovered(account: AccountEvidence, { charge_id, id, order_id }: Attempt): boolean {
  const recovery = account.recoveryOf(id);
  if (recovery?.state !== "settled") return false;
  const isAnothers = account
    .lookUpsUnder(order_id)
    .some((it) => it.charge_id !== charge_id && it.finding === "captured");
  return isAnothers || recovery.not_found_count > 0;
}

const decided: readonly unknown[] = ["not_paid", "give_up"];

function declineViolations(account: AccountEvidence, attempt: Attempt): string[] {
  if (account.calls === undefined) return [];
  const { charge_id, claimed_at, n, order_id, over_at } = attempt;
  const { clockToleranceMs } = account.facts;
  const own = account
    .callsUnder(order_id)
    .filter(
      ({ receivedAt }) =>
        receivedAt >= claimed_at - clockToleranceMs && receivedAt <= over_at + clockToleranceMs,
    );
  const isClear = own.length === 0 || own.some(isAnsweredClearly);
  const isFound = account
    .lookUpsOf(charge_id)
    .some((it) => it.order_id === order_id && it.finding === "failed");
  return isClear || isFound
    ? []
    : [
        `attempt ${n} of charge ${charge_id} under ${order_id} counts as declined, but its request got no clear answer`,
      ];
}

/** The answer came back as the provider gave it, with a status that can be a definite one. */
function isAnsweredClearly({ fault, outcome }: Call): boolean {
  if (outcome === null || typeof outcome === "string") return false;
  const { answered } = outcome;
  const isUnclear = answered >= 500 || answered === 409 || answered === 429;
  return !isUnclear && !unclearFaults.includes(fault?.type ?? "");
}

const unclearFaults: readonly string[] = ["garbage", "bad_gateway", "rate_limit", "outage"];
