/** Whether an answer of the API is what the API's own document says. */
import { z } from "zod";
import type { Answer, Attempt } from "./judge.ts";
import { jsonSchema } from "./json-schema.ts";

const media = z.looseObject({ schema: jsonSchema.optional() });
const operation = z.looseObject({
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.string(), schema: jsonSchema.optional() }))
    .optional(),
  requestBody: z.looseObject({ content: z.record(z.string(), media) }).optional(),
  responses: z.record(
    z.string(),
    z.looseObject({ content: z.record(z.string(), media).optional() }),
  ),
});

export const apiDocument = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), jsonSchema) }),
});

export type ApiDocument = z.infer<typeof apiDocument>;
export type ApiOperation = z.infer<typeof operation>;

/** @returns What is wrong, one sentence each. */
export type SchemaCheck = (attempt: Attempt, answer: Answer) => readonly string[];

export function createSchemaCheck(document: ApiDocument): SchemaCheck {
  const schemas = new Map<string, z.ZodType>();
  const schemaOf = (name: string, schema: unknown): z.ZodType => {
    const known = schemas.get(name) ?? z.fromJSONSchema(standalone(schema, document));
    schemas.set(name, known);
    return known;
  };
  return ({ method, template = "" }, { contentType, status, text }) => {
    const { responses = {} } = document.paths[template]?.[method.toLowerCase()] ?? {};
    const described = responses[String(status)] ?? responses["default"];
    if (described === undefined) return []; // A method that the address does not take.
    const type = contentType.split(";")[0] ?? "";
    const schema = described.content?.[type]?.schema;
    if (schema === undefined) return [`answers ${status} with ${type}, which is not documented`];
    if (status >= 400 && responses[String(status)] === undefined && !type.includes("problem")) {
      return [`answers ${status} with ${type}, which is no problem`];
    }
    const read = schemaOf(`${method} ${template} ${status} ${type}`, schema).safeParse(
      parsed(text),
    );
    if (read.success) return [];
    const issues = read.error.issues.map(({ message, path }) => `${path.join(".")} ${message}`);
    return [`answers ${status} with what is not in its schema: ${issues.join("; ").slice(0, 500)}`];
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Schema = Parameters<typeof z.fromJSONSchema>[0];

/** References of the document lead to its components; of a schema alone, to its definitions. */
function standalone(schema: unknown, { components }: ApiDocument): Schema {
  const whole = { ...(schema as object), $defs: components.schemas };
  const text = JSON.stringify(whole).replaceAll("#/components/schemas/", "#/$defs/");
  return JSON.parse(text) as Schema;
}
