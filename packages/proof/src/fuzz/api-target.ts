/**
 * The HTTP API, from its own OpenAPI document: valid requests, nearly valid ones, confused types,
 * text that is none, bodies too deep or too long, wrong methods and headers, ids of nobody and of
 * another account, cursors, and idempotency keys that are used again.
 */
import type { Chance } from "../chance.ts";
import {
  apiDocument,
  createSchemaCheck,
  type ApiDocument,
  type ApiOperation,
} from "./answer-schemas.ts";
import { hostileDocument, hostileText } from "./hostile-values.ts";
import { createJudge, type Attempt } from "./judge.ts";
import { nearly, valueOf, type ValueSource } from "./json-schema.ts";
import { drawMutations, mutate } from "./mutations.ts";
import { baseUrl } from "./running-app.ts";
import type { Stage } from "./stage.ts";
import type { Shop } from "./shop.ts";
import type { Target } from "./target.ts";

export function apiTarget(stage: Stage): Target {
  return {
    name: "api",
    share: 22,
    casesPerBlock: 250,
    async open(seed) {
      const scene = await stage.open(seed);
      const answer = await scene.fetch(new Request(`${baseUrl}/openapi.json`));
      const document = apiDocument.parse(await answer.json());
      const judge = await createJudge(scene, baseUrl, createSchemaCheck(document));
      const operations = operationsOf(document);
      return {
        run: (chance) => judge.judge(drawAttempt(chance, scene.shop, document, operations)),
        finish: () => Promise.resolve([]),
        close: () => scene.close(),
      };
    },
  };
}

interface Operation {
  readonly template: string;
  readonly method: string;
  readonly described: ApiOperation;
}

function operationsOf({ paths }: ApiDocument): readonly Operation[] {
  return Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      template,
      method: method.toUpperCase(),
      described,
    })),
  );
}

function drawAttempt(
  chance: Chance,
  shop: Shop,
  { components }: ApiDocument,
  operations: readonly Operation[],
): Attempt {
  const { described, method, template } = chance.pick(operations);
  const idOf = (prefix: string) => drawId(chance, shop, prefix);
  const source = { chance, schemas: components.schemas, idOf };
  const path = `${pathOf(template, source)}${queryOf(described, source)}`;
  const schema = described.requestBody?.content["application/json"]?.schema;
  const body = schema === undefined ? undefined : bodyOf(valueOf(schema, source), chance);
  const isSwapped = chance.happens(0.03);
  return {
    method: isSwapped ? chance.pick(["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW"]) : method,
    path,
    headers: headersOf(chance, shop, body !== undefined),
    body: body ?? (chance.happens(0.05) ? hostileDocument(chance) : undefined),
    template,
  };
}

/** Mostly of a thing that there is; sometimes another account's, nobody's, or no id at all. */
function drawId(chance: Chance, shop: Shop, prefix: string): string {
  const mine = shop.ids.get(prefix) ?? [];
  const others = shop.otherIds.get(prefix) ?? [];
  const wrong = [...shop.ids.values()].flat();
  if (chance.happens(0.1) && others.length > 0) return chance.pick(others);
  if (chance.happens(0.05)) return chance.pick(wrong);
  if (chance.happens(0.05)) return `${prefix}_${"0".repeat(26)}`;
  return mine.length === 0 ? `${prefix}_5x4h9k2m7q1r8t3v6w0y5z2a4b` : chance.pick(mine);
}

const prefixOfPath: Readonly<Record<string, string>> = {
  "billing-keys": "bk",
  charges: "chg",
  customers: "cus",
  "gateway-connections": "gwy",
  invoices: "inv",
  plans: "plan",
  refunds: "rfd",
  registrations: "reg",
  reviews: "chg",
  subscriptions: "sub",
  "sweep-findings": "swf",
  sweeps: "swp",
  "test-clocks": "clk",
};

