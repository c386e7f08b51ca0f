/**
 * Told rules: what is said of a charge, in an event or by the API, is true when it is said. Paid is
 * said after the provider took the money, and failed or canceled after every attempt is decided; what
 * becomes true later excuses nothing.
 */
import type { LedgerEntry } from "../../../emulator/src/ledger.ts";
import { instantText } from "./weather.ts";
import type { Decision } from "./wire-rules.ts";

/** A charge in an answer of the API. */
export interface Shown {
  readonly atMs: number;
  readonly chargeId: string;
  readonly status: string;
}

export interface Told {
  readonly ledger: readonly LedgerEntry[];
  readonly shown: readonly Shown[];
  readonly tables: Readonly<Record<string, readonly unknown[]>>;
}

interface Saying extends Shown {
  readonly how: string;
}

interface EventRow {
  readonly type: string;
  readonly occurred_at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface ChargeRow {
  readonly id: string;
  readonly payment_id: string | null;
}

interface AttemptRow {
  readonly charge_id: string;
  readonly n: number;
  readonly order_id: string;
  readonly claimed_at: string;
  readonly ended_at: string | null;
  readonly outcome: string | null;
}

interface LookUpRow {
  readonly order_id: string;
  readonly finding: string;
  readonly looked_up_at: string;
}

const ends: ReadonlySet<string> = new Set(["failed", "canceled"]);

export function toldViolations(told: Told): readonly string[] {
  const { ledger, shown, tables } = told;
  const rows = <Row>(name: string) => (tables[name] ?? []) as readonly Row[];
  const events = rows<EventRow>("events");
  const paymentOf = new Map(rows<ChargeRow>("charges").map((row) => [row.id, row.payment_id]));
  const takenAtMs = new Map<string, number>();
  for (const { at, kind, paymentId } of ledger.toReversed()) {
    if (kind === "payment" || kind === "capture") takenAtMs.set(paymentId, Date.parse(at));
  }
  const attemptsOf = Map.groupBy(rows<AttemptRow>("attempts"), (row) => row.charge_id);
  const lookUpsOf = Map.groupBy(rows<LookUpRow>("look_ups"), (row) => row.order_id);
  const decisions = decisionsOf(events);

  return [...events.flatMap(sayingOf), ...shown.map((it) => ({ ...it, how: "the API" }))].flatMap(
    ({ atMs, chargeId, how, status }) => {
      const what = `${how} called charge ${chargeId} ${status} at ${instantText(atMs)}`;
      if (status === "captured") {
        const takenMs = takenAtMs.get(paymentOf.get(chargeId) ?? "") ?? Infinity;
        return takenMs <= atMs ? [] : [`rule 5: ${what}, before the provider had taken anything`];
      }
      const isDecision = decisions.some((it) => it.chargeId === chargeId && it.atMs <= atMs);
      if (!ends.has(status) || isDecision) return [];
      const open = (attemptsOf.get(chargeId) ?? []).find(
        (attempt) =>
          Date.parse(attempt.claimed_at) <= atMs &&
          !isDecided(attempt, lookUpsOf.get(attempt.order_id) ?? [], atMs),
      );
      if (open === undefined) return [];
      return [`rule 5: ${what}, while attempt ${open.n} under ${open.order_id} was not decided`];
    },
  );
}

function sayingOf({ data, occurred_at: at, type }: EventRow): Saying[] {
  const [subject, status = ""] = type.split(".");
  const { chargeId } = data;
  if (subject !== "charge" || typeof chargeId !== "string") return [];
  return [{ atMs: Date.parse(at), chargeId, status, how: "an event" }];
}

/** What persons decided on charges that were in review. */
export function decisionsOf(events: readonly unknown[]): readonly Decision[] {
  return (events as readonly EventRow[]).flatMap(({ data, occurred_at: at, type }) => {
    const { chargeId } = data;
    if (type !== "charge.review_resolved" || typeof chargeId !== "string") return [];
    return [{ chargeId, atMs: Date.parse(at) }];
  });
}

/** By the answer to its request, or by what was found out after it. */
function isDecided(
  { claimed_at: claimedAt, ended_at: endedAt, outcome }: AttemptRow,
  lookUps: readonly LookUpRow[],
  atMs: number,
): boolean {
  const isAnswered = outcome !== null && outcome !== "unknown";
  if (isAnswered && endedAt !== null && Date.parse(endedAt) <= atMs) return true;
  const findings = lookUps
    .filter(({ looked_up_at: at }) => Date.parse(at) >= Date.parse(claimedAt))
    .filter(({ looked_up_at: at }) => Date.parse(at) <= atMs)
    .map(({ finding }) => finding);
  const absences = findings.filter((finding) => finding === "not_found");
  return absences.length >= 2 || findings.includes("failed") || findings.includes("released");
}
