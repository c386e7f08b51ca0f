/**
 * Timeline: what happened to one subscription, for people: its events, what was sent for it, what the
 * provider did, and who died or froze beside it.
 */
import type { Arrival } from "./network.ts";
import type { TraceLine } from "./scheduler.ts";
import { instantText } from "./weather.ts";

/** What the judge had before it. */
export interface Evidence {
  readonly tables: Readonly<Record<string, readonly unknown[]>>;
  readonly ledger: readonly LedgerLine[];
  readonly arrivals: readonly Arrival[];
  readonly trace: readonly TraceLine[];
}

interface LedgerLine {
  readonly orderId: string;
  readonly kind: string;
  readonly amount: number;
  readonly currency: string;
  readonly at: string;
}

type Row = Readonly<Record<string, unknown>>;

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/** Of every subscription that a violation names, directly or by one of its ids. */
export function timelineOf(violations: readonly string[], evidence: Evidence): readonly string[] {
  const text = violations.join("\n");
  const subscriptions = rowsOf(evidence, "subscriptions").filter((row) =>
    isNamed(row, text, evidence),
  );
  return subscriptions.slice(0, 3).flatMap((row) => {
    const id = String(row["id"]);
    const lines = [...recordsOf(id, evidence), ...surroundings(evidence)];
    const own = lines.toSorted((a, b) => a.atMs - b.atMs);
    return [
      `subscription ${id}: ${JSON.stringify(row)}`,
      ...own.map(({ atMs, text: said }) => `  ${instantText(atMs)}  ${said}`),
    ];
  });
}

function isNamed(subscription: Row, text: string, evidence: Evidence): boolean {
  const id = String(subscription["id"]);
  if (text.includes(id) || text.includes(orderPrefix(id))) return true;
  return ["charges", "invoices"].some((table) =>
    rowsOf(evidence, table).some(
      (row) => row["subscription_id"] === id && text.includes(String(row["id"])),
    ),
  );
}

/** All order ids of its periods begin so. */
function orderPrefix(subscriptionId: string): string {
  return subscriptionId.slice("sub_".length).toUpperCase();
}

function recordsOf(id: string, evidence: Evidence): readonly Line[] {
  const prefix = orderPrefix(id);
  const events = rowsOf(evidence, "events")
    .filter((row) => row["subscription_id"] === id)
    .map((row) =>
      line(row["occurred_at"], `event ${String(row["type"])} ${JSON.stringify(row["data"])}`),
    );
  const attempts = rowsOf(evidence, "attempts")
    .filter((row) => String(row["order_id"]).startsWith(prefix))
    .map((row) =>
      line(
        row["claimed_at"],
        `claimed ${String(row["order_id"])}, attempt ${String(row["n"])} → ${String(row["outcome"])} at ${String(row["ended_at"])}`,
      ),
    );
  const money = evidence.ledger
    .filter(({ orderId }) => orderId.startsWith(prefix))
    .map((entry) =>
      line(entry.at, `MONEY ${entry.kind} ${entry.amount} ${entry.currency} ${entry.orderId}`),
    );
  const calls = evidence.arrivals
    .filter(({ entry }) => entry.orderId?.startsWith(prefix) === true)
    .map(({ arrivedAtMs, departedAtMs, entry, isCopy, process }) => ({
      atMs: arrivedAtMs,
      text: `${entry.provider} gets ${entry.operation} ${entry.orderId ?? ""} of ${process}${isCopy ? ", a copy" : ""}, sent ${(arrivedAtMs - departedAtMs) / 1_000} s before: ${JSON.stringify(entry.outcome)} ${entry.fault?.type ?? ""}`,
    }));
  return [...events, ...attempts, ...money, ...calls];
}

/** What happened to everybody. */
function surroundings({ trace }: Evidence): readonly Line[] {
  return trace
    .filter(({ who, what }) => who === "simulation" || /^(dies|starts|freezes)/.test(what))
    .map(({ atMs, what, who }) => ({ atMs, text: `${who} ${what}` }));
}

function rowsOf({ tables }: Evidence, name: string): readonly Row[] {
  return (tables[name] ?? []) as readonly Row[];
}

function line(at: unknown, text: string): Line {
  return { atMs: Date.parse(String(at)), text };
}
