/** Names of the sabotages, and the modules that some of them replace. Loads nothing of the engine. */
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
] as const;
export type SabotageName = (typeof sabotageNames)[number];

/** Modules that are loaded in the place of the engine's own, by the path of the engine's. */
export const replacedModules: Partial<Record<SabotageName, Readonly<Record<string, string>>>> = {
  "drifting-calendar": {
    "packages/server/src/calendar/billing-period.ts": "drifting-calendar.ts",
  },
};
