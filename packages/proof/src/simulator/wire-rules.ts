/**
 * Wire rules: the charge protocol as a provider could see it, judged by when each request left and
 * what had been asked before it (docs/charge-protocol.md, rules 1, 2, 3, 4 and 6). Rules 3 and 4 are
 * those of refunds, too; whether one may be sent again is seen in the books.
 */
import type { Arrival } from "./network.ts";
import { moneyOperations, refundOperations } from "./provider-troubles.ts";
import { instantText } from "./weather.ts";

const second = 1_000;
const minute = 60 * second;
const gateMs = 20 * second;
const settleWindowMs = 15 * minute;
const spacingMs = minute;

/** What asks a provider about an order. */
export const lookUpOperations: ReadonlySet<string> = new Set([
  "get_order",
  "details",
  "find",
  "find_all",
  "status",
]);

/** Outcomes by which no money moved. */
const refusals: readonly (string | null)[] = ["declined", "refused", "not_sent"];

export interface AttemptRow {
  readonly charge_id: string;
  readonly order_id: string;
  readonly claimed_at: string;
  readonly over_at: string;
  readonly outcome: string | null;
  readonly ended_at: string | null;
}

export interface WireFacts {
  readonly arrivals: readonly Arrival[];
  /** What another installation sent through the same contract. */
  readonly elsewhere: readonly Arrival[];
  readonly attempts: readonly AttemptRow[];
  /** When refunds were claimed, by the provider's name of the payment that they are of. */
  readonly refundClaims: ReadonlyMap<string, readonly number[]>;
  /** When a person decided on a charge; what was unknown of it then is no more. */
  readonly decisions: readonly Decision[];
}

export interface Decision {
  readonly chargeId: string;
  readonly atMs: number;
}

/** A refund was claimed, and that was committed. */
export interface RefundClaim {
  readonly refundId: string;
  readonly atMs: number;
}

/** Refunds of one payment are sent one after the other, so a claim is known by its payment. */
export function claimsOfPayments(
  claims: readonly RefundClaim[],
  { charges = [], refunds = [] }: Readonly<Record<string, readonly unknown[]>>,
): ReadonlyMap<string, readonly number[]> {
  const paymentOf = new Map(
    (charges as readonly { id: string; payment_id: string | null }[]).map((row) => {
      return [row.id, row.payment_id];
    }),
  );
  const chargeOf = new Map(
    (refunds as readonly { id: string; charge_id: string }[]).map((row) => [row.id, row.charge_id]),
  );
  const byPayment = Map.groupBy(claims, ({ refundId }) => {
    return paymentOf.get(chargeOf.get(refundId) ?? "") ?? "";
  });
  return new Map([...byPayment].map(([payment, own]) => [payment, own.map(({ atMs }) => atMs)]));
}

export function wireViolations(facts: WireFacts): readonly string[] {
  const original = facts.arrivals.filter(({ isCopy }) => !isCopy);
  return [...chargeViolations(facts, original), ...refundViolations(facts, original)];
}

function chargeViolations(facts: WireFacts, original: readonly Arrival[]): string[] {
  const { decisions, elsewhere } = facts;
  const attempts = facts.attempts.map((row) => ({
    ...row,
    isDecidedBy: decidedBy(row, decisions),
  }));
  const byOrder = Map.groupBy(original, ({ entry }) => entry.orderId);
  const attemptsOf = Map.groupBy(attempts, ({ order_id: orderId }) => orderId);
  const attemptsOfFamily = Map.groupBy(attempts, ({ order_id: orderId }) => familyOf(orderId));
  const foreign = new Set(elsewhere.map(({ entry }) => entry.orderId));
  return [...byOrder].flatMap(([orderId, all]) => {
    if (orderId === undefined) return [];
    const sends = all.filter(isForMoney).toSorted((a, b) => a.departedAtMs - b.departedAtMs);
    if (sends.length === 0) return [];
    const own = attemptsOf.get(orderId) ?? [];
    const claims = own.map(({ claimed_at: at }) => Date.parse(at));
    const what = `order ${orderId}`;
    const family = attemptsOfFamily.get(familyOf(orderId)) ?? [];
    return [
      ...(foreign.has(orderId) ? [`rule 1: order ${orderId} is somebody else's, too`] : []),
      ...sends.flatMap((send) => lateSend(what, send, claims)),
      ...sends.flatMap((send) => secondOrder(orderId, send, family)),
      ...sends.slice(1).flatMap((send, n) => repeatedSend(what, send, sends[n], claims)),
      ...sends.slice(1).flatMap((send) => hastyResend(orderId, send, all, own)),
    ];
  });
}

/** Rules 3 and 4 for money that is given back: the gate is the same. */
function refundViolations({ refundClaims }: WireFacts, original: readonly Arrival[]): string[] {
  const sent = original.filter(({ entry }) => refundOperations.has(entry.operation));
  const byPayment = Map.groupBy(sent, ({ entry }) => entry.paymentKey);
  return [...byPayment].flatMap(([paymentKey, all]) => {
    if (paymentKey === undefined) return [];
    const sends = all.toSorted((a, b) => a.departedAtMs - b.departedAtMs);
    const claims = refundClaims.get(paymentKey) ?? [];
    const what = `a refund of payment ${paymentKey}`;
    return [
      ...sends.flatMap((send) => lateSend(what, send, claims)),
      ...sends.slice(1).flatMap((send, n) => repeatedSend(what, send, sends[n], claims)),
    ];
  });
}

