/**
 * Loss rules: what must hold where a database has lost commits. Nothing that left is forgotten for good:
 * its journal line leads back to it, and its order is asked about before it is sent again. What was
 * true when it was said, and has been lost since, is left out elsewhere (docs/proof.md says what).
 */
import { readOrderId } from "../checker/order-id.ts";
import type { LedgerEntry } from "../../../emulator/src/ledger.ts";
import type { LostSpan } from "./database-losses.ts";
import type { Arrival } from "./network.ts";
import { moneyOperations } from "./provider-troubles.ts";
import type { Synced } from "./virtual-disk.ts";
import { instantText } from "./weather.ts";
import { lookUpOperations } from "./wire-rules.ts";

const second = 1_000;
const minute = 60 * second;
/** A claim that was lost with its commit is sent within the gate, or not at all. */
const gateMs = 20 * second;
/** No request is under way for longer (weather.ts), and the payment of a window is as late as its customer. */
const longestWayMs = 30 * minute;

/** A request as its journal has it, and when the line was on the disk. */
export interface JournaledLine {
  readonly at: string;
  readonly kind: string;
  readonly order: string;
  readonly attempt: string;
}

export interface LossFacts {
  readonly spans: readonly LostSpan[];
  readonly journal: readonly JournaledLine[];
  readonly arrivals: readonly Arrival[];
  readonly ledger: readonly LedgerEntry[];
  readonly tables: Readonly<Record<string, readonly unknown[]>>;
  /** Orders of somebody else's stand in the ledger, too. */
  readonly isShared: boolean;
}

/** The sends of all journals; a line that a death has torn is none. */
export function journaledLines(synced: readonly Synced[]): readonly JournaledLine[] {
  return synced.flatMap(({ atMs, text }) =>
    text
      .split("\n")
      .filter((line) => line.includes('"order"'))
      .map((line) => {
        const read = JSON.parse(line.slice(line.indexOf("{"))) as JournaledLine;
        return { ...read, at: instantText(atMs) };
      }),
  );
}

/**
 * The attempts of a database. What a recovery wrote in bears the sender's own clock, which is wrong; the
 * true time is known here.
 */
export function timed(
  { attempts = [], recovery_sends: recovered = [] }: Readonly<Record<string, readonly unknown[]>>,
  journal: readonly JournaledLine[],
): unknown[] {
  const atOf = new Map(journal.map(({ at, attempt }) => [attempt, at]));
  const forgotten = new Set(
    (recovered as readonly { attempt_id: string }[]).map(({ attempt_id: id }) => id),
  );
  return attempts.map((row) => {
    const { id } = row as { readonly id: string };
    const at = forgotten.has(id) ? atOf.get(id) : undefined;
    return at === undefined ? row : { ...(row as object), claimed_at: at, over_at: at };
  });
}

/** Whether what left then may have lost its claim. */
export function isLost(spans: readonly LostSpan[], departedAtMs: number): boolean {
  return spans.some(({ fromMs, toMs }) => fromMs <= departedAtMs && departedAtMs <= toMs + gateMs);
}

/** Of these spans, with the way of what left last. */
export function spansOnTheWay(spans: readonly LostSpan[]) {
  return spans.map(({ fromMs, toMs }) => ({
    fromAt: instantText(fromMs),
    toAt: instantText(toMs + gateMs + longestWayMs),
  }));
}

export function lossViolations(facts: LossFacts): readonly string[] {
  if (facts.spans.length === 0) return [];
  return [
    ...openRecoveries(facts),
    ...forgottenLines(facts),
    ...blindResends(facts),
    ...ownerlessPayments(facts),
  ];
}

function openRecoveries({ tables }: LossFacts): string[] {
  const rows = (tables["recoveries"] ?? []) as readonly {
    readonly id: string;
    readonly finished_at: string | null;
  }[];
  return rows
    .filter(({ finished_at: at }) => at === null)
    .map(({ id }) => `loss: recovery ${id} is still open`);
}

/** Each line names what the database knows, or what a recovery found out. */
function forgottenLines({ journal, tables }: LossFacts): string[] {
  const ids = (table: string, column: string) =>
    (tables[table] ?? []).map((row) => (row as Record<string, string>)[column]);
  const known = new Set([
    ...ids("attempts", "id"),
    ...ids("authorization_calls", "id"),
    ...ids("refunds", "id"),
    ...ids("recovery_sends", "attempt_id"),
  ]);
  return journal
    .filter(({ attempt }) => !known.has(attempt) && !known.has(attempt.split("#")[0] ?? ""))
    .map(({ at, kind, order }) => {
      return `loss: the ${kind} of ${order}, journaled at ${at}, is known to nobody any more`;
    });
}

/** What left in a lost span was asked about after the loss, before it left again. */
function blindResends({ arrivals, spans }: LossFacts): string[] {
  const original = arrivals.filter(({ isCopy }) => !isCopy);
  const byOrder = Map.groupBy(original, ({ entry }) => entry.orderId);
  return [...byOrder].flatMap(([orderId, all]) =>
    spans.flatMap((span) => {
      const sends = all.filter(({ entry }) => moneyOperations.has(entry.operation));
      const isForgotten = sends.some(({ departedAtMs }) => isLost([span], departedAtMs));
      const again = sends.find(({ departedAtMs }) => departedAtMs > span.toMs + gateMs);
      if (!isForgotten || again === undefined) return [];
      const isAsked = all.some(({ departedAtMs, entry }) => {
        const isBetween = departedAtMs > span.toMs && departedAtMs < again.departedAtMs;
        return isBetween && lookUpOperations.has(entry.operation);
      });
      if (isAsked) return [];
      const when = instantText(again.departedAtMs);
      return [`loss: order ${orderId ?? ""} was forgotten, and sent again at ${when} unasked`];
    }),
  );
}

/** Only what was made and paid in a lost span may be for nothing that the database knows. */
function ownerlessPayments({ isShared, ledger, spans, tables }: LossFacts): string[] {
  if (isShared) return [];
  const ids = (table: string) =>
    (tables[table] ?? []).map((row) => (row as { readonly id: string }).id);
  const known = new Set([...ids("subscriptions"), ...ids("invoices")]);
  const late = spans.map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs + longestWayMs }));
  return ledger.flatMap(({ at, kind, orderId, paymentId }) => {
    const order = readOrderId(orderId);
    if (kind !== "payment" || order === undefined || order.of === "registration") return [];
    const owner = order.of === "period" ? order.subscriptionId : order.invoiceId;
    if (known.has(owner) || isLost(late, Date.parse(at))) return [];
    return [`loss: payment ${paymentId} under ${orderId} at ${at} is for nothing that is known`];
  });
}
