/**
 * Wire rules: the charge protocol as a provider could see it, judged by when each request left and
 * what had been asked before it (docs/charge-protocol.md, rules 4 and 6).
 */
import type { AttemptRow } from "./judge.ts";
import type { Arrival } from "./network.ts";
import { moneyOperations } from "./provider-troubles.ts";
import { instantText } from "./weather.ts";

const second = 1_000;
const minute = 60 * second;
const gateMs = 20 * second;
const settleWindowMs = 15 * minute;

const lookUps: ReadonlySet<string> = new Set([
  "get_order",
  "details",
  "find",
  "find_all",
  "status",
]);

export function wireViolations(
  arrivals: readonly Arrival[],
  attempts: readonly AttemptRow[],
): readonly string[] {
  const byOrder = Map.groupBy(
    arrivals.filter(({ isCopy }) => !isCopy),
    ({ entry }) => entry.orderId,
  );
  const attemptsOf = Map.groupBy(attempts, ({ order_id: orderId }) => orderId);
  return [...byOrder].flatMap(([orderId, all]) => {
    if (orderId === undefined) return [];
    const sends = all.filter(({ entry }) => moneyOperations.has(entry.operation));
    if (sends.length === 0) return [];
    const own = attemptsOf.get(orderId) ?? [];
    return [
      ...sends.flatMap((send) => lateSend(orderId, send, own)),
      ...sends.slice(1).flatMap((send) => hastyResend(orderId, send, all, own)),
    ];
  });
}

/** Rule 4: not sent within the gate, it is not sent at all. */
function lateSend(orderId: string, send: Arrival, attempts: readonly AttemptRow[]): string[] {
  // A client that has to fetch a token first sends later than it decided to.
  if (send.entry.provider === "portone") return [];
  const claimed = attempts
    .map(({ claimed_at: at }) => Date.parse(at))
    .filter((ms) => ms <= send.departedAtMs);
  const latest = Math.max(-Infinity, ...claimed);
  if (send.departedAtMs - latest <= gateMs) return [];
  const why =
    claimed.length === 0
      ? "before any claim"
      : `${(send.departedAtMs - latest) / second} s after its claim`;
  return [
    `rule 4: order ${orderId} left ${send.process} at ${instantText(send.departedAtMs)}, ${why}`,
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
  attempts: readonly AttemptRow[],
): string[] {
  if (send.entry.operation === "confirm") return [];
  const earlier = attempts.filter(
    ({ claimed_at: at }) => Date.parse(at) < send.departedAtMs - gateMs,
  );
  const before = earlier
    .toSorted((a, b) => Date.parse(a.claimed_at) - Date.parse(b.claimed_at))
    .at(-1);
  if (before === undefined || before.outcome !== "unknown") return [];
  const overMs = Math.min(
    Date.parse(before.over_at),
    before.ended_at === null ? Infinity : Date.parse(before.ended_at),
  );
  const waitedMs = send.departedAtMs - overMs;
  const asked = all.filter(({ entry, departedAtMs }) => {
    return (
      lookUps.has(entry.operation) && departedAtMs > overMs && departedAtMs < send.departedAtMs
    );
  });
  const at = instantText(send.departedAtMs);
  if (waitedMs < settleWindowMs) {
    return [
      `rule 6: order ${orderId} was sent again at ${at}, ${waitedMs / minute} min after a send without an answer`,
    ];
  }
  return asked.length >= 2
    ? []
    : [`rule 6: order ${orderId} was sent again at ${at} after ${asked.length} look-ups`];
}
