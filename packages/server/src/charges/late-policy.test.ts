import { describe, expect, it } from "vitest";
import { goesBack } from "./late-policy.ts";

const givenUp = {
  policy: "refund",
  hasSubscriptionEnded: false,
  invoiceStatus: "uncollectible",
  isPeriodOver: true,
} as const;

describe("money that came too late, of an account that refunds such money", () => {
  it("goes back when its invoice was given up and its period is over", () => {
    expect(goesBack(givenUp)).toBe(true);
    expect(goesBack({ ...givenUp, invoiceStatus: "void" })).toBe(true);
  });

  it("goes back when the subscription has ended, whatever its period", () => {
    expect(goesBack({ ...givenUp, hasSubscriptionEnded: true, isPeriodOver: false })).toBe(true);
  });

  it("stays while its period runs, and while it is owed", () => {
    expect(goesBack({ ...givenUp, isPeriodOver: false })).toBe(false);
    expect(goesBack({ ...givenUp, invoiceStatus: "open" })).toBe(false);
    expect(goesBack({ ...givenUp, invoiceStatus: "draft" })).toBe(false);
  });
});

describe("money that came too late, of an account that has said nothing else", () => {
  it("stays", () => {
    expect(goesBack({ ...givenUp, policy: "paid", hasSubscriptionEnded: true })).toBe(false);
  });
});