function pathOf(template: string, { chance, idOf }: ValueSource): string {
  const resource = template.split("/")[2] ?? "";
  return template.replaceAll(/\{\w+\}/g, () => {
    if (chance.happens(0.06)) return encodeURIComponent(hostileText(chance).toWellFormed());
    if (chance.happens(0.02))
      return hostileText(chance)
        .toWellFormed()
        .replaceAll(/[#?\\/]/g, "");
    return idOf(prefixOfPath[resource] ?? "cus");
  });
}

function queryOf({ parameters = [] }: ApiOperation, source: ValueSource): string {
  const { chance } = source;
  const pairs = parameters
    .filter((parameter) => parameter.in === "query" && chance.happens(0.4))
    .map(({ name, schema = {} }): [string, string] => {
      if (name === "cursor") return [name, drawCursor(chance, source)];
      const value = chance.happens(0.25) ? hostileText(chance) : valueOf(schema, source);
      return [name, String(value)];
    });
  if (chance.happens(0.05)) pairs.push([hostileText(chance), hostileText(chance)]);
  if (chance.happens(0.05)) pairs.push(...pairs);
  const query = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  return query === "" ? "" : `?${query}`;
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Cursors are opaque, and all the same somebody will make one. */
function drawCursor(chance: Chance, { idOf }: ValueSource): string {
  const instant = chance.pick([
    "2026-11-22T00:00:00Z",
    "-271821-04-20T00:00:00Z",
    "+275760-09-13T00:00:00Z",
    "0001-01-01T00:00:00.000000001Z",
    "2026-11-22",
  ]);
  const text = `${instant} ${idOf(chance.pick(["cus", "chg", "sub"]))}`;
  const cursor = Buffer.from(text, "utf8").toString("base64url");
  return chance.happens(0.5) ? cursor : mutate(cursor, drawMutations(chance, 2));
}

function bodyOf(value: unknown, chance: Chance): string {
  const kind = chance.below(100);
  if (kind < 45) return JSON.stringify(value);
  if (kind < 80) return JSON.stringify(nearly(value, chance));
  if (kind < 92) return mutate(JSON.stringify(value), drawMutations(chance, 3));
  return hostileDocument(chance);
}

function headersOf(
  chance: Chance,
  { apiKey, otherApiKey }: Shop,
  hasBody: boolean,
): readonly (readonly [string, string])[] {
  const headers: [string, string][] = [];
  const key = chance.happens(0.05) ? otherApiKey : apiKey;
  if (chance.happens(0.03)) headers.push(["authorization", drawCredentials(chance, key)]);
  else if (!chance.happens(0.01)) headers.push(["authorization", `Bearer ${key}`]);
  if (hasBody) {
    const types = ["text/plain", "application/x-www-form-urlencoded", "application/json;charset=x"];
    const type = chance.happens(0.04) ? chance.pick(types) : "application/json";
    headers.push(["content-type", type]);
  }
  if (chance.happens(0.3)) {
    const isHostile = chance.happens(0.1);
    const name = isHostile ? hostileText(chance) : `key-${chance.below(40)}`;
    headers.push(["idempotency-key", name]);
  }
  if (chance.happens(0.05)) {
    headers.push([
      chance.pick(["accept", "range", "if-match", "x-request-id"]),
      hostileText(chance),
    ]);
  }
  return headers;
}

function drawCredentials(chance: Chance, apiKey: string): string {
  const cut = chance.below(apiKey.length);
  return chance.pick([
    "Bearer",
    `Basic ${Buffer.from(apiKey).toString("base64")}`,
    `Bearer ${apiKey.slice(0, cut)}`,
    `Bearer ${apiKey.slice(0, cut)}x${apiKey.slice(cut + 1)}`,
    `Bearer ${apiKey.replace("test", "live")}`,
    `bearer  ${apiKey}`,
    `Bearer ${apiKey} ${apiKey}`,
  ]);
}
