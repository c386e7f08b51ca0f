import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { realEffects } from "../effects.ts";
import { Secret } from "./secret.ts";
import { readToken, signToken, type TokenKey } from "./signed-token.ts";

const key = new Secret(realEffects.random.bytes(32));
const pageLink: TokenKey = { key, purpose: "hosted page" };
const now = Temporal.Instant.from("2026-11-22T00:00:00Z");
const expiresAt = now.add({ hours: 1 });
const payload = { customerId: "cus_1", page: "replace-method" };

const kindOf = (tokenKey: TokenKey, text: string) => readToken(tokenKey, text, now).kind;

describe("a token", () => {
  it("gives its payload back until it expires", () => {
    const token = signToken(pageLink, payload, expiresAt);
    const lastMoment = expiresAt.subtract({ milliseconds: 1 });
    const reading = readToken(pageLink, token, lastMoment);
    expect(reading.kind === "valid" && reading.payload).toEqual(payload);
    expect(reading.kind === "valid" && reading.expiresAt.equals(expiresAt)).toBe(true);
  });

  it("has expired at the moment itself", () => {
    const reading = readToken(pageLink, signToken(pageLink, payload, expiresAt), expiresAt);
    expect(reading.kind).toBe("expired");
  });

  it("carries any JSON, and fits into a link and a cookie as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), (value) => {
        fc.pre(JSON.stringify(value).length < 1_000);
        const token = signToken(pageLink, value, expiresAt);
        const reading = readToken(pageLink, token, now);
        const sent: unknown = JSON.parse(JSON.stringify(value));
        expect(reading.kind === "valid" && reading.payload).toEqual(sent);
        expect(token).toMatch(/^[\w-]+\.[\w-]{43}$/);
      }),
    );
  });

  it("is refused at signing when it would be too long", () => {
    expect(() => signToken(pageLink, "x".repeat(4_000), expiresAt)).toThrow(RangeError);
  });
});

describe("a token that is not ours", () => {
  const token = signToken(pageLink, payload, expiresAt);

  it("is invalid for another purpose and under another key", () => {
    expect(kindOf({ key, purpose: "operator session" }, token)).toBe("invalid");
    const otherKey = new Secret(realEffects.random.bytes(32));
    expect(kindOf({ ...pageLink, key: otherKey }, token)).toBe("invalid");
  });

  it("is invalid when any one character is another", () => {
    const alphabet = "ABCXYZabcxyz0189-_.";
    for (let at = 0; at < token.length; at += 1) {
      for (const other of alphabet) {
        if (other === token.charAt(at)) continue;
        expect(kindOf(pageLink, token.slice(0, at) + other + token.slice(at + 1))).toBe("invalid");
      }
    }
  });

  it("is invalid when its payload was replaced, its parts were cut or more were added", () => {
    const [body = "", signature = ""] = token.split(".");
    const later = Buffer.from(JSON.stringify({ expiresAtMs: 9e15, payload })).toString("base64url");
    const forged = [`${later}.${signature}`, body, `${body}.`, `.${signature}`, `${token}.x`, ""];
    expect(forged.map((text) => kindOf(pageLink, text))).toEqual(forged.map(() => "invalid"));
  });

  it("is invalid whatever the text, and never an exception", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(kindOf(pageLink, text)).toBe("invalid");
      }),
    );
    expect(kindOf(pageLink, "x".repeat(1_000_000))).toBe("invalid");
  });
});
