import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { importColumns } from "../../src/imports/import-row.ts";
import { refusalCodes } from "../../src/imports/refusal.ts";

const page = await readFile(new URL("../../../../docs/import.md", import.meta.url), "utf8");
const sectionOf = (title: string) => page.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
/** What the first column of a section's table names. */
const namedIn = (title: string) =>
  sectionOf(title)
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) =>
      [...(line.split(" | ")[0] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );

describe("docs/import.md", () => {
  it("explains each code of a refusal, and no other", () => {
    expect(namedIn("What is refused")).toEqual([...refusalCodes]);
  });

  it("explains each column, and no other", () => {
    expect(namedIn("The file")).toEqual([...importColumns]);
  });
});
