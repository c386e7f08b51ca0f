/** What came of sabotages: which were caught, how soon, and by what. */
import type { SabotageName } from "../sabotage/sabotage-names.ts";

export interface Caught {
  readonly name: SabotageName;
  /** Simulations until the first violation; undefined when there was none. */
  readonly seeds: number | undefined;
  readonly violation: string | undefined;
  readonly replay: string | undefined;
  readonly seconds: number;
  readonly charges: number;
}

export function caughtText({ name, replay, seconds, seeds, violation }: Caught): string {
  if (seeds === undefined) return `${name}: NOT CAUGHT in ${seconds} s`;
  const count = `${seeds} ${seeds === 1 ? "seed" : "seeds"}`;
  return `${name}: caught after ${count}, ${seconds} s\n  ${violation ?? ""}\n  replay: ${replay ?? ""}`;
}

/** The object of `--json`: here a violation is a sabotage that was not caught. */
export function summaryOfSabotages(sabotages: readonly Caught[]) {
  const missed = sabotages.filter(({ seeds }) => seeds === undefined).length;
  return {
    command: "simulate",
    seeds: sabotages.reduce((sum, { seeds }) => sum + (seeds ?? 0), 0),
    charges: sabotages.reduce((sum, { charges }) => sum + charges, 0),
    violations: missed,
    missed,
    sabotages,
  };
}
