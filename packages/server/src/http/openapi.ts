/** The OpenAPI 3.1 document, made from the same schemas that check the requests. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiEnv } from "./api.ts";
import { errorTitles } from "./problem.ts";

export type ApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

const introduction = `Recurring payments on billing keys: subscriptions charged once a period, on time, whatever fails.

Amounts are whole numbers of the currency's smallest unit. Instants are ISO-8601 in UTC; billing dates are calendar dates in the subscription's own time zone.

Send \`Idempotency-Key\` (1 to 255 visible ASCII characters, a new one for each thing you want done) with every POST: sent again, it is not done again, and the first answer is repeated. A request that was refused and changed nothing leaves its key free.

Lists run from the newest to the oldest: hand \`nextCursor\` back as \`cursor\` for the next page.`;

export function describeApi(app: OpenAPIHono<ApiEnv>, baseUrl: string): ApiDocument {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Maedal", version: "1", description: introduction },
    servers: [{ url: baseUrl }],
  });
  const components = document.components ?? {};
  return {
    ...document,
    components: {
      ...components,
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "`mdl_test_…` or `mdl_live_…`" },
      },
    },
    "x-error-codes": errorTitles,
  };
}
