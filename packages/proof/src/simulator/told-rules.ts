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
  const facts = factsOf(told);
  const sayings = [
    ...facts.events.flatMap(sayingOf),
    ...told.shown.map((it) => ({ ...it, how: "the API" })),
  ];
  return sayings.flatMap((saying) => {
    const why = whyUntrue(saying, facts);
    const { atMs, chargeId, how, status } = saying;
    const what = `${how} called charge ${chargeId} ${status} at ${instantText(atMs)}`;
    return why === undefined ? [] : [`rule 5: ${what}, ${why}`];
  });
}

/** Why something was not true when it was said; undefined when it was. */
function whyUntrue({ atMs, chargeId, status }: Saying, facts: Facts): string | undefined {
  if (status === "captured") {
    const takenMs = facts.takenAtMs(chargeId);
    return takenMs <= atMs ? undefined : "before the provider had taken anything";
  }
  if (!ends.has(status)) return undefined;
  if (facts.decisions.some((it) => it.chargeId === chargeId && it.atMs <= atMs)) return undefined;
  const open = facts
    .attemptsOf(chargeId)
    .filter(({ claimed_at: at }) => Date.parse(at) <= atMs)
    .find((attempt) => !isDecided(attempt, facts.lookUpsOf(attempt.order_id), atMs));
  return open && `while attempt ${open.n} under ${open.order_id} was not decided`;
}

type Facts = ReturnType<typeof factsOf>;

function factsOf({ ledger, tables }: Told) {
  const { attempts = [], charges = [], look_ups: lookUps = [] } = tables;
  const events = (tables["events"] ?? []) as readonly EventRow[];
  const taken = whenTaken(ledger);
  const paymentOf = new Map(
    (charges as readonly ChargeRow[]).map(({ id, payment_id: paymentId }) => [id, paymentId]),
  );
  const byCharge = Map.groupBy(attempts as readonly AttemptRow[], (row) => row.charge_id);
  const byOrder = Map.groupBy(lookUps as readonly LookUpRow[], (row) => row.order_id);
  return {
    events,
    decisions: decisionsOf(events),
    takenAtMs: (chargeId: string) => taken.get(paymentOf.get(chargeId) ?? "") ?? Infinity,
    attemptsOf: (chargeId: string) => byCharge.get(chargeId) ?? [],
    lookUpsOf: (orderId: string) => byOrder.get(orderId) ?? [],
  };
}

/** By the provider's name of a payment: when it first took money. */
function whenTaken(ledger: readonly LedgerEntry[]): ReadonlyMap<string, number> {
  const taken = ledger.filter(({ kind }) => kind === "payment" || kind === "capture");
  return new Map(taken.toReversed().map(({ at, paymentId }) => [paymentId, Date.parse(at)]));
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
