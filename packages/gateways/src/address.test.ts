import { describe, expect, it } from "vitest";
import { isPathSegment } from "./address.ts";

describe("a segment of a path", () => {
  it.each(["pay_1", "a/b", "a.b", "...", "토스", "𠮷"])("can be %j", (text) => {
    expect(isPathSegment(text)).toBe(true);
  });

  it.each(["", ".", "..", "\ud800", "a\udc00b"])("cannot be %j", (text) => {
    expect(isPathSegment(text)).toBe(false);
  });
});
