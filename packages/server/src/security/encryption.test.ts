import { inspect } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { realEffects } from "../effects.ts";
import {
  createDataKey,
  decryptField,
  encryptField,
  EncryptionError,
  type EncryptionErrorCode,
  type FieldContext,
  keyIdOf,
  readMasterKey,
  unwrapDataKey,
  wrapDataKey,
} from "./encryption.ts";
import { Secret } from "./secret.ts";

const { random } = realEffects;
const hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const masterKey = readMasterKey(new Secret(hex));
const dataKey = createDataKey(random);

const context: FieldContext = {
  table: "billing_keys",
  column: "billing_key",
  rowId: "bk_1",
  accountId: "acct_1",
  customerId: "cus_1",
};

const anyText = fc.string({ unit: "grapheme", maxLength: 200 });

function failure(act: () => unknown): EncryptionErrorCode | "no failure" {
  try {
    act();
    return "no failure";
  } catch (error) {
    if (error instanceof EncryptionError) return error.code;
    throw error;
  }
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((byte, at) => (at === Math.floor(bit / 8) ? byte ^ (1 << (bit % 8)) : byte));
}

describe("a master key", () => {
  it("is the same from hex and from either base64, with or without padding and a newline", () => {
    const bytes = Buffer.from(hex, "hex");
    const texts = [hex.toUpperCase(), `${bytes.toString("base64")}\n`, bytes.toString("base64url")];
    for (const text of texts) expect(readMasterKey(new Secret(text)).id).toBe(masterKey.id);
  });

  it("is refused in any other form, with the command that makes one and without the text", () => {
    for (const text of ["", "changeme", hex.slice(2), `${hex}00`, `${hex.slice(1)}g`]) {
      expect(failure(() => readMasterKey(new Secret(text)))).toBe("malformed_key");
    }
    expect(() => readMasterKey(new Secret("changeme"))).toThrow(
      "The master key is not 32 bytes in base64 or hex. Make one with: openssl rand -base64 32",
    );
  });
});

describe("a data key", () => {
  it("comes back when it is unwrapped for its account", () => {
    const wrapped = wrapDataKey(masterKey, dataKey, "acct_1", random);
    const unwrapped = unwrapDataKey(masterKey, wrapped, "acct_1");
    expect(unwrapped.id).toBe(dataKey.id);
    expect(unwrapped.key.reveal()).toEqual(dataKey.key.reveal());
  });

  it("does not come back for another account", () => {
    const wrapped = wrapDataKey(masterKey, dataKey, "acct_1", random);
    expect(failure(() => unwrapDataKey(masterKey, wrapped, "acct_2"))).toBe("not_authentic");
  });

  it("does not open under another master key, and the error names both", () => {
    const other = readMasterKey(new Secret(hex.replaceAll("0", "f")));
    const wrapped = wrapDataKey(masterKey, dataKey, "acct_1", random);
    expect(keyIdOf(wrapped)).toBe(masterKey.id);
    expect(() => unwrapDataKey(other, wrapped, "acct_1")).toThrow(
      `Encrypted with key ${masterKey.id}, but key ${other.id} was offered: provide that key too`,
    );
  });

  it("is not taken from an encrypted field, even one encrypted with the master key's bytes", () => {
    const disguised = { ...masterKey, kind: "data" } as const;
    const field = encryptField(disguised, new Secret("x".repeat(32)), context, random);
    expect(failure(() => unwrapDataKey(masterKey, field, "acct_1"))).toBe("not_authentic");
  });

  it("is not printed", () => {
    const shown = `${inspect(dataKey)} ${JSON.stringify(dataKey)} ${inspect(masterKey)}`;
    expect(shown).not.toContain(hex);
    expect(shown.match(/\[secret\]/g)).toHaveLength(3);
  });
});

