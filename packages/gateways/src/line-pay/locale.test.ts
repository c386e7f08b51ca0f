import { describe, expect, it } from "vitest";
import { linePayLocale } from "./locale.ts";

function mapped(apiVersion: "v3" | "v4", tags: string) {
  return tags.split(" ").map((tag) => linePayLocale(tag, apiVersion));
}

describe("the language of the window", () => {
  it("is the customer's where LINE Pay has it", () => {
    expect(mapped("v3", "ko ko-KR th-TH en-GB")).toEqual(["ko", "ko", "th", "en"]);
  });

  it("tells the two Chinese scripts apart, by region where none is named", () => {
    expect(mapped("v3", "zh-TW zh-HK zh-Hant zh-Hant-US")).toEqual(Array(4).fill("zh_TW"));
    expect(mapped("v3", "zh zh-CN zh-SG zh-Hans-TW")).toEqual(Array(4).fill("zh_CN"));
  });

  it("is Japanese in v4 only, and English for everything else", () => {
    expect(mapped("v4", "ja-JP fr-FR")).toEqual(["ja", "en"]);
    expect(mapped("v3", "ja-JP de zh_TW x 123")).toEqual(Array(5).fill("en"));
    expect(linePayLocale("", "v3")).toBe("en");
  });
});
