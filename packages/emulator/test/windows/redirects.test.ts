import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureRedirect, successRedirect } from "../../src/toss/windows/redirects.ts";

const approval = { customerKey: "cus_1", authKey: "k=+/" };

describe("the way back to successUrl", () => {
  it("carries customerKey and authKey, encoded", () => {
    expect(successRedirect("https://shop.example/done", approval)).toBe(
      "https://shop.example/done?customerKey=cus_1&authKey=k%3D%2B%2F",
    );
  });

  it("keeps the query and the fragment the merchant put there", () => {
    expect(successRedirect("https://shop.example/done?plan=gold#top", approval)).toBe(
      "https://shop.example/done?plan=gold&customerKey=cus_1&authKey=k%3D%2B%2F#top",
    );
  });

  it("takes a query that ends in & as it is, as the official sample writes it", () => {
    expect(successRedirect("https://shop.example/done?plan=gold&", approval)).toBe(
      "https://shop.example/done?plan=gold&customerKey=cus_1&authKey=k%3D%2B%2F",
    );
  });
});

describe("the way back to failUrl", () => {
  it("gives back any code and message, whatever the merchant's own query", () => {
    const query = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.string({ unit: "binary" })));
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(query, text, text, (own, code, message) => {
        const address = new URL("https://shop.example/fail#part");
        for (const [name, value] of own) address.searchParams.append(name, value);
        const url = new URL(failureRedirect(address.href, { code, message }));
        expect([...url.searchParams]).toEqual([
          ...address.searchParams,
          ["code", code],
          ["message", message],
        ]);
        expect(url.hash).toBe("#part");
      }),
    );
  });
});
