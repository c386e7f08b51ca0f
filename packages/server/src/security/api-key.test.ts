import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Random } from "../effects.ts";
import { realEffects } from "../effects.ts";
import { type ApiKey, isSameHash, newApiKey, readApiKey } from "./api-key.ts";

const zeros: Random = { bytes: (count) => new Uint8Array(count), uuid: () => "" };

function read(text: string): ApiKey {
  const key = readApiKey(text);
  if (typeof key === "string") throw new Error(`The key is ${key}`);
  return key;
}

describe("a new API key", () => {
  it("shows its mode, and is 32 random characters and a checksum of 7", () => {
    for (const mode of ["test", "live"] as const) {
      const key = newApiKey(mode, realEffects.random);
      expect(key.text.reveal()).toMatch(new RegExp(`^mdl_${mode}_[0-9a-z]{39}$`));
      expect(key.mode).toBe(mode);
    }
  });

  it("is stored as the SHA-256 of its text, and told apart by its last characters", () => {
    const key = newApiKey("test", zeros);
    const text = key.text.reveal();
    const hash = new Uint8Array(createHash("sha256").update(text).digest());
    expect({ ...key, text }).toEqual({
      mode: "test",
      text,
      hash,
      hint: `mdl_test_…${text.slice(-4)}`,
    });
    expect(text.startsWith(`mdl_test_${"0".repeat(32)}`)).toBe(true);
  });

  it("is never the same twice", () => {
    const texts = Array.from({ length: 100 }, () =>
      newApiKey("live", realEffects.random).text.reveal(),
    );
    expect(new Set(texts).size).toBe(100);
  });
});

describe("an API key that was sent", () => {
  it("is read back with the hash that was stored", () => {
    const key = newApiKey("live", realEffects.random);
    const sent = read(key.text.reveal());
    expect(isSameHash(sent.hash, key.hash)).toBe(true);
    expect({ mode: sent.mode, hint: sent.hint }).toEqual({ mode: key.mode, hint: key.hint });
  });

  it("is called mistyped when any one character is another, or two neighbours were swapped", () => {
    const text = newApiKey("test", realEffects.random).text.reveal();
    for (let at = "mdl_test_".length; at < text.length; at += 1) {
      const [before, here, after] = [text.slice(0, at), text.charAt(at), text.slice(at + 1)];
      for (const other of "0123456789abcdefghjkmnpqrstvwxyz") {
        if (other !== here) expect(readApiKey(before + other + after)).toBe("mistyped");
      }
      const swapped = before + after.charAt(0) + here + after.slice(1);
      if (swapped !== text) expect(readApiKey(swapped)).toBe("mistyped");
    }
  });

  it("is called mistyped when its mode was changed by hand", () => {
    const text = newApiKey("test", realEffects.random).text.reveal();
    expect(readApiKey(text.replace("test", "live"))).toBe("mistyped");
  });

  it("is called malformed when it is something else", () => {
    const text = newApiKey("test", realEffects.random).text.reveal();
    const others = ["", "test_sk_abcdef", text.slice(0, -1), `${text} `, text.toUpperCase()];
    expect(others.map((other) => readApiKey(other))).toEqual(others.map(() => "malformed"));
  });
});

describe("two hashes", () => {
  it("are the same only when every byte is, and lengths may differ", () => {
    expect(isSameHash(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(isSameHash(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(isSameHash(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });
});
