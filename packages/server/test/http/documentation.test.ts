import { readFile } from "node:fs/promises";
import { currencies } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { errorCodes } from "../../src/app-error.ts";
import { maximumCounts } from "../../src/calendar/billing-period.ts";
import { currencyCodes, longestIntervals } from "../../src/contract.ts";
import { createApiWorld, type ApiWorld } from "./api-world.ts";

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { summary?: string; security?: unknown }>>;
  components: { schemas: Record<string, { example?: unknown }> };
}

let world: ApiWorld;
let document: Document;
beforeAll(async () => {
  world = await createApiWorld();
  document = (await (await world.app.request("/openapi.json")).json()) as Document;
});
afterAll(async () => {
  await world.stop();
});

/** A schema of the document by itself, its references pointing inside. */
function schemaOf(name: string): z.ZodType {
  const { schemas } = document.components;
  const text = JSON.stringify({ $ref: `#/$defs/${name}`, $defs: schemas });
  const inside = text.replaceAll("#/components/schemas/", "#/$defs/");
  return z.fromJSONSchema(JSON.parse(inside) as Parameters<typeof z.fromJSONSchema>[0]);
}

describe("the OpenAPI document", () => {
  it("is of version 3.1 and says of every operation what it does and who may", () => {
    expect(document.openapi).toBe("3.1.0");
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
    );
    const silent = operations.filter(({ security, summary }) => !summary || !security);
    expect(silent).toEqual([]);
    expect(operations.length).toBeGreaterThan(30);
  });

  it("has examples that its own schemas accept", () => {
    const examples = Object.entries(document.components.schemas).filter(
      ([, { example }]) => example !== undefined,
    );
    expect(examples.length).toBeGreaterThan(20);
    const wrong = examples.flatMap(([name, { example }]) => {
      const read = schemaOf(name).safeParse(example);
      return read.success ? [] : [{ name, issues: read.error.issues }];
    });
    expect(wrong).toEqual([]);
  });

  it("refuses what the server refuses", () => {
    const plan = { name: "Milk", amount: 9900, currency: "KRW", interval: "month" };
    expect(schemaOf("NewPlan").safeParse(plan).success).toBe(true);
    expect(schemaOf("NewPlan").safeParse({ ...plan, amount: 0 }).success).toBe(false);
    expect(schemaOf("NewPlan").safeParse({ ...plan, currency: "EUR" }).success).toBe(false);
    expect(schemaOf("NewPlan").safeParse({ ...plan, unknown: 1 }).success).toBe(false);
  });
});

describe("the documentation page", () => {
  it("shows every address, and loads nothing from anywhere", async () => {
    const response = await world.app.request("/docs");
    const page = await response.text();
    for (const path of Object.keys(document.paths)) expect(page).toContain(path);
    expect(page).not.toMatch(/<script|<link|src=|@import|url\(/);
  });
});

describe("docs/errors.md", () => {
  it("lists every code with its status, and no other", async () => {
    const text = await readFile(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
    const rows = [...text.matchAll(/^\| `(\w+)` +\| (\d{3}) +\|/gm)];
    const listed = Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]));
    expect(listed).toEqual(errorCodes);
  });
});

describe("what the contract repeats because it may import nothing", () => {
  it("is the same where it comes from", () => {
    expect([...currencyCodes]).toEqual(Object.keys(currencies));
    expect(longestIntervals).toEqual(maximumCounts);
  });
});
