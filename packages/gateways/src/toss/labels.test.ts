import { describe, expect, it } from "vitest";
import { billingLabel, readTossBilling } from "./billing.ts";
import { paymentLabel, readTossPayment } from "./payment.ts";

function registered(members: object) {
  const billing = readTossBilling({ billingKey: "key", customerKey: "customer", ...members });
  return billing === undefined ? "unreadable" : billingLabel(billing);
}

function paid(members: object) {
  const required = { paymentKey: "p", orderId: "o", status: "DONE", totalAmount: 4900 };
  const payment = readTossPayment({ ...required, ...members });
  return payment === undefined ? "unreadable" : paymentLabel(payment);
}

describe("the label of a registered account", () => {
  const account = { bankName: "토스뱅크", bankAccountNumber: "1000****1234" };

  it("is the bank and the last four digits, wherever Toss puts them", () => {
    expect(registered({ transfers: [account] })).toBe("토스뱅크 ****1234");
    expect(registered({ transfers: account })).toBe("토스뱅크 ****1234");
    expect(registered({ transfers: null, transfer: account })).toBe("토스뱅크 ****1234");
    expect(registered({ transfers: [], transfer: [account] })).toBe("토스뱅크 ****1234");
  });

  it("is not known yet when Toss says nothing readable, and the registration stands", () => {
    expect(registered({})).toBeUndefined();
    expect(registered({ transfers: null })).toBeUndefined();
    expect(registered({ transfers: [] })).toBeUndefined();
    expect(registered({ transfers: "soon", transfer: 7 })).toBeUndefined();
  });

  it("is the bank alone when there is no number", () => {
    expect(registered({ transfers: [{ bankName: "토스뱅크" }] })).toBe("토스뱅크");
    expect(registered({ transfer: { bankCode: "92" } })).toBe("토스뱅크");
  });

  it("never shows more than four digits, even of a number that is not masked", () => {
    const plain = { ...account, bankAccountNumber: "100012345678" };
    expect(registered({ transfers: [plain] })).toBe("토스뱅크 ****5678");
  });
});

describe("the label of a registered card", () => {
  it("is the issuer and what is visible of the last four digits", () => {
    const card = { issuerCode: "41", number: "433012******1234" };
    expect(registered({ card })).toBe("신한카드 ****1234");
    expect(registered({ card: { ...card, number: "43301234****123*" } })).toBe("신한카드 ****123*");
    expect(registered({ card: { ...card, number: "************" } })).toBe("신한카드");
  });

  it("says that it does not know an issuer, and still stands", () => {
    const card = { issuerCode: "Z9", number: "433012******1234" };
    expect(registered({ card })).toBe("unknown card issuer (Z9) ****1234");
  });
});

describe("the label of a payment", () => {
  it("is the bank of a transfer", () => {
    expect(paid({ transfer: { bankCode: "92", settlementStatus: "INCOMPLETED" } })).toBe(
      "토스뱅크",
    );
    expect(paid({ transfer: { bankCode: "S2" } })).toBe("신한투자증권");
  });

  it("says that it does not know a bank, and does not repeat what is no code", () => {
    expect(paid({ transfer: { bankCode: "Z9" } })).toBe("unknown bank (Z9)");
    expect(paid({ transfer: { bankCode: "100012345678" } })).toBe("unknown bank");
    expect(paid({ transfer: { bankCode: "constructor" } })).toBe("unknown bank");
  });

  it("is the card's issuer and ending", () => {
    expect(paid({ card: { issuerCode: "W1", number: "433012******1234" } })).toBe(
      "우리카드 ****1234",
    );
  });

  it("is not known when the payment names neither", () => {
    expect(paid({ card: null, transfer: null })).toBeUndefined();
  });
});
