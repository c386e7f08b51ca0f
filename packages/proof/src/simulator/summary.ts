/** Summary: what many simulations come to, for people and as one JSON object. */
import { createHash } from "node:crypto";
import { commit } from "../commit.ts";
import type { SabotageName } from "../sabotage/sabotage-names.ts";

/** What a job tells of one simulation. */
export interface SeedLine {
  readonly seed: string;
  readonly violations: readonly string[];
  readonly timeline: readonly string[];
  readonly charges: number;
  readonly payments: number;
  readonly subscriptionYears: number;
  readonly steps: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly traceHash: string;
  readonly ms: number;
}

export interface Summary {
  readonly command: "simulate";
  readonly sabotage: SabotageName | undefined;
  readonly seeds: number;
  readonly charges: number;
  readonly payments: number;
  readonly subscriptionYears: number;
  readonly steps: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Of all simulations, whatever order they ran in. */
  readonly traceHash: string;
  /** The source's, as commit.ts says. */
  readonly commit: string | undefined;
  readonly violations: number;
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly seed: string;
  readonly violations: readonly string[];
  readonly replay: string;
}

export function summaryOf(
  lines: readonly SeedLine[],
  sabotage: SabotageName | undefined,
  seconds: number,
): Summary {
  const sum = (of: (line: SeedLine) => number) => lines.reduce((total, it) => total + of(it), 0);
  const faults: Record<string, number> = {};
  for (const { faults: own } of lines) {
    for (const [kind, count] of Object.entries(own)) faults[kind] = (faults[kind] ?? 0) + count;
  }
  const hashes = lines.map(({ seed, traceHash }) => `${seed} ${traceHash}`).toSorted();
  return {
    command: "simulate",
    sabotage,
    seeds: lines.length,
    charges: sum(({ charges }) => charges),
    payments: sum(({ payments }) => payments),
    subscriptionYears: Math.round(sum((line) => line.subscriptionYears)),
    steps: sum(({ steps }) => steps),
    faults: Object.fromEntries(Object.entries(faults).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    seconds: Math.round(seconds * 10) / 10,
    traceHash: createHash("sha256").update(hashes.join("\n")).digest("hex"),
    commit,
    violations: sum(({ violations }) => violations.length),
    failures: lines
      .filter(({ violations }) => violations.length > 0)
      .map(({ seed, violations }) => ({ seed, violations, replay: replayCommand(seed, sabotage) })),
  };
}

function replayCommand(seed: string, sabotage: SabotageName | undefined): string {
  const how = sabotage === undefined ? "" : ` --sabotage ${sabotage}`;
  return `npm run simulate -- --replay ${seed}${how}`;
}

/** Faults of one family in one line each, such as `network 120, process 31`. */
function faultLines(faults: Readonly<Record<string, number>>): readonly string[] {
  const families = Map.groupBy(Object.entries(faults), ([kind]) => kind.split(":")[0] ?? kind);
  return [...families].map(([family, kinds]) => {
    const told = kinds.map(([kind, count]) => `${kind.slice(family.length + 2)} ${count}`);
    return `  ${family}: ${told.join(", ")}`;
  });
}

export function reportText(summary: Summary): string {
  const { charges, failures, payments, seconds, seeds, subscriptionYears, traceHash } = summary;
  const failed = failures.flatMap(({ replay, seed, violations }) => [
    `seed ${seed}:`,
    ...violations.slice(0, 5).map((text) => `  ${text}`),
    `  replay: ${replay}`,
  ]);
  return [
    `${seeds} seeds, ${charges} charges, ${payments} payments, ${subscriptionYears} subscription-years, ${seconds} s`,
    "faults:",
    ...faultLines(summary.faults),
    `trace hash ${traceHash}, commit ${summary.commit ?? "unknown"}`,
    ...failed,
    `${summary.violations} violations in ${failures.length} of ${seeds} seeds`,
  ].join("\n");
}