/** An attempt, and whether a person had decided on it by an instant. */
interface Attempt extends AttemptRow {
  readonly isDecidedBy: (atMs: number) => boolean;
}

function decidedBy({ charge_id: id, claimed_at: at }: AttemptRow, decisions: readonly Decision[]) {
  const own = decisions.filter(({ atMs, chargeId }) => chargeId === id && atMs >= Date.parse(at));
  return (ms: number) => own.some(({ atMs }) => atMs <= ms);
}

/** All order ids of one period or invoice: what comes last counts its generations. */
function familyOf(orderId: string): string {
  return orderId.slice(0, -2);
}

function isForMoney({ entry }: Arrival): boolean {
  return moneyOperations.has(entry.operation);
}

/** Rule 3: claimed first. Rule 4: not sent within the gate, it is not sent at all. */
function lateSend(what: string, send: Arrival, claims: readonly number[]): string[] {
  const claimedMs = latestClaim(send, claims);
  const left = `${what} left ${send.process} at ${instantText(send.departedAtMs)}`;
  if (claimedMs === undefined) return [`rule 3: ${left}, and no claim of it was committed`];
  const waitedMs = send.departedAtMs - claimedMs;
  return waitedMs <= gateMs ? [] : [`rule 4: ${left}, ${waitedMs / second} s after its claim`];
}

function latestClaim({ departedAtMs }: Arrival, claims: readonly number[]): number | undefined {
  const before = claims.filter((ms) => ms <= departedAtMs);
  return before.length === 0 ? undefined : Math.max(...before);
}

/** Rule 4: one claim, one request. One that was refused for its token is sent with another. */
function repeatedSend(
  what: string,
  send: Arrival,
  before: Arrival | undefined,
  claims: readonly number[],
): string[] {
  const claimedMs = latestClaim(send, claims);
  if (before === undefined || claimedMs === undefined) return [];
  if (before.departedAtMs < claimedMs || isRefusedAtTheDoor(before)) return [];
  const [first, again] = [before, send].map(({ departedAtMs }) => instantText(departedAtMs));
  return [`rule 4: ${what} left ${send.process} at ${first} and again at ${again}, with one claim`];
}

function isRefusedAtTheDoor({ entry: { outcome, processed } }: Arrival): boolean {
  return !processed && typeof outcome === "object" && outcome?.answered === 401;
}

/** Rule 2: another id is used only when every attempt under the ones before was refused. */
function secondOrder(orderId: string, send: Arrival, family: readonly Attempt[]): string[] {
  const others = family.filter(({ claimed_at: at, order_id: other }) => {
    return other !== orderId && Date.parse(at) < send.departedAtMs - gateMs;
  });
  const open = others.find(({ isDecidedBy, outcome }) => {
    return !refusals.includes(outcome) && !isDecidedBy(send.departedAtMs);
  });
  if (open === undefined) return [];
  const other = `${open.order_id}, claimed at ${open.claimed_at}, was ${open.outcome ?? "open"}`;
  return [
    `rule 2: order ${orderId} was sent at ${instantText(send.departedAtMs)}, though ${other}`,
  ];
}

/**
 * Rule 6: what may have been paid is asked about, twice and late enough, before it is sent again. Not
 * so a window's confirmation: the provider says that the window is still to be paid, which it is once.
 */
function hastyResend(
  orderId: string,
  send: Arrival,
  all: readonly Arrival[],
  attempts: readonly Attempt[],
): string[] {
  if (send.entry.operation === "confirm") return [];
  const before = attempts
    .filter(({ claimed_at: at }) => Date.parse(at) < send.departedAtMs - gateMs)
    .toSorted((a, b) => Date.parse(a.claimed_at) - Date.parse(b.claimed_at))
    .at(-1);
  if (before?.outcome !== "unknown" || before.isDecidedBy(send.departedAtMs)) return [];
  const overMs = Math.min(
    Date.parse(before.over_at),
    before.ended_at === null ? Infinity : Date.parse(before.ended_at),
  );
  const settledMs = overMs + settleWindowMs;
  const askedMs = all
    .filter(({ entry, departedAtMs }) => {
      const isBetween = departedAtMs > overMs && departedAtMs < send.departedAtMs;
      return lookUpOperations.has(entry.operation) && isBetween;
    })
    .map(({ departedAtMs }) => departedAtMs);
  const late = askedMs.filter((ms) => ms >= settledMs);
  const apartMs = late.length < 2 ? 0 : Math.max(...late) - Math.min(...late);
  if (apartMs >= spacingMs) return [];
  const waited = `${(send.departedAtMs - overMs) / minute} min after a send without an answer`;
  const asked = `${late.length} of ${askedMs.length} look-ups late enough, ${apartMs / second} s apart`;
  return [
    `rule 6: order ${orderId} was sent again at ${instantText(send.departedAtMs)}, ${waited}; ${asked}`,
  ];
}
