import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { realEffects } from "../effects.ts";
import { newApiKey } from "./api-key.ts";
import { createRedactor } from "./redact.ts";
import { Secret } from "./secret.ts";

const redactor = createRedactor();

describe("a log object", () => {
  it("loses the values of members that hold secrets, however they are spelt", () => {
    const logged = {
      orderId: "0123456789ABCDEFGHJKMNPQRS0000000",
      amount: 9_900,
      billingKey: "Z_t5vOvQxrj4499PeiJcjen28-V2RyqgYTwN44Rdzk0=",
      customer_uid: "gildong_0001_1234",
      headers: { "X-LINE-Authorization": "signature", Authorization: "Basic abc" },
      cards: [{ cardNumber: "4330123412341234", company: "현대" }],
      token: null,
    };
    expect(redactor.redact(logged)).toEqual({
      orderId: "0123456789ABCDEFGHJKMNPQRS0000000",
      amount: 9_900,
      billingKey: "[secret]",
      customer_uid: "[secret]",
      headers: { "X-LINE-Authorization": "[secret]", Authorization: "[secret]" },
      cards: [{ cardNumber: "[secret]", company: "현대" }],
      token: null,
    });
  });

  it("is copied, not changed", () => {
    const logged = { billingKey: "bk", nested: { authKey: "ak" } };
    redactor.redact(logged);
    expect(logged).toEqual({ billingKey: "bk", nested: { authKey: "ak" } });
  });

  it("keeps what is no secret as it is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a", "b", "c"), fc.integer()), (logged) => {
        expect(redactor.redact(logged)).toEqual({ ...logged });
      }),
    );
  });

  it("becomes plain JSON, whatever is in it", () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const logged = {
      at: Temporal.Instant.from("2026-11-22T00:00:00Z"),
      big: 2026112200000000001n,
      bytes: Uint8Array.of(1, 2, 3),
      circular,
      map: new Map([["billingKey", "bk"]]),
      secret: new Secret("value"),
      set: new Set([1]),
      wrapped: [new Secret("value")],
    };
    expect(redactor.redact(logged)).toEqual({
      at: "2026-11-22T00:00:00Z",
      big: "2026112200000000001",
      bytes: "[3 bytes]",
      circular: { self: "[circular]" },
      map: { billingKey: "[secret]" },
      secret: "[secret]",
      set: [1],
      wrapped: ["[secret]"],
    });
  });

  it("is cut where it is too deep to be worth reading", () => {
    const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => ({ inner }), "bottom");
    expect(JSON.stringify(redactor.redact(deep))).toContain("[too deep]");
  });
});

describe("an error", () => {
  it("keeps its message, code and causes, without the secrets in them", () => {
    const cause = new Error("POST /v1/x?authKey=ak_1234567&customerKey=ck_1 failed");
    const error = Object.assign(new Error("Charging failed", { cause }), {
      code: "outcome_unknown",
      regKey: "RK1234",
    });
    const redacted = redactor.redact(error) as Record<string, unknown>;
    expect(redacted).toEqual({
      name: "Error",
      message: "Charging failed",
      stack: expect.stringContaining("Charging failed"),
      code: "outcome_unknown",
      regKey: "[secret]",
      cause: {
        name: "Error",
        message: "POST /v1/x?authKey=[secret]&customerKey=[secret] failed",
        stack: expect.stringContaining("authKey=[secret]"),
      },
    });
    expect(JSON.stringify(redacted)).not.toMatch(/ak_1234567|ck_1|RK1234/);
  });
});

