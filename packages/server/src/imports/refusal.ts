/** Why a row of an import is not taken over: a stable code, and a sentence that names the fix. */

/** Explained in docs/import.md; a test compares list and page. */
export const refusalCodes = [
  "bad_row",
  "duplicate_in_file",
  "unknown_plan",
  "plan_retired",
  "plan_not_payable",
  "anchor_day_wrong",
  "next_charge_in_past",
  "already_subscribed",
  "customer_on_test_clock",
  "belongs_to_other_customer",
  "key_not_found",
  "key_not_usable",
  "scheduled_at_provider",
  "charged_meanwhile",
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

export interface Refusal {
  readonly code: RefusalCode;
  /** Never holds the customer_uid. */
  readonly message: string;
}

/** A refusal and the row that it is about. */
export interface RefusedRow extends Refusal {
  /** Of the file, from 1: the header is line 1. */
  readonly line: number;
  readonly maskedKey: string;
  /** Undefined when the row has none. */
  readonly externalId: string | undefined;
}

/** Enough to find a row by, too little to charge with. Short names are hidden whole. */
export function maskKey(name: string): string {
  return `${name.length > 8 ? name.slice(0, 4) : ""}…`;
}
