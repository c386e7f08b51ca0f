import { money, type GatewayCapabilities } from "@maedal/gateways";
import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { AppError } from "../app-error.ts";
import { billingPeriod, type BillingUnit } from "../calendar/billing-period.ts";
import { checkPrice, withoutTrial } from "./check-limits.ts";
import type { PlanPrice } from "./plan.ts";

const capabilities: GatewayCapabilities = {
  methods: { LINE_PAY: { TWD: { minimumMinor: 10, maximumMinor: 50_000 } } },
  keyCheck: true,
  separateCapture: true,
  answerFields: [],
  lookUpFields: ["orderId", "amount", "currency"],
  listByDate: false,
  declinedIdReusable: false,
  unusedKeyLifetimeDays: 180,
  deletesUnusedKeys: true,
  recurringOnly: false,
  maximumOrderNameLength: 4_000,
  payerDetails: [],
  timeouts: { connectMs: 5_000, readMs: 60_000 },
};
const { unusedKeyLifetimeDays: _lifetime, ...immortal } = capabilities;

const monthly: PlanPrice = {
  amount: money(299, "TWD"),
  interval: { unit: "month", count: 1 },
  trialDays: 0,
  capture: "automatic",
  registrationAmount: undefined,
  outlivesUnusedKeys: false,
};
const every = (count: number, unit: BillingUnit): PlanPrice => {
  return { ...monthly, interval: { unit, count } };
};

/** "ok", or the code of the refusal. */
function verdict(price: PlanPrice, can = capabilities, method = "LINE_PAY"): string {
  try {
    checkPrice(can, method, price);
    return "ok";
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe("an amount", () => {
  it("is within the limits of the method, both included", () => {
    const verdicts = [9, 10, 50_000, 50_001].map((amountMinor) => {
      return verdict({ ...monthly, amount: money(amountMinor, "TWD") });
    });
    const out = "amount_out_of_range";
    expect(verdicts).toEqual([out, "ok", "ok", out]);
  });

  it("is in a currency of the method", () => {
    expect(verdict({ ...monthly, amount: money(299, "KRW") })).toBe("currency_not_supported");
    expect(verdict(monthly, capabilities, "TRANSFER")).toBe("currency_not_supported");
  });
});

describe("a price that is captured by hand", () => {
  const manual = { ...monthly, capture: "manual" } as const;

  it("needs a provider that can hold money", () => {
    expect(verdict(manual)).toBe("ok");
    expect(verdict(manual, { ...capabilities, separateCapture: false })).toBe(
      "capture_not_supported",
    );
  });
});

describe("an interval, with a provider that drops a key after 180 days without a payment", () => {
  it("is no longer than that, its longest months and years counted", () => {
    const longestGood = [every(180, "day"), every(25, "week"), every(5, "month")];
    expect(longestGood.map((price) => verdict(price))).toEqual(["ok", "ok", "ok"]);
    const shortestBad = [every(181, "day"), every(26, "week"), every(6, "month"), every(1, "year")];
    const refused = "interval_outlives_key";
    expect(shortestBad.map((price) => verdict(price))).toEqual(Array(4).fill(refused));
  });

  it("is refused with both numbers and both ways out", () => {
    expect(() => checkPrice(capabilities, "LINE_PAY", every(1, "year"))).toThrow(
      "The provider drops a billing key after 180 days without a payment, and this plan may wait 366 days for one. Let it pay more often; or set outlivesUnusedKeys on its price, and customers are asked for a new method whenever theirs is gone.",
    );
  });

  it("may be longer when the merchant knows", () => {
    expect(verdict({ ...every(1, "year"), outlivesUnusedKeys: true })).toBe("ok");
  });

  it("may be of any length where keys do not die of disuse", () => {
    expect(verdict(every(10, "year"), immortal)).toBe("ok");
  });

  it("counts from the registration to the end of a trial as well", () => {
    expect(verdict({ ...monthly, trialDays: 180 })).toBe("ok");
    expect(verdict({ ...monthly, trialDays: 181 })).toBe("interval_outlives_key");
    expect(verdict(withoutTrial({ ...monthly, trialDays: 181 }))).toBe("ok");
  });

  it("that is accepted never has two payments further apart than the key lives", () => {
    const units = fc.constantFrom<BillingUnit>("day", "week", "month", "year");
    const days = fc.integer({ min: 0, max: 20_000 });
    fc.assert(
      fc.property(
        units,
        fc.integer({ min: 1, max: 400 }),
        days,
        fc.nat(40),
        (unit, count, d, n) => {
          if (verdict(every(count, unit)) !== "ok") return;
          const anchorOn = Temporal.PlainDate.from("2020-01-01").add({ days: d });
          const chargeTime = Temporal.PlainTime.from("10:00");
          const interval = { unit, count };
          const calendar = { anchorOn, zone: "Asia/Taipei", interval, chargeTime };
          const { endsOn, startsOn } = billingPeriod(calendar, n);
          expect(startsOn.until(endsOn).days).toBeLessThanOrEqual(180);
        },
      ),
    );
  });
});
