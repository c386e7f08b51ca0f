import { describe, expect, it } from "vitest";
import { marketOf, markets, openWays, walletsOf, wayIn, wayOfKey } from "./markets.ts";

const connectionIds = {
  toss: "gwy_1",
  chai: "gwy_2",
  kakaoPay: "gwy_3",
  linePayTwd: "gwy_4",
  linePayThb: "gwy_5",
  linePayUsd: "gwy_6",
};

describe("a market", () => {
  it("is found by its currency, and is Korea for any other", () => {
    expect(markets.map(({ currency }) => marketOf(currency).currency)).toEqual([
      "KRW",
      "TWD",
      "THB",
      "USD",
    ]);
    expect(marketOf("EUR").currency).toBe("KRW");
  });

  it("shares no time zone with another, which tells where a customer belongs", () => {
    expect(new Set(markets.map(({ zone }) => zone)).size).toBe(markets.length);
  });

  it("shows each wallet of its customers once", () => {
    expect(walletsOf(marketOf("KRW"))).toEqual(["myQuickTransfer", "myPortOne"]);
    expect(walletsOf(marketOf("THB"))).toEqual(["myLinePay"]);
  });
});

describe("a way to pay", () => {
  it("is offered while its connection is active, and no longer once the merchant leaves it", () => {
    const idsWhile = (state: "active" | "sunset") => {
      const connections = [
        { id: "gwy_1", state: "active" },
        { id: "gwy_2", state },
        { id: "gwy_3", state: "paused" },
      ] as const;
      return openWays(marketOf("KRW"), connectionIds, connections).map(({ id }) => id);
    };
    expect(idsWhile("active")).toEqual(["transfer", "card", "chai"]);
    expect(idsWhile("sunset")).toEqual(["transfer", "card"]);
  });

  it("is the one that was asked for, of the market's own, else the usual one", () => {
    expect(wayIn(marketOf("KRW"), "kakaopay").id).toBe("kakaopay");
    expect(wayIn(marketOf("KRW"), "line_pay").id).toBe("transfer");
    expect(wayIn(marketOf("TWD"), "card").connection).toBe("linePayTwd");
  });

  it("is known by the key that was registered: the same method may be of two connections", () => {
    const wayOf = (connectionId: string, method: string) =>
      wayOfKey(marketOf("KRW"), connectionIds, { connectionId, method }).id;
    expect(wayOf("gwy_1", "TRANSFER")).toBe("transfer");
    expect(wayOf("gwy_1", "CARD")).toBe("card");
    expect(wayOf("gwy_2", "TRANSFER")).toBe("chai");
    expect(wayOf("gwy_3", "EASY_PAY")).toBe("kakaopay");
    expect(wayOfKey(marketOf("KRW"), connectionIds, undefined).id).toBe("transfer");
  });
});
