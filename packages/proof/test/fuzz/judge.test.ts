import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../../server/test/support/test-database.ts";
import { apiDocument, createSchemaCheck } from "../../src/fuzz/answer-schemas.ts";
import { createJudge } from "../../src/fuzz/judge.ts";
import type { Scene } from "../../src/fuzz/stage.ts";

const baseUrl = "http://127.0.0.1";
const document = apiDocument.parse({
  paths: {
    "/v1/things/{id}": {
      get: {
        responses: {
          "200": {
            content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } },
          },
          default: {
            content: { "application/problem+json": { schema: { type: "object" } } },
          },
        },
      },
    },
  },
  components: {
    schemas: {
      Thing: { type: "object", properties: { id: { type: "string" } }, required: ["id"] },
    },
  },
});

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ template: "empty" });
  await db.database.execute("create table things (id integer)");
});
afterAll(() => db.drop());

/** What the judge says of an app that answers like this. */
async function judged(answer: () => Promise<Response> | Response): Promise<readonly string[]> {
  const scene = {
    engine: { database: db.database },
    shop: { secrets: ["planted-secret"] },
    takeErrors: () => [],
    fetch: async () => await answer(),
  } as unknown as Scene;
  const judge = await createJudge(scene, baseUrl, createSchemaCheck(document));
  const template = "/v1/things/{id}";
  const attempt = { method: "GET", path: "/v1/things/1", headers: [], body: undefined, template };
  return (await judge.judge(attempt)).violations;
}

function problem(status: number, code: string): Response {
  const headers = { "content-type": "application/problem+json" };
  return new Response(JSON.stringify({ code }), { status, headers });
}

describe("an answer that keeps what is promised", () => {
  it("is found in order", async () => {
    expect(await judged(() => Response.json({ id: "1" }))).toEqual([]);
    expect(await judged(() => problem(404, "not_found"))).toEqual([]);
  });

  it("may be the failure of somebody else, as documented", async () => {
    expect(await judged(() => problem(502, "gateway_failed"))).toEqual([]);
  });
});

describe("an answer that does not", () => {
  it("is told for its status", async () => {
    expect(await judged(() => problem(500, "internal_error"))).toEqual(["answers 500: "]);
  });

  it("is told for what is missing in it", async () => {
    const [violation] = await judged(() => Response.json({ name: "1" }));
    expect(violation).toMatch(/^answers 200 with what is not in its schema: id /);
  });

  it("is told for a secret", async () => {
    const answer = () => Response.json({ id: "1", note: "planted-secret" });
    expect(await judged(answer)).toEqual(["answers 200 with the secret planted-secr…"]);
  });

  it("is told for what a refusal changed", async () => {
    const answer = async () => {
      await db.database.execute("insert into things values (1)");
      return problem(409, "conflict");
    };
    expect(await judged(answer)).toEqual(["answers 409 and changed things"]);
  });
});