describe("text", () => {
  it("loses values that are named in JSON, also when that JSON is inside a string", () => {
    expect(redactor.redactText('{"billingKey":"abc","amount":100}')).toBe(
      '{"billingKey":"[secret]","amount":100}',
    );
    expect(redactor.redactText('{\\"billing_key\\": \\"abc\\"}')).toBe(
      '{\\"billing_key\\": \\"[secret]\\"}',
    );
  });

  it("loses a named value whole, spaces and quotes included, and nothing after it", () => {
    const lines = [
      String.raw`{"password":"two \"quoted\" words","amount":1}`,
      "{ password: 'two words', amount: 1 }",
      "password=word&amount=1",
      '{"password":"","amount":1}',
    ];
    expect(lines.map((line) => redactor.redactText(line))).toEqual([
      '{"password":"[secret]","amount":1}',
      "{ password: '[secret]', amount: 1 }",
      "password=[secret]&amount=1",
      '{"password":"[secret]","amount":1}',
    ]);
  });

  it("loses the billing keys in the providers' paths", () => {
    const lines = [
      "POST /v1/billing/Z_t5vOvQxrj4499PeiJcjen28-V2RyqgYTwN44Rdzk0%3D failed",
      "POST /v3/payments/preapprovedPay/RK1234/payment failed",
      "GET /subscribe/customers/gildong_0001?_token=x failed",
      "POST /v1/billing/authorizations/issue failed",
    ];
    expect(lines.map((line) => redactor.redactText(line))).toEqual([
      "POST /v1/billing/[secret] failed",
      "POST /v3/payments/preapprovedPay/[secret]/payment failed",
      "GET /subscribe/customers/[secret]?_token=[secret] failed",
      "POST /v1/billing/authorizations/issue failed",
    ]);
  });

  it("loses credentials that are known by their shape", () => {
    const apiKey = newApiKey("live", realEffects.random).text.reveal();
    const lines = [
      "sent Bearer abcdefghijkl",
      "sent Basic dGVzdF9za19hYmNkZWY6",
      `key ${apiKey} refused`,
      "key test_sk_zXLkKEypNArWmo50nX3lmeaxYG5R refused",
      "connecting to postgres://maedal:p4ss@db.internal:5432/maedal",
    ];
    expect(lines.map((line) => redactor.redactText(line))).toEqual([
      "sent Bearer [secret]",
      "sent Basic [secret]",
      "key mdl_live_[secret] refused",
      "key test_sk_[secret] refused",
      "connecting to postgres://maedal:[secret]@db.internal:5432/maedal",
    ]);
  });

  it("loses card numbers, and keeps order ids, times and 19-digit transaction ids", () => {
    const lines = [
      "card 4242424242424242",
      "card 4242-4242-4242-4242",
      "card 3782 822463 10005",
      "order 0123456789ABCDEFGHJKMNPQRS0000000",
      "transaction 2026112212345678910",
      "at 1795305600000 for 9900",
      "number 4242424242424241",
    ];
    expect(lines.map((line) => redactor.redactText(line))).toEqual([
      "card [card number]",
      "card [card number]",
      "card [card number]",
      ...lines.slice(3),
    ]);
  });
});

describe("a registered secret", () => {
  const value = "s3cr3t/value+0001";

  it("is replaced wherever it appears, also percent-encoded and as basic authentication", () => {
    const own = createRedactor();
    own.register(new Secret(value));
    const basic = Buffer.from(`${value}:`).toString("base64");
    const text = `${value} ${encodeURIComponent(value)} ${basic}`;
    expect(own.redact({ note: text, [value]: 1 })).toEqual({
      note: "[secret] [secret] [secret]",
      "[secret]": 1,
    });
  });

  it("is replaced whole when another secret begins like it", () => {
    const own = createRedactor();
    own.register(new Secret("abcdefgh"));
    own.register(new Secret("abcdefghijkl"));
    expect(own.redactText("x abcdefghijkl x")).toBe("x [secret] x");
  });

  it("is forgotten when asked", () => {
    const own = createRedactor();
    const forget = own.register(new Secret(value));
    forget();
    expect(own.redactText(value)).toBe(value);
  });

  it("is refused when it is so short that ordinary words would go with it", () => {
    expect(() => createRedactor().register(new Secret("test"))).toThrow(/too short/);
  });
});
