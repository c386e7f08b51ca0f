import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { realEffects } from "../effects.ts";
import { blindIndex } from "./blind-index.ts";
import { createDataKey } from "./encryption.ts";
import { Secret } from "./secret.ts";

const dataKey = createDataKey(realEffects.random);
const index = (value: string) => Buffer.from(blindIndex(dataKey, "billing_key", new Secret(value)));

describe("a blind index", () => {
  it("is 32 bytes, the same each time for the same value", () => {
    expect(index("billing-key")).toEqual(index("billing-key"));
    expect(index("billing-key")).toHaveLength(32);
  });

  it("differs for another value, were it only in case", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(index(a).equals(index(b))).toBe(a === b);
      }),
    );
    expect(index("Key")).not.toEqual(index("key"));
  });

  it("differs for another purpose and another account's data key", () => {
    const value = new Secret("billing-key");
    expect(blindIndex(dataKey, "customer_key", value)).not.toEqual(
      blindIndex(dataKey, "billing_key", value),
    );
    expect(blindIndex(createDataKey(realEffects.random), "billing_key", value)).not.toEqual(
      blindIndex(dataKey, "billing_key", value),
    );
  });
});
