/**
 * Names of the sabotages, what each must be caught as, and the modules that some of them replace.
 * Loads nothing of the engine.
 */
export const sabotageNames = [
  "timeout-is-failure",
  "no-intent",
  "no-lookup",
  "no-settle-window",
  "no-send-gate",
  "no-lease-token",
  "order-id-per-attempt",
  "sequence-ids",
  "trust-webhook",
  "no-verify",
  "http-retry",
  "drifting-calendar",
  "free-stale-locks",
  "no-journal",
] as const;
export type SabotageName = (typeof sabotageNames)[number];

/** Modules that are loaded in the place of the engine's own, by the path of the engine's. */
export const replacedModules: Partial<Record<SabotageName, Readonly<Record<string, string>>>> = {
  "no-settle-window": {
    "packages/server/src/charges/windows.ts": "no-settle-window.ts",
  },
  "no-send-gate": {
    "packages/server/src/charges/windows.ts": "no-send-gate.ts",
  },
  "drifting-calendar": {
    "packages/server/src/calendar/billing-period.ts": "drifting-calendar.ts",
  },
  "no-journal": {
    "packages/server/src/journal/lost-sends.ts": "no-journal.ts",
  },
};

/**
 * How the violations begin that the missing rule would have prevented: `rule 6` of the charge protocol,
 * `3.` of the checker's invariants. Whatever else a sabotage brings about proves nothing: it may be
 * the way in which the rule was taken out.
 */
const caughtAs: Readonly<Record<SabotageName, readonly string[]>> = {
  "timeout-is-failure": ["7."],
  "no-intent": ["rule 3:"],
  "no-lookup": ["rule 6:"],
  "no-settle-window": ["rule 6:"],
  "no-send-gate": ["rule 4:"],
  "no-lease-token": ["9."],
  "order-id-per-attempt": ["rule 2:"],
  "sequence-ids": ["rule 1:"],
  "trust-webhook": ["3."],
  "no-verify": ["3."],
  "http-retry": ["rule 4:"],
  "drifting-calendar": ["12."],
  "free-stale-locks": ["rule 6:"],
  "no-journal": ["1.", "loss: order"],
};

/** The violation that shows that this rule is missing; undefined when there is none among them. */
export function whatCaught(name: SabotageName, violations: readonly string[]): string | undefined {
  return violations.find((text) => caughtAs[name].some((start) => text.startsWith(start)));
}
