import { describe, expect, it } from "vitest";
import { tossKeyProblems } from "./keys.ts";

const clientKey = "test_ck_ABCdef123";
const secretKey = "test_sk_GHIjkl456";

function problems(keys: Partial<Parameters<typeof tossKeyProblems>[0]>) {
  return tossKeyProblems({ mode: "test", clientKey, secretKey, ...keys });
}

describe("a pair of API-individual keys of the connection's mode", () => {
  it("has no problem", () => {
    expect(problems({})).toEqual([]);
    const live = { clientKey: "live_ck_ABCdef123", secretKey: "live_sk_GHIjkl456" };
    expect(problems({ mode: "live", ...live })).toEqual([]);
  });
});

describe("a wrong key", () => {
  const where = "in the Toss Payments developer centre, API keys (API 개별 연동 키)";

  it("of the payment widget is named as such", () => {
    expect(problems({ clientKey: "test_gck_a", secretKey: "test_gsk_b" })).toEqual([
      `The client key is a payment widget key, which cannot bill: use the API-individual key that begins with test_ck_, ${where}.`,
      `The secret key is a payment widget key, which cannot bill: use the API-individual key that begins with test_sk_, ${where}.`,
    ]);
  });

  it("in the other one's place is named as such", () => {
    expect(problems({ clientKey: secretKey, secretKey: clientKey })).toEqual([
      "Where the client key belongs there is a secret key: use the one that begins with test_ck_.",
      "Where the secret key belongs there is a client key: use the one that begins with test_sk_.",
    ]);
  });

  it("with a byte order mark, a space or a line break is to be copied again", () => {
    const again =
      "The secret key contains a space, a line break or a byte order mark: copy it again without.";
    expect(problems({ secretKey: `\uFEFF${secretKey}` })).toEqual([again]);
    expect(problems({ secretKey: `${secretKey}\n` })).toEqual([again]);
    expect(problems({ secretKey: ` ${secretKey}` })).toEqual([again]);
  });

  it("of another product is told apart from a mistyped one", () => {
    expect(problems({ secretKey: "sk_test_abc" })).toEqual([
      "The secret key is of Toss Pay, another product: use a Toss Payments key that begins with test_sk_.",
    ]);
    expect(problems({ secretKey: "ab".repeat(32) })).toEqual([
      `The secret key is a security key (보안 키): use the one that begins with test_sk_, ${where}.`,
    ]);
    expect(problems({ secretKey: "nonsense" })).toEqual([
      `The secret key is not a Toss Payments key: use the one that begins with test_sk_, ${where}.`,
    ]);
    expect(problems({ secretKey: "" })).toEqual([
      "The secret key is empty: copy the one that begins with test_sk_.",
    ]);
  });
});

describe("a key of the other environment", () => {
  it("is refused in test mode, and the broken pair is named", () => {
    expect(problems({ secretKey: "live_sk_GHIjkl456" })).toEqual([
      "The secret key is a live key and this connection is in test mode: use the one that begins with test_sk_, or change the mode.",
      "The client key is a test key and the secret key a live key: take both from the same environment and MID, in the Toss Payments developer centre, API keys (API 개별 연동 키).",
    ]);
  });

  it("is refused in live mode", () => {
    expect(problems({ mode: "live" })).toEqual([
      "The client key is a test key and this connection is in live mode: use the one that begins with live_ck_, or change the mode.",
      "The secret key is a test key and this connection is in live mode: use the one that begins with live_sk_, or change the mode.",
    ]);
  });
});
