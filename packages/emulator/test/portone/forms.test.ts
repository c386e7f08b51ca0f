/** Forms and queries as PHP reads them. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readForm } from "../../src/portone/request.ts";

describe("a form", () => {
  it.each([
    ["a=1&b=x%20y", { a: "1", b: "x y" }],
    ["id[]=a&id[]=b", { id: ["a", "b"] }],
    ["id%5B%5D=a", { id: "a" }],
    ["id=a&id=b", { id: ["a", "b"] }],
    ["extra[naverUseCfm]=20261122", { extra: { naverUseCfm: "20261122" } }],
    [
      "schedules[0][merchant_uid]=a&schedules[0][amount]=1&schedules[1][merchant_uid]=b",
      { schedules: [{ merchant_uid: "a", amount: "1" }, { merchant_uid: "b" }] },
    ],
    ["id[0]=a&id[1]=b", { id: ["a", "b"] }],
    ["broken[=1&]=2", { "broken[": "1", "]": "2" }],
    ["", {}],
  ])("%s", (text, members) => {
    expect(readForm(text)).toEqual(members);
  });

  it("never lends its names to objects, whatever they are", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
        const sent = [...pairs, ["__proto__[polluted]", "yes"] as [string, string]];
        readForm(new URLSearchParams(sent).toString());
        expect(Reflect.get({}, "polluted")).toBeUndefined();
      }),
    );
  });
});
