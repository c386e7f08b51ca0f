import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidJsonError, parseLosslessJson } from "./lossless-json.ts";

describe("a number that a double carries exactly", () => {
  it("stays a number", () => {
    expect(parseLosslessJson('{"amount":9900,"rate":0.1,"below":-5,"none":null}')).toEqual({
      amount: 9900,
      rate: 0.1,
      below: -5,
      none: null,
    });
  });

  it("stays a number for every integer of up to 15 digits", () => {
    const integers = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });
    fc.assert(
      fc.property(integers, (integer) => {
        expect(parseLosslessJson(`[${integer}]`)).toEqual([integer === 0 ? 0 : integer]);
      }),
    );
  });
});

describe("a number that a double would round", () => {
  it("becomes the text that was sent, digit for digit", () => {
    const digits = fc.stringMatching(/^-?[1-9][0-9]{15,40}$/);
    fc.assert(
      fc.property(digits, (number) => {
        expect(parseLosslessJson(`{"id":${number}}`)).toEqual({ id: number });
      }),
    );
  });

  it("becomes text when it is too large, or has more decimals than a double", () => {
    const json = "[1e400, 1e21, 0.12345678901234567890]";
    expect(parseLosslessJson(json)).toEqual(["1e400", "1e21", "0.12345678901234567890"]);
  });
});

describe("digits inside a string", () => {
  it("are left alone, whatever surrounds them", () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[0-9]{16,30}$/), (text, digits) => {
        const value = { [text]: `${text}:${digits},"${text}` };
        expect(parseLosslessJson(JSON.stringify(value))).toEqual(value);
      }),
    );
  });
});

describe("any other JSON", () => {
  it("reads as JSON.parse does", () => {
    const leaf = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.integer());
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("value")),
        fc.dictionary(fc.string(), tie("value")),
      ),
    }));
    fc.assert(
      fc.property(value, (any) => {
        const json = JSON.stringify(any);
        expect(parseLosslessJson(json)).toEqual(JSON.parse(json));
      }),
    );
  });
});

describe("a text that is not JSON", () => {
  it("is refused without being quoted", () => {
    const refused = () => parseLosslessJson('{"billingKey":"top-secret"');
    expect(refused).toThrow(InvalidJsonError);
    expect(refused).toThrow(/^Not JSON: a text of 26 characters$/);
  });

  it("is refused when it is empty or nested too deeply", () => {
    expect(() => parseLosslessJson("")).toThrow(InvalidJsonError);
    for (const depth of [200, 500_000]) {
      const nested = "[".repeat(depth) + "]".repeat(depth);
      expect(() => parseLosslessJson(nested)).toThrow(InvalidJsonError);
    }
  });
});
