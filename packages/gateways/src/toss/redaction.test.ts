import { describe, expect, it } from "vitest";
import { createRedactor, secretsIn } from "./redaction.ts";

describe("a member that holds a secret or personal data", () => {
  it("is replaced by name at any depth, whatever its type, and null stays null", () => {
    const body = {
      orderId: "ORDER0001",
      customerKey: "c",
      CUSTOMEREMAIL: "kim@example.com",
      secret: null,
      card: { issuerCode: "41", number: 4330121234561234 },
      transfers: [{ bankName: "토스뱅크", bankAccountNumber: { masked: "1000****1234" } }],
    };
    expect(createRedactor([]).json(body)).toEqual({
      orderId: "ORDER0001",
      customerKey: "[customer key]",
      CUSTOMEREMAIL: "[email]",
      secret: null,
      card: { issuerCode: "41", number: "[card number]" },
      transfers: [{ bankName: "토스뱅크", bankAccountNumber: "[account number]" }],
    });
  });
});

describe("a known secret", () => {
  it("is replaced in any text, in a member's name, and as it looks in a URL", () => {
    const redactor = createRedactor([["key/1=", "[billing key]"]]);
    expect(redactor.text("GET /v1/billing/key%2F1%3D of key/1=")).toBe(
      "GET /v1/billing/[billing key] of [billing key]",
    );
    expect(redactor.json({ "key/1=": ["no key/1= here"] })).toEqual({
      "[billing key]": ["no [billing key] here"],
    });
  });

  it("is replaced as a whole when it contains another one", () => {
    const secrets = [
      ["abc", "[short]"],
      ["abcdef", "[long]"],
      ["", "[empty]"],
    ] as const;
    expect(createRedactor(secrets).text("abcdef abc")).toBe("[long] [short]");
  });

  it("may be any text that an answer can hold", () => {
    const body: unknown = JSON.parse('{"billingKey":"half \\ud800 a pair"}');
    expect(createRedactor(secretsIn(body)).text("of half \ud800 a pair")).toBe("of [billing key]");
  });
});
