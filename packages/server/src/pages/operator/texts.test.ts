import { describe, expect, it } from "vitest";
import { reviewReasons } from "../../charges/charge.ts";
import { eventTypes } from "../../events/event.ts";
import { refundReviewReasons } from "../../refunds/refund.ts";
import { wordIn } from "./texts.ts";

describe("what an operator is told", () => {
  it("is words in both languages for every event and every reason of a review", () => {
    const told = [...eventTypes, ...reviewReasons, ...refundReviewReasons];
    const wordless = told.filter(
      (word) => wordIn("ko", word) === word || wordIn("en", word) === word,
    );
    expect(wordless).toEqual([]);
  });
});
