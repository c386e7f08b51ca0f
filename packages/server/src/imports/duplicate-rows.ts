/**
 * Duplicate rows: two rows of one file that would store a key for two customers, or have a customer
 * pay twice for one plan. A customer may have several keys, and several plans on one key.
 */
import type { ImportRow } from "./import-row.ts";
import type { Refusal } from "./refusal.ts";

interface KeySeen {
  readonly externalId: string;
  readonly line: number;
  readonly isWithoutPlan: boolean;
}

/** @returns Looks at each row in the file's order, and tells when an earlier one says the same. */
export function createDuplicateFinder(): (row: ImportRow) => Refusal | undefined {
  const keys = new Map<string, KeySeen>();
  const plans = new Map<string, number>();

  return ({ externalId, keyName, line, subscription }) => {
    const seen = keys.get(keyName);
    const isWithoutPlan = subscription === undefined;
    if (seen !== undefined && seen.externalId !== externalId) {
      return duplicate(
        `Line ${seen.line} has this customer_uid for another external_id: a key pays for one customer. Remove one of the two lines.`,
      );
    }
    if (seen !== undefined && (isWithoutPlan || seen.isWithoutPlan)) {
      return duplicate(
        `Line ${seen.line} has this customer_uid, too: remove the one that says less.`,
      );
    }
    const promise = subscription && `${subscription.planId} ${externalId}`;
    const earlier = promise === undefined ? undefined : plans.get(promise);
    if (earlier !== undefined) {
      return duplicate(
        `Line ${earlier} has this external_id with the same plan: the customer would pay twice. Remove one of the two lines.`,
      );
    }
    if (seen === undefined) keys.set(keyName, { externalId, line, isWithoutPlan });
    if (promise !== undefined) plans.set(promise, line);
    return undefined;
  };
}

function duplicate(message: string): Refusal {
  return { code: "duplicate_in_file", message };
}
