import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Random } from "../effects.ts";
import { realEffects } from "../effects.ts";
import { bytesToNumber, decodeBase32, encodeBase32 } from "./base32.ts";
import { type Id, idPrefixes, isId, newId, parseId } from "./id.ts";

const fixed = (bytes: Uint8Array): Random => ({ bytes: () => bytes, uuid: () => "" });
const anyBytes = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe("a new id", () => {
  it("is its prefix and 128 random bits in 26 characters", () => {
    expect(newId("sub", fixed(new Uint8Array(16)))).toBe("sub_00000000000000000000000000");
    expect(newId("acct", fixed(new Uint8Array(16).fill(255)))).toBe(
      "acct_7zzzzzzzzzzzzzzzzzzzzzzzzz",
    );
  });

  it("is recognised by its own prefix and by no other", () => {
    for (const prefix of idPrefixes) {
      const id = newId(prefix, realEffects.random);
      expect(idPrefixes.filter((other) => isId(other, id))).toEqual([prefix]);
    }
  });

  it("keeps all of its random bits", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const id = newId("chg", fixed(bytes));
        expect(decodeBase32(id.slice("chg_".length))).toBe(bytesToNumber(bytes));
      }),
    );
  });
});

describe("text that claims to be an id", () => {
  const good = "cus_0123456789abcdefghjkmnpqrs";

  it("is taken when it is exactly one", () => {
    expect(parseId("cus", good)).toBe(good);
  });

  it("is refused for another prefix, length, case, letter or type, and for bits that do not exist", () => {
    const wrong = [
      "sub_0123456789abcdefghjkmnpqrs",
      good.slice(0, -1),
      `${good}0`,
      `${good}\n`,
      good.toUpperCase(),
      "cus_0123456789abcdefghijklmnop",
      "cus_8123456789abcdefghjkmnpqrs",
      "cus_",
      "",
      undefined,
      7,
    ];
    expect(wrong.filter((value) => isId("cus", value))).toEqual([]);
  });

  it("is refused with a message that shows the form", () => {
    expect(() => parseId("cus", "cus_1")).toThrow(
      '"cus_1" is not an id of the form cus_ and 26 lower-case characters',
    );
  });

  it("can be checked inside a schema", () => {
    const schema = z.object({ id: z.custom<Id<"cus">>((value) => isId("cus", value)) });
    expect(schema.safeParse({ id: good }).success).toBe(true);
    expect(schema.safeParse({ id: "cus_1" }).success).toBe(false);
  });
});

describe("base32", () => {
  it("reads back every number that fits", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 130n) - 1n }), (value) => {
        expect(decodeBase32(encodeBase32(value, 26))).toBe(value);
      }),
    );
  });

  it("sorts as the numbers do", () => {
    const anyNumber = fc.bigInt({ min: 0n, max: (1n << 25n) - 1n });
    fc.assert(
      fc.property(anyNumber, anyNumber, (a, b) => {
        expect(encodeBase32(a, 5) < encodeBase32(b, 5)).toBe(a < b);
      }),
    );
  });

  it("refuses what does not fit", () => {
    expect(() => encodeBase32(32n, 1)).toThrow(RangeError);
    expect(() => encodeBase32(-1n, 1)).toThrow(RangeError);
  });
});
