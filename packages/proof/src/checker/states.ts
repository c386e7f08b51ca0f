/** What the database's words mean, as far as an invariant needs to know. */
import type { Attempt, Charge } from "./evidence.ts";

/** Over, without having taken money. */
const deadStates: readonly string[] = ["failed", "canceled", "voided"];

/** The provider may have taken money that the charge does not know of yet, or a person is asked. */
export const openStates: readonly string[] = [
  "in_flight",
  "reconciling",
  "in_review",
  "authorized",
  "capturing",
  "voiding",
  "expired",
];

export function isLive({ status }: Charge): boolean {
  return !deadStates.includes(status);
}

/** The provider's definite word, or our own proof, that this attempt took no money. */
export function isRefused({ outcome }: Attempt): boolean {
  return outcome === "declined" || outcome === "refused" || outcome === "not_sent";
}

export function isUndecided({ outcome }: Attempt): boolean {
  return outcome === null || outcome === "unknown";
}