describe("an encrypted field", () => {
  it("comes back exactly as it was", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const envelope = encryptField(dataKey, new Secret(text), context, random);
        expect(decryptField(dataKey, envelope, context).reveal()).toBe(text);
      }),
    );
  });

  it("keeps a byte order mark at its start", () => {
    const envelope = encryptField(dataKey, new Secret("\uFEFFkey"), context, random);
    expect(decryptField(dataKey, envelope, context).reveal()).toBe("\uFEFFkey");
  });

  it("looks different each time, and is 33 bytes longer than the text", () => {
    const [a, b] = [1, 2].map(() => encryptField(dataKey, new Secret("same"), context, random));
    expect(a).not.toEqual(b);
    expect([a?.length, b?.length]).toEqual([37, 37]);
  });

  it("does not open after any bit of it was flipped", () => {
    const envelope = encryptField(dataKey, new Secret("billing-key"), context, random);
    const bits = Array.from({ length: envelope.length * 8 }, (_, bit) => bit);
    const opened = bits.filter(
      (bit) =>
        failure(() => decryptField(dataKey, flipBit(envelope, bit), context)) === "no failure",
    );
    expect(opened).toEqual([]);
  });

  it("does not open when it was cut or grown", () => {
    const envelope = encryptField(dataKey, new Secret("billing-key"), context, random);
    for (let length = 0; length < envelope.length; length += 1) {
      const cut = envelope.subarray(0, length);
      expect(failure(() => decryptField(dataKey, cut, context))).not.toBe("no failure");
    }
    const grown = Uint8Array.of(...envelope, 0);
    expect(failure(() => decryptField(dataKey, grown, context))).toBe("not_authentic");
  });

  it("does not open in another table, column, row, account or customer", () => {
    const envelope = encryptField(dataKey, new Secret("billing-key"), context, random);
    const { customerId: _, ...noCustomer } = context;
    const elsewhere: FieldContext[] = [
      { ...context, table: "registrations" },
      { ...context, column: "customer_key" },
      { ...context, rowId: "bk_2" },
      { ...context, accountId: "acct_2" },
      { ...context, customerId: "cus_2" },
      noCustomer,
    ];
    expect(elsewhere.map((place) => failure(() => decryptField(dataKey, envelope, place)))).toEqual(
      elsewhere.map(() => "not_authentic"),
    );
  });

  it("opens in exactly one place, whatever the names contain", () => {
    const anyContext = fc.record(
      { table: anyText, column: anyText, rowId: anyText, accountId: anyText, customerId: anyText },
      { requiredKeys: ["table", "column", "rowId", "accountId"] },
    );
    fc.assert(
      fc.property(anyContext, anyContext, (here, there) => {
        const envelope = encryptField(dataKey, new Secret("key"), here, random);
        expect(decryptField(dataKey, envelope, here).reveal()).toBe("key");
        const isSamePlace = JSON.stringify(here) === JSON.stringify(there);
        fc.pre(!isSamePlace);
        expect(failure(() => decryptField(dataKey, envelope, there))).toBe("not_authentic");
      }),
    );
  });

  it("does not run names together: the end of one is not the start of the next", () => {
    const envelope = encryptField(
      dataKey,
      new Secret("key"),
      { ...context, table: "ab", column: "c" },
      random,
    );
    const shifted = { ...context, table: "a", column: "bc" };
    expect(failure(() => decryptField(dataKey, envelope, shifted))).toBe("not_authentic");
  });

  it("says which data key it needs", () => {
    const envelope = encryptField(dataKey, new Secret("key"), context, random);
    expect(keyIdOf(envelope)).toBe(dataKey.id);
    expect(failure(() => decryptField(createDataKey(random), envelope, context))).toBe("other_key");
  });

  it("is refused when a later version wrote it", () => {
    const envelope = encryptField(dataKey, new Secret("key"), context, random);
    const later = Uint8Array.of(2, ...envelope.subarray(1));
    expect(failure(() => decryptField(dataKey, later, context))).toBe("malformed_envelope");
  });
});
