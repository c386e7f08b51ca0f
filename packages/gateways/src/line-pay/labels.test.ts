import { describe, expect, it } from "vitest";
import { methodLabel } from "./labels.ts";

const card = (members: object) => [{ method: "CREDIT_CARD", amount: 100, ...members }];

describe("a method in words", () => {
  it("is the card's brand and at most its last four digits", () => {
    const maskedCreditCardNumber = "**** **** **** 1234";
    const labels = [
      card({ creditCardBrand: "VISA", maskedCreditCardNumber }),
      card({ creditCardBrand: "MASTER", creditCardNickname: "Kim's own" }),
      card({ creditCardBrand: "UNIONPAY" }),
      card({ creditCardBrand: "4111111111111111", maskedCreditCardNumber: "4111111111111111" }),
      card({}),
    ].map(methodLabel);
    expect(labels).toEqual([
      "LINE Pay (VISA ****1234)",
      "LINE Pay (Mastercard)",
      "LINE Pay (UNIONPAY)",
      "LINE Pay (card)",
      "LINE Pay (card)",
    ]);
  });

  it("is the card or the balance, whatever points were spent beside it", () => {
    const points = { method: "POINT", amount: 10 };
    expect(methodLabel([points, ...card({ creditCardBrand: "JCB" })])).toBe("LINE Pay (JCB)");
    expect(methodLabel([points, { method: "BALANCE", amount: 90 }])).toBe("LINE Pay balance");
    expect(methodLabel([points])).toBe("LINE Pay");
  });

  it("is unknown when the answer does not say", () => {
    expect([undefined, null, []].map(methodLabel)).toEqual([undefined, undefined, undefined]);
  });
});
