/**
 * 4. Nothing that moves money reached the provider before it was committed: each such call has an
 * attempt of its own, or the row of its capture, void or refund, from before it, and a line in the
 * journal where there is one. Where a failover or restore lost commits, the journal must know.
 */
import type { AccountEvidence } from "../account-evidence.ts";
import type { Call } from "../evidence.ts";
import { judgeEach, timeOf, type Invariant } from "../invariant.ts";

type Movement = "take" | "capture" | "void" | "give_back";

/** What the emulator calls the requests that move money; everything else asks or registers. */
const movements: Readonly<Record<string, Movement>> = {
  "toss charge": "take",
  "toss cancel": "give_back",
  "line_pay charge": "take",
  "line_pay confirm": "take",
  "line_pay capture": "capture",
  "line_pay void": "void",
  "line_pay refund": "give_back",
  "portone again": "take",
  "portone onetime": "take",
  "portone cancel": "give_back",
};

/** What the journal calls them. */
const journaledAs: Readonly<Record<Movement, readonly string[]>> = {
  take: ["charge", "confirm"],
  capture: ["capture"],
  void: ["void"],
  give_back: ["refund", "void"],
};

export const committedBeforeSent: Invariant = {
  number: 4,
  promise: "every call that moves money was committed first, and is in the journal",
  unit: "calls",
  judge(account) {
    const moving = (account.calls ?? []).flatMap((call) => {
      const movement = movements[`${call.provider} ${call.operation}`];
      return movement === undefined ? [] : [{ call, movement }];
    });
    const sent = new Map<string, Sent["before"]>();
    return judgeEach(moving, ({ call, movement }) => {
      const subject = `${movement} ${call.orderId ?? call.paymentKey}`;
      const before = sent.get(subject) ?? { calls: 0, lost: 0 };
      // Refused at the door for its credentials, the same request may come again with others.
      if (!isRefusedAtTheDoor(call)) {
        const lost = before.lost + (isCommitLost(account, call) ? 1 : 0);
        sent.set(subject, { calls: before.calls + 1, lost });
      }
      return sendViolations(account, { call, movement, before });
    });
  },
};

function isRefusedAtTheDoor({ outcome, processed }: Call): boolean {
  const answered = typeof outcome === "object" ? outcome?.answered : undefined;
  return !processed && (answered === 401 || answered === 403);
}

interface Sent {
  readonly call: Call;
  readonly movement: Movement;
  /** How many such calls came before this one, and of how many the commit may be lost. */
  readonly before: { readonly calls: number; readonly lost: number };
}

function isCommitLost({ facts }: AccountEvidence, { receivedAt }: Call): boolean {
  return facts.lostSpans.some(
    ({ fromAt, toAt }) => fromAt <= receivedAt + facts.clockToleranceMs && receivedAt <= toAt,
  );
}

function sendViolations(account: AccountEvidence, sent: Sent): string[] {
  const { before, call, movement } = sent;
  const { facts, journal } = account;
  const latest = call.receivedAt + facts.clockToleranceMs;
  const isOneEnough = facts.networkMayRepeat || movement === "give_back";
  const needed = isOneEnough ? 1 : before.calls + 1;
  const commits = intentsOf(account, call, movement).filter((at) => at <= latest).length;
  const lines = linesOf(account, sent).filter(({ at }) => at <= latest).length;
  const isCommitted =
    isCommitLost(account, call) || commits >= (isOneEnough ? 1 : needed - before.lost);
  const isWritten = journal === undefined || lines >= needed;
  if (isCommitted && isWritten) return [];
  const which = `the ${before.calls + 1}. call to ${movement.replace("_", " ")}, ${inWords(call)},`;
  return [
    ...(isCommitted ? [] : [`${which} had ${commits} commits before it`]),
    ...(isWritten ? [] : [`${which} had ${lines} lines in the journal before it`]),
  ];
}

function linesOf(account: AccountEvidence, { call, movement }: Sent) {
  const charge = account.chargeOfPayment(call.paymentKey ?? "");
  const orderId = call.orderId ?? charge?.paid_order_id ?? "";
  const lines = account.journal?.get(orderId) ?? [];
  return lines.filter(({ kind }) => journaledAs[movement].includes(kind));
}

/** When what could have led to the call was committed. */
function intentsOf(account: AccountEvidence, call: Call, movement: Movement): number[] {
  const orderId = call.orderId ?? "";
  if (movement === "take") {
    return account.attemptsUnder(orderId).map(({ claimed_at }) => claimed_at);
  }
  const charge =
    account.chargeOfPayment(call.paymentKey ?? "") ??
    account.chargeOfPayment(account.paymentUnder(orderId)?.paymentId ?? "");
  if (charge === undefined) return [];
  const calls = account.authorizationCallsOf(charge.id);
  if (movement !== "give_back") {
    return calls.filter(({ kind }) => kind === movement).map(({ claimed_at }) => claimed_at);
  }
  const refunds = account.refundsOf(charge.id).filter(({ origin }) => origin === "maedal");
  const voids = calls.filter(({ kind }) => kind === "void");
  return [
    ...refunds.map(({ created_at }) => created_at),
    ...voids.map(({ claimed_at }) => claimed_at),
  ];
}

function inWords({ operation, orderId, paymentKey, provider, receivedAt, sequence }: Call): string {
  const what = orderId ?? paymentKey;
  return `${provider} ${operation} #${sequence} for ${what} at ${timeOf(receivedAt)}`;
}
