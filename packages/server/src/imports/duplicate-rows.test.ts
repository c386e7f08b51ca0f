import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { createDuplicateFinder } from "./duplicate-rows.ts";
import type { ImportRow } from "./import-row.ts";

const nothing = {
  name: undefined,
  email: undefined,
  phone: undefined,
  locale: undefined,
  zone: undefined,
};
const nextChargeOn = Temporal.PlainDate.from("2027-02-28");

function row(line: number, keyName: string, externalId: string, planId?: string): ImportRow {
  const subscription =
    planId === undefined
      ? undefined
      : { planId, nextChargeOn, chargeTime: undefined, anchorDay: undefined };
  return { line, keyName, externalId, details: nothing, subscription };
}

/** What is said of the last row. */
function said(...rows: readonly ImportRow[]): string | undefined {
  const duplicateOf = createDuplicateFinder();
  return rows.map(duplicateOf).at(-1)?.message;
}

describe("two rows of one file", () => {
  it("may give a customer two keys for two plans", () => {
    expect(said(row(2, "key-1", "user-1", "milk"), row(3, "key-2", "user-1", "bread"))).toBe(
      undefined,
    );
  });

  it("may give a customer two plans on one key", () => {
    expect(said(row(2, "key-1", "user-1", "milk"), row(3, "key-1", "user-1", "bread"))).toBe(
      undefined,
    );
  });

  it("may give a customer another key that pays for nothing yet", () => {
    expect(said(row(2, "key-1", "user-1"), row(3, "key-2", "user-1"))).toBe(undefined);
  });

  it("may not have a key of two customers", () => {
    expect(said(row(2, "key-1", "user-1"), row(3, "key-1", "user-2"))).toBe(
      "Line 2 has this customer_uid for another external_id: a key pays for one customer. Remove one of the two lines.",
    );
  });

  it("may not have a customer pay twice for one plan", () => {
    expect(said(row(2, "key-1", "user-1", "milk"), row(3, "key-2", "user-1", "milk"))).toBe(
      "Line 2 has this external_id with the same plan: the customer would pay twice. Remove one of the two lines.",
    );
  });

  it("may not say the same, or one of them less", () => {
    const message = "Line 2 has this customer_uid, too: remove the one that says less.";
    expect([
      said(row(2, "key-1", "user-1"), row(3, "key-1", "user-1")),
      said(row(2, "key-1", "user-1", "milk"), row(3, "key-1", "user-1")),
      said(row(2, "key-1", "user-1"), row(3, "key-1", "user-1", "milk")),
    ]).toEqual([message, message, message]);
  });
});
