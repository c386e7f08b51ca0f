import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { currencies, money, type Currency } from "../money.ts";
import { readAmount, wireAmount } from "./amounts.ts";

const anyCurrency = fc.constantFrom(...(Object.keys(currencies) as Currency[]));

describe("an amount", () => {
  it("is written in units of its currency", () => {
    expect([wireAmount(money(9_900, "KRW")), wireAmount(money(12_34, "USD"))]).toEqual([
      9_900, 12.34,
    ]);
  });

  it("reads back as what was written, through JSON", () => {
    fc.assert(
      fc.property(fc.nat(99_999_999_999), anyCurrency, (amountMinor, currency) => {
        const amount = money(amountMinor, currency);
        const json = JSON.stringify(wireAmount(amount));
        expect(json.replace(/^-?\d+\.?/, "").length).toBeLessThanOrEqual(currencies[currency]);
        expect(readAmount(JSON.parse(json) as number, currency)).toEqual(amount);
      }),
    );
  });

  it("is none when it is a fraction of the smallest unit, negative, too large, or of no currency of ours", () => {
    const read = [
      readAmount(99.5, "KRW"),
      readAmount(1.005, "USD"),
      readAmount(-1, "KRW"),
      readAmount(2 ** 53, "KRW"),
      readAmount(1, "EUR"),
      readAmount(1, "toString"),
    ];
    expect(read).toEqual(read.map(() => undefined));
  });
});
