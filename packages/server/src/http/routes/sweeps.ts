/** `/v1/sweeps` and `/v1/sweep-findings` */
import { createRoute, z } from "@hono/zod-openapi";
import { Temporal } from "temporal-polyfill";
import { refundSchema } from "../../contract/refunds.ts";
import {
  findingPageSchema,
  findingQuerySchema,
  findingRefundSchema,
  findingSchema,
  findingSettlementSchema,
  newSweepSchema,
  sweepListSchema,
  sweepPageSchema,
  sweepQuerySchema,
  sweepSchema,
} from "../../contract/sweeps.ts";
import { findRefundView } from "../../refunds/refund-reads.ts";
import { findFinding, listFindings } from "../../sweeps/finding-store.ts";
import { requestSweep } from "../../sweeps/request-sweep.ts";
import { refundFinding, settleFinding } from "../../sweeps/settle-finding.ts";
import { findSweep, listSweeps } from "../../sweeps/sweep-reads.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";
import { refundJson } from "../refund-json.ts";
import { findingJson, sweepJson } from "../sweep-json.ts";

const shared = { tags: ["Sweeps"], security: bearerAuth };
const params = z.object({ id: z.string() });

const request = createRoute({
  ...shared,
  method: "post",
  path: "/sweeps",
  summary: "Compare what was sent with what the provider has",
  description:
    "Every connection is compared once a day anyway. Runs in the background: read the sweep until it is `finished`. It never charges and never refunds.",
  request: { body: jsonBody(newSweepSchema) },
  responses: { 202: jsonAnswer(sweepListSchema, "A sweep for each connection"), ...problems },
});

const list = createRoute({
  ...shared,
  method: "get",
  path: "/sweeps",
  summary: "List sweeps, newest first",
  request: { query: sweepQuerySchema },
  responses: { 200: jsonAnswer(sweepPageSchema, "A page of sweeps"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/sweeps/{id}",
  summary: "One sweep",
  request: { params },
  responses: { 200: jsonAnswer(sweepSchema, "The sweep"), ...problems },
});

const listOfFindings = createRoute({
  ...shared,
  method: "get",
  path: "/sweep-findings",
  summary: "List what sweeps have found, newest first",
  request: { query: findingQuerySchema },
  responses: { 200: jsonAnswer(findingPageSchema, "A page of findings"), ...problems },
});

const getFinding = createRoute({
  ...shared,
  method: "get",
  path: "/sweep-findings/{id}",
  summary: "One finding",
  request: { params },
  responses: { 200: jsonAnswer(findingSchema, "The finding"), ...problems },
});

const settle = createRoute({
  ...shared,
  method: "post",
  path: "/sweep-findings/{id}/settle",
  summary: "Say that nothing is left to do about a finding",
  description: "Changes nothing but the finding. The first word stands.",
  request: { params, body: jsonBody(findingSettlementSchema) },
  responses: { 200: jsonAnswer(findingSchema, "The finding"), ...problems },
});

const refund = createRoute({
  ...shared,
  method: "post",
  path: "/sweep-findings/{id}/refund",
  summary: "Refund all that is left of a finding's payment",
  description:
    "Only where a captured charge has the payment (`refundableChargeId`); every other payment is refunded in the provider's console. The finding stays open until it is settled.",
  request: { params, body: jsonBody(findingRefundSchema) },
  responses: { 202: jsonAnswer(refundSchema, "The refund, asked for"), ...problems },
});

export function sweepRoutes(): Api {
  const api = createApi();
  api.openapi(request, async (c) => {
    const { account, engine, keyId: requestedBy } = c.var;
    const { connectionId, from, to } = c.req.valid("json");
    const range = { from: instantOf(from), to: instantOf(to) };
    const wanted = { accountId: account.id, connectionId, requestedBy, ...range };
    const ids = await requestSweep(engine, wanted);
    const views = await Promise.all(ids.map((id) => findSweep(engine.database, account.id, id)));
    const items = views.flatMap((view) => (view === undefined ? [] : [sweepJson(view)]));
    return c.json({ items }, 202);
  });
  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const { account, engine } = c.var;
    const page = readPageRequest(query);
    const { end, items } = await listSweeps(engine.database, account.id, query, page);
    return c.json({ items: items.map(sweepJson), nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const sweep = await findSweep(c.var.engine.database, c.var.account.id, id);
    return c.json(sweepJson(found(sweep, "sweep", id)), 200);
  });
  addFindings(api);
  return api;
}

function addFindings(api: Api): void {
  api.openapi(listOfFindings, async (c) => {
    const query = c.req.valid("query");
    const { account, engine } = c.var;
    const { connectionId, open, sweepId } = query;
    const isOpen = open === undefined ? undefined : open === "true";
    const filter = { connectionId, sweepId, isOpen };
    const page = readPageRequest(query);
    const { end, items } = await listFindings(engine.database, account.id, filter, page);
    return c.json({ items: items.map(findingJson), nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(getFinding, async (c) => {
    const { id } = c.req.valid("param");
    const finding = await findFinding(c.var.engine.database, c.var.account.id, id);
    return c.json(findingJson(found(finding, "finding", id)), 200);
  });
  api.openapi(settle, async (c) => {
    const { account, engine, keyId: by } = c.var;
    const key = { accountId: account.id, findingId: c.req.valid("param").id };
    const { note } = c.req.valid("json");
    return c.json(findingJson(await settleFinding(engine, key, { by, note })), 200);
  });
  api.openapi(refund, async (c) => {
    const { account, engine, keyId: requestedBy } = c.var;
    const key = { accountId: account.id, findingId: c.req.valid("param").id };
    const { reason } = c.req.valid("json");
    const id = await refundFinding(engine, key, { reason, requestedBy });
    const view = await findRefundView(engine.database, account.id, id);
    return c.json(refundJson(found(view, "refund", id)), 202);
  });
}

function instantOf(text: string | undefined): Temporal.Instant | undefined {
  return text === undefined ? undefined : Temporal.Instant.from(text);
}
