/** `/v1/gateway-connections` */
import { createRoute, z } from "@hono/zod-openapi";
import type { HttpSender } from "@maedal/gateways";
import { changeConnection } from "../../connections/change-connection.ts";
import { connectGateway } from "../../connections/connect-gateway.ts";
import { findConnection, listConnections } from "../../connections/connection-store.ts";
import type { Connection } from "../../connections/connection.ts";
import { holdConnection, reopenConnection } from "../../connections/hold-connection.ts";
import {
  connectionChangeSchema,
  connectionListSchema,
  connectionSchema,
  newConnectionSchema,
  pauseSchema,
} from "../../contract/gateway-connections.ts";
import { confirmedRunSchema, stopPreviewSchema } from "../../contract/stop-preview.ts";
import { confirmRun } from "../../runs/hold-run.ts";
import { readStopPreview } from "../../runs/stop-preview.ts";
import { stopPreviewJson } from "../stop-preview-json.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { connectionJson, readNewConnection } from "../connection-json.ts";
import { found } from "../found.ts";

const shared = { tags: ["Gateway connections"], security: bearerAuth };
const params = z.object({ id: z.string() });
const answer = jsonAnswer(connectionSchema, "The connection");

const create = createRoute({
  ...shared,
  method: "post",
  path: "/gateway-connections",
  summary: "Connect to a provider",
  description:
    "The keys are checked and stored encrypted. They never change afterwards: other keys are another connection.",
  request: { body: jsonBody(newConnectionSchema) },
  responses: { 201: answer, ...problems },
});

const list = createRoute({
  ...shared,
  method: "get",
  path: "/gateway-connections",
  summary: "List connections, oldest first",
  responses: { 200: jsonAnswer(connectionListSchema, "All connections"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/gateway-connections/{id}",
  summary: "One connection",
  request: { params },
  responses: { 200: answer, ...problems },
});

const change = createRoute({
  ...shared,
  method: "patch",
  path: "/gateway-connections/{id}",
  summary: "Change a connection's name, concurrency or settings",
  description:
    "What is left out stays. Keys and addresses never change: other keys are another connection.",
  request: { params, body: jsonBody(connectionChangeSchema) },
  responses: { 200: answer, ...problems },
});

const pause = createRoute({
  ...shared,
  method: "post",
  path: "/gateway-connections/{id}/pause",
  summary: "Pause a connection: nothing more is charged through it",
  request: { params, body: jsonBody(pauseSchema) },
  responses: { 200: answer, ...problems },
});

const stopPreview = createRoute({
  ...shared,
  method: "get",
  path: "/gateway-connections/{id}/stop-preview",
  summary: "What a pause of the connection would hold back",
  request: { params },
  responses: { 200: jsonAnswer(stopPreviewSchema, "What would wait"), ...problems },
});

const confirm = createRoute({
  ...shared,
  method: "post",
  path: "/gateway-connections/{id}/confirm-run",
  summary: "Let a run go on that is larger than usual",
  description:
    "More than one and a half times as many charges on one day as on any of the five weeks before wait for a person (`gateway_connection.run_held`). Live accounts only.",
  request: { params },
  responses: { 200: jsonAnswer(confirmedRunSchema, "The run, which goes on"), ...problems },
});

const resume = createRoute({
  ...shared,
  method: "post",
  path: "/gateway-connections/{id}/resume",
  summary: "Resume a paused connection",
  request: { params },
  responses: { 200: answer, ...problems },
});

export interface ConnectionRouteOptions {
  readonly sender: HttpSender;
  readonly notificationUrlOf: (token: string) => string;
}

export function connectionRoutes({ notificationUrlOf, sender }: ConnectionRouteOptions): Api {
  const api = createApi();
  const toJson = (connection: Connection) => connectionJson(connection, notificationUrlOf);

  api.openapi(create, async (c) => {
    const { account, engine, keyId } = c.var;
    const wanted = readNewConnection(c.req.valid("json"), account.mode);
    return c.json(toJson(await connectGateway(engine, sender, account, wanted, keyId)), 201);
  });
  api.openapi(list, async (c) => {
    const connections = await listConnections(c.var.engine.database, c.var.account.id);
    return c.json({ items: connections.map(toJson) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const connection = await findConnection(c.var.engine.database, c.var.account.id, id);
    return c.json(toJson(found(connection, "gateway connection", id)), 200);
  });
  api.openapi(change, async (c) => {
    const key = { accountId: c.var.account.id, id: c.req.valid("param").id };
    const { concurrency, name, ...settings } = c.req.valid("json");
    const wanted = { concurrency, name, settings };
    return c.json(toJson(await changeConnection(c.var.engine, key, wanted, c.var.keyId)), 200);
  });
  api.openapi(pause, async (c) => {
    const { id } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    const key = { accountId: c.var.account.id, id };
    return c.json(toJson(await holdConnection(c.var.engine, key, reason, c.var.keyId)), 200);
  });
  api.openapi(stopPreview, async (c) => {
    const { account, engine } = c.var;
    const { id } = c.req.valid("param");
    found(await findConnection(engine.database, account.id, id), "gateway connection", id);
    const preview = await readStopPreview(engine.database, account.id, id);
    return c.json(stopPreviewJson(preview), 200);
  });
  api.openapi(confirm, async (c) => {
    const { account, engine, keyId } = c.var;
    const { id } = c.req.valid("param");
    found(await findConnection(engine.database, account.id, id), "gateway connection", id);
    const run = { accountId: account.id, connectionId: id };
    const confirmed = await confirmRun(engine, run, keyId);
    return c.json({ ...confirmed, heldAt: confirmed.heldAt.toString() }, 200);
  });
  api.openapi(resume, async (c) => {
    const { id } = c.req.valid("param");
    const key = { accountId: c.var.account.id, id };
    return c.json(toJson(await reopenConnection(c.var.engine, key, c.var.keyId)), 200);
  });
  return api;
}
