import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { AppError } from "../app-error.ts";
import { readPageRequest, writeCursor } from "./cursor.ts";

const id = "cus_5x4h9k2m7q1r8t3v6w0y5z2a4b";

function cursorAt(instant: string): string {
  return Buffer.from(`${instant} ${id}`, "utf8").toString("base64url");
}

describe("a cursor", () => {
  it("leads to where the page before ended", () => {
    const end = { createdAt: Temporal.Instant.from("2026-03-01T01:00:00.123456Z"), id };
    const cursor = writeCursor(end) ?? "";
    expect(readPageRequest({ limit: 20, cursor })).toEqual({ limit: 20, after: end });
  });

  it.each([
    ["a year that no database holds", cursorAt("+275760-09-13T00:00:00Z")],
    ["a year before all of them", cursorAt("-271821-04-20T00:00:00Z")],
    ["a date without a time", cursorAt("2026-11-22")],
    ["a day that there is not", cursorAt("2026-02-30T00:00:00Z")],
    ["no cursor of ours", "page-2"],
    ["nothing", ""],
  ])("is refused with %s", (_name, cursor) => {
    const refusal = expect.objectContaining({ name: "AppError", code: "invalid_request" });
    expect(() => readPageRequest({ limit: 20, cursor })).toThrow(AppError);
    expect(() => readPageRequest({ limit: 20, cursor })).toThrow(refusal);
  });
});
