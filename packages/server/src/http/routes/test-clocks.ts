/** `/v1/test-clocks`: in test accounts, some customers live on a clock that is advanced by hand. */
import { createRoute, z } from "@hono/zod-openapi";
import { Temporal } from "temporal-polyfill";
import type { Account } from "../../accounts/account.ts";
import { AppError } from "../../app-error.ts";
import {
  advanceSchema,
  newTestClockSchema,
  testClockListSchema,
  testClockSchema,
  type TestClockJson,
} from "../../contract/test-clocks.ts";
import { advanceTestClock, createTestClock } from "../../test-clocks/advance-test-clock.ts";
import {
  findTestClock,
  listTestClocks,
  type TestClock,
} from "../../test-clocks/test-clock-store.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { found } from "../found.ts";

const shared = { tags: ["Test clocks"], security: bearerAuth };
const params = z.object({ id: z.string() });
const answer = jsonAnswer(testClockSchema, "The test clock");

const create = createRoute({
  ...shared,
  method: "post",
  path: "/test-clocks",
  summary: "Create a test clock",
  request: { body: jsonBody(newTestClockSchema) },
  responses: { 201: answer, ...problems },
});

const list = createRoute({
  ...shared,
  method: "get",
  path: "/test-clocks",
  summary: "List test clocks, newest first",
  responses: { 200: jsonAnswer(testClockListSchema, "All test clocks"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/test-clocks/{id}",
  summary: "One test clock",
  request: { params },
  responses: { 200: answer, ...problems },
});

const advance = createRoute({
  ...shared,
  method: "post",
  path: "/test-clocks/{id}/advance",
  summary: "Send a test clock forward",
  description:
    "Answers at once with `advancing`; read it until it is `ready`: then everything that fell due on the way is done.",
  request: { params, body: jsonBody(advanceSchema) },
  responses: { 202: answer, ...problems },
});

export function testClockRoutes(): Api {
  const api = createApi();
  api.openapi(create, async (c) => {
    const { name, now } = c.req.valid("json");
    const accountId = testAccountId(c.var.account);
    const clock = { accountId, name, now: Temporal.Instant.from(now) };
    return c.json(toJson(await createTestClock(c.var.engine, clock)), 201);
  });
  api.openapi(list, async (c) => {
    const clocks = await listTestClocks(c.var.engine.database, c.var.account.id);
    return c.json({ items: clocks.map(toJson) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const clock = await findTestClock(c.var.engine.database, c.var.account.id, id);
    return c.json(toJson(found(clock, "test clock", id)), 200);
  });
  api.openapi(advance, async (c) => {
    const { id: testClockId } = c.req.valid("param");
    const to = Temporal.Instant.from(c.req.valid("json").to);
    const wanted = { accountId: c.var.account.id, testClockId, to };
    return c.json(toJson(await advanceTestClock(c.var.engine, wanted)), 202);
  });
  return api;
}

function testAccountId({ id, mode }: Account): string {
  if (mode === "test") return id;
  throw new AppError("wrong_mode", "Test clocks are for test accounts: use a test API key.");
}

function toJson(clock: TestClock): TestClockJson {
  return {
    id: clock.id,
    name: clock.name,
    now: clock.nowAt.toString(),
    target: clock.targetAt?.toString() ?? null,
    status: clock.status,
    createdAt: clock.createdAt.toString(),
  };
}
