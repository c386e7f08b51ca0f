/** The part of JSON Schema that the API's document uses, and its values: valid ones, and nearly. */
import { z } from "zod";
import type { Chance } from "../chance.ts";
import { hostileText, hostileValue } from "./hostile-values.ts";

export const jsonSchema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  example: z.unknown().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), jsonSchema).optional();
  },
  get items() {
    return jsonSchema.optional();
  },
  get anyOf() {
    return z.array(jsonSchema).optional();
  },
  get oneOf() {
    return z.array(jsonSchema).optional();
  },
  get allOf() {
    return z.array(jsonSchema).optional();
  },
});

export type JsonSchema = z.infer<typeof jsonSchema>;

export interface ValueSource {
  readonly chance: Chance;
  /** Schemas by name, for references. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** An id with this prefix: usually one that there is. */
  readonly idOf: (prefix: string) => string;
}

/** A value that the schema most likely allows. */
export function valueOf(schema: JsonSchema, source: ValueSource): unknown {
  const { chance } = source;
  const known = resolved(schema, source);
  const choices = known.oneOf ?? known.anyOf;
  if (choices !== undefined) return valueOf(chance.pick(choices), source);
  if (known.const !== undefined) return known.const;
  if (known.enum !== undefined) return chance.pick(known.enum);
  const types = typeof known.type === "string" ? [known.type] : (known.type ?? ["object"]);
  switch (chance.pick(types)) {
    case "null":
      return null;
    case "boolean":
      return chance.happens(0.5);
    case "integer":
    case "number":
      return numberOf(known, chance);
    case "string":
      return textOf(known, source);
    case "array":
      return Array.from({ length: chance.below(3) }, () => valueOf(known.items ?? {}, source));
    default:
      return objectOf(known, source);
  }
}

function resolved(schema: JsonSchema, { schemas }: ValueSource): JsonSchema {
  const name = schema.$ref?.replace("#/components/schemas/", "");
  return name === undefined ? schema : (schemas[name] ?? {});
}

function numberOf({ example, maximum, minimum = 0 }: JsonSchema, chance: Chance): number {
  if (typeof example === "number" && chance.happens(0.4)) return example;
  const highest = Math.min(maximum ?? minimum + 100_000, Number.MAX_SAFE_INTEGER);
  return chance.pick([minimum, highest, chance.between(minimum, Math.min(highest, minimum + 200))]);
}

function textOf(schema: JsonSchema, { chance, idOf }: ValueSource): string {
  const { example, format, maxLength, minLength = 0, pattern } = schema;
  const prefix = /^\^([a-z]+)_\[0-7\]/.exec(pattern ?? "")?.[1];
  if (prefix !== undefined) return idOf(prefix);
  if (format === "date-time") {
    return chance.pick([
      "2026-11-22T00:00:00Z",
      "2026-02-01T09:30:00+09:00",
      "2030-01-01T00:00:00Z",
    ]);
  }
  if (format === "date") return chance.pick(["2026-11-22", "2026-02-28", "2027-01-31"]);
  if (format === "email") return `a${chance.below(1_000)}@example.com`;
  if (format === "uri") return "https://shop.example/back";
  if (typeof example === "string" && chance.happens(0.5)) return example;
  const text = `가a${chance.below(1_000)}`;
  return text.padEnd(minLength, "b").slice(0, maxLength ?? 300);
}

function objectOf(schema: JsonSchema, source: ValueSource): unknown {
  const { chance } = source;
  const { example, properties = {}, required = [] } = schema;
  const isExample = example !== undefined && chance.happens(0.2);
  const value: Record<string, unknown> = isExample ? { ...(example as object) } : {};
  for (const [name, member] of Object.entries(properties)) {
    const isId = /_\[0-7\]/.test(resolved(member, source).pattern ?? "");
    const isNeeded = required.includes(name) ? !(name in value) || isId : chance.happens(0.3);
    if (isNeeded) value[name] = valueOf(member, source);
  }
  return value;
}

/** The value with one thing changed: of another type, hostile, too many or missing. */
export function nearly(value: unknown, chance: Chance): unknown {
  if (typeof value !== "object" || value === null) return hostileValue(chance);
  const members = Object.entries(value);
  const copy: Record<string, unknown> = { ...value };
  const [name] = members.length === 0 ? ["name"] : chance.pick(members);
  switch (chance.below(6)) {
    case 0:
      delete copy[name];
      return copy;
    case 1:
      copy[hostileText(chance)] = hostileValue(chance);
      return copy;
    case 2:
      copy[name] = hostileText(chance);
      return copy;
    case 3:
      copy[name] = [copy[name]];
      return copy;
    case 4:
      copy[name] = typeof copy[name] === "string" ? Number(copy[name]) : String(copy[name]);
      return copy;
    default:
      copy[name] = hostileValue(chance);
      return copy;
  }
}
