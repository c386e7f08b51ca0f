import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLosslessJson } from "../lossless-json.ts";
import { currencies, money } from "../money.ts";
import { linePayCurrencies, readAmountMinor, sumOfAmounts, wireAmount } from "./amounts.ts";

function written(amountMinor: number, currency: (typeof linePayCurrencies)[number]): string {
  return JSON.stringify({ amount: wireAmount(amountMinor, currency) });
}

const anyCurrency = fc.constantFrom(...linePayCurrencies);
const anyAmount = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe("an amount on its way out", () => {
  it("is written in whole units, without a fraction that says nothing", () => {
    expect(written(1_000, "TWD")).toBe('{"amount":1000}');
    expect(written(1_234, "THB")).toBe('{"amount":12.34}');
    expect(written(1_200, "THB")).toBe('{"amount":12}');
    expect(written(1_250, "USD")).toBe('{"amount":12.5}');
    expect(written(5, "USD")).toBe('{"amount":0.05}');
    expect(written(0, "USD")).toBe('{"amount":0}');
    expect(written(9_007_199_254_740_991, "USD")).toBe('{"amount":90071992547409.91}');
  });

  it("is a plain number, with no more decimals than its currency has", () => {
    fc.assert(
      fc.property(anyAmount, anyCurrency, (amountMinor, currency) => {
        const [, fraction = ""] = /^\{"amount":\d+(?:\.(\d*[1-9]))?\}$/.exec(
          written(amountMinor, currency),
        )!;
        expect(fraction.length).toBeLessThanOrEqual(currencies[currency]);
      }),
    );
  });
});

describe("an amount there and back", () => {
  it("is the same to the last unit, however large", () => {
    fc.assert(
      fc.property(anyAmount, anyCurrency, (amountMinor, currency) => {
        const { amount } = parseLosslessJson(written(amountMinor, currency)) as {
          amount: number | string;
        };
        expect(readAmountMinor(amount, currency)).toBe(amountMinor);
      }),
    );
  });
});

describe("an amount in an answer", () => {
  it("may be negative, and may carry zeros that say nothing", () => {
    expect(readAmountMinor(-20, "TWD")).toBe(-20);
    expect(readAmountMinor(-0.1, "USD")).toBe(-10);
    expect(readAmountMinor("12.3400", "THB")).toBe(1_234);
    expect(readAmountMinor("0", "TWD")).toBe(0);
    expect(readAmountMinor(-0, "TWD")).toBe(0);
  });

  it("cannot be read when it is no amount of the currency", () => {
    const wrong: (string | number)[] = [0.5, "12.345", "1e3", 1e21, NaN, "", "1,000", "0x10"];
    expect(wrong.map((each) => readAmountMinor(each, "TWD"))).toEqual(wrong.map(() => undefined));
    expect(readAmountMinor("12.345", "USD")).toBe(undefined);
    expect(readAmountMinor("9007199254740993", "TWD")).toBe(undefined);
  });
});

describe("a payment from several sources of money", () => {
  it("is their sum, and unreadable when one of them is", () => {
    expect(sumOfAmounts([0.1, 0.2, "0.03"], "USD")).toEqual(money(33, "USD"));
    expect(sumOfAmounts([100, 0.5], "TWD")).toBe(undefined);
    expect(sumOfAmounts([-100], "TWD")).toBe(undefined);
    expect(sumOfAmounts([Number.MAX_SAFE_INTEGER, 1], "TWD")).toBe(undefined);
  });
});
