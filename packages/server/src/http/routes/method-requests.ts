/** `/v1/method-requests` */
import { createRoute, z } from "@hono/zod-openapi";
import {
  methodRequestPageSchema,
  methodRequestQuerySchema,
  methodRequestSchema,
  newMethodRequestSchema,
  type MethodRequestJson,
} from "../../contract/method-requests.ts";
import { askForMethod } from "../../method-requests/ask-for-method.ts";
import {
  findMethodRequest,
  listMethodRequests,
} from "../../method-requests/method-request-store.ts";
import type { MethodRequest } from "../../method-requests/method-request.ts";
import { withdrawMethodRequest } from "../../method-requests/withdraw-method-request.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";

const shared = { tags: ["Method requests"], security: bearerAuth };
const params = z.object({ id: z.string() });
const answer = jsonAnswer(methodRequestSchema, "The method request");

const create = createRoute({
  ...shared,
  method: "post",
  path: "/method-requests",
  summary: "Ask a subscription's customer for a method",
  description:
    "Send `url` to the customer: it stays good until the subscription has a new method. A subscription has one open request: asking again gives it back, leading where you say now.",
  request: { body: jsonBody(newMethodRequestSchema) },
  responses: { 201: answer, ...problems },
});

const list = createRoute({
  ...shared,
  method: "get",
  path: "/method-requests",
  summary: "List method requests, newest first",
  request: { query: methodRequestQuerySchema },
  responses: {
    200: jsonAnswer(methodRequestPageSchema, "A page of method requests"),
    ...problems,
  },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/method-requests/{id}",
  summary: "One method request",
  request: { params },
  responses: { 200: answer, ...problems },
});

const withdraw = createRoute({
  ...shared,
  method: "post",
  path: "/method-requests/{id}/withdraw",
  summary: "Take a method request back",
  description: "Its link says so from now on. Refused once the customer has registered a method.",
  request: { params },
  responses: { 200: answer, ...problems },
});

/** @param urlOf The lasting link. */
export function methodRequestRoutes(urlOf: (methodRequestId: string) => string): Api {
  const api = createApi();
  api.openapi(create, async (c) => {
    const wanted = { accountId: c.var.account.id, ...c.req.valid("json") };
    return c.json(toJson(await askForMethod(c.var.engine, wanted), urlOf), 201);
  });
  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const { account, engine } = c.var;
    const page = readPageRequest(query);
    const { end, items } = await listMethodRequests(engine.database, account.id, query, page);
    const shown = items.map((it) => toJson(it, urlOf));
    return c.json({ items: shown, nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const request = await findMethodRequest(c.var.engine.database, c.var.account.id, id);
    return c.json(toJson(found(request, "method request", id), urlOf), 200);
  });
  api.openapi(withdraw, async (c) => {
    const { id } = c.req.valid("param");
    const key = { accountId: c.var.account.id, id };
    return c.json(toJson(await withdrawMethodRequest(c.var.engine, key), urlOf), 200);
  });
  return api;
}

function toJson(it: MethodRequest, urlOf: (id: string) => string): MethodRequestJson {
  return {
    id: it.id,
    url: urlOf(it.id),
    subscriptionId: it.subscriptionId,
    customerId: it.customerId,
    connectionId: it.connectionId,
    sunsetConnectionId: it.sunsetConnectionId ?? null,
    status: it.status,
    visitedAt: it.visitedAt?.toString() ?? null,
    registrationId: it.registrationId ?? null,
    createdAt: it.createdAt.toString(),
    finishedAt: it.finishedAt?.toString() ?? null,
  };
}
