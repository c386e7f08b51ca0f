/** `/v1/gateway-connections/{id}/sunset` */
import { createRoute, z } from "@hono/zod-openapi";
import {
  sunsetPreviewSchema,
  sunsetSchema,
  sunsetSubscriptionPageSchema,
  sunsetSubscriptionQuerySchema,
  sunsetTermsSchema,
} from "../../contract/sunsets.ts";
import { connectionSchema } from "../../contract/gateway-connections.ts";
import { previewSunset } from "../../sunsets/preview-sunset.ts";
import { startSunset } from "../../sunsets/start-sunset.ts";
import { listSunsetSubscriptions } from "../../sunsets/sunset-reads.ts";
import { takeBackSunset } from "../../sunsets/take-back-sunset.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { connectionJson } from "../connection-json.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import {
  getSunset,
  previewJson,
  readSunset,
  readTerms,
  sunsetSubscriptionJson,
} from "../sunset-json.ts";

const shared = { tags: ["Sunsets"], security: bearerAuth };
const params = z.object({ id: z.string() });
const path = "/gateway-connections/{id}/sunset";
const answer = jsonAnswer(sunsetSchema, "How it goes");

const start = createRoute({
  ...shared,
  method: "post",
  path,
  summary: "Leave a provider, or change how",
  description:
    "No method is registered at the connection any more. The customers that pay there are asked for one at the successor, by a lasting link for each subscription: `GET …/sunset/subscriptions` lists them, and the event `subscription.method_requested` tells of each; sending them is yours. A subscription moves as soon as its new key is there. Look-ups, refunds, captures and deletes go on. Everything may be changed until it has ended.",
  request: { params, body: jsonBody(sunsetTermsSchema) },
  responses: { 200: answer, ...problems },
});

const preview = createRoute({
  ...shared,
  method: "post",
  path: `${path}/preview`,
  summary: "What leaving a provider would mean; changes nothing",
  request: { params, body: jsonBody(sunsetTermsSchema) },
  responses: { 200: jsonAnswer(sunsetPreviewSchema, "What it would mean"), ...problems },
});

const takeBack = createRoute({
  ...shared,
  method: "post",
  path: `${path}/take-back`,
  summary: "Stay with a provider after all",
  description:
    "As long as the sunset has not ended: the connection is as it was, and nobody is asked any more. Who has brought another method keeps it.",
  request: { params },
  responses: { 200: jsonAnswer(connectionSchema, "The connection"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path,
  summary: "How leaving a provider goes",
  request: { params },
  responses: { 200: answer, ...problems },
});

const list = createRoute({
  ...shared,
  method: "get",
  path: `${path}/subscriptions`,
  summary: "List whom a sunset moves, with the link of each, newest first",
  request: { params, query: sunsetSubscriptionQuerySchema },
  responses: { 200: jsonAnswer(sunsetSubscriptionPageSchema, "A page of them"), ...problems },
});

export interface SunsetRouteOptions {
  readonly notificationUrlOf: (token: string) => string;
  /** The lasting link of a method request. */
  readonly requestUrlOf: (methodRequestId: string) => string;
}

export function sunsetRoutes({ notificationUrlOf, requestUrlOf }: SunsetRouteOptions): Api {
  const api = createApi();
  api.openapi(start, async (c) => {
    const { account, engine, keyId } = c.var;
    const key = { accountId: account.id, id: c.req.valid("param").id };
    await startSunset(engine, key, readTerms(c.req.valid("json")), keyId);
    return c.json(await readSunset(engine, key), 200);
  });
  api.openapi(preview, async (c) => {
    const { account, engine } = c.var;
    const key = { accountId: account.id, id: c.req.valid("param").id };
    return c.json(
      previewJson(await previewSunset(engine, key, readTerms(c.req.valid("json")))),
      200,
    );
  });
  api.openapi(takeBack, async (c) => {
    const key = { accountId: c.var.account.id, id: c.req.valid("param").id };
    const connection = await takeBackSunset(c.var.engine, key, c.var.keyId);
    return c.json(connectionJson(connection, notificationUrlOf), 200);
  });
  api.openapi(get, async (c) => {
    const key = { accountId: c.var.account.id, id: c.req.valid("param").id };
    return c.json(await readSunset(c.var.engine, key), 200);
  });
  api.openapi(list, async (c) => {
    const { account, engine } = c.var;
    const key = { accountId: account.id, id: c.req.valid("param").id };
    await getSunset(engine.database, key);
    const { standing, ...query } = c.req.valid("query");
    const page = readPageRequest(query);
    const { end, items } = await listSunsetSubscriptions(engine.database, key, standing, page);
    const toJson = (it: (typeof items)[number]) => sunsetSubscriptionJson(it, requestUrlOf);
    return c.json({ items: items.map(toJson), nextCursor: writeCursor(end) }, 200);
  });
  return api;
}
