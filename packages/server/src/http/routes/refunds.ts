/** `/v1/refunds`, and the refunds of a charge. */
import { createRoute, z } from "@hono/zod-openapi";
import { findChargeView } from "../../charges/charge-reads.ts";
import {
  newRefundSchema,
  refundPageSchema,
  refundQuerySchema,
  refundResolutionSchema,
  refundSchema,
  refundsOfChargeQuerySchema,
  refundWithEvidenceSchema,
  type RefundJson,
} from "../../contract/refunds.ts";
import type { Engine } from "../../engine.ts";
import {
  findRefundView,
  listRefundViews,
  type RefundFilter,
  type RefundView,
} from "../../refunds/refund-reads.ts";
import { askForRefund } from "../../refunds/ask-for-refund.ts";
import { resolveRefund } from "../../refunds/resolve-refund.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";
import { evidenceJson, refundJson } from "../refund-json.ts";

const shared = { tags: ["Refunds"], security: bearerAuth };
const params = z.object({ id: z.string() });

const request = createRoute({
  ...shared,
  method: "post",
  path: "/charges/{id}/refunds",
  summary: "Refund a captured charge, in full or in part",
  description:
    "The refund is sent in the background: read it until it is `refunded` or `failed`. While the gateway connection is paused it waits, and says so in `waitsFor`.",
  request: { params, body: jsonBody(newRefundSchema) },
  responses: { 202: jsonAnswer(refundSchema, "The refund, asked for"), ...problems },
});

const listOfCharge = createRoute({
  ...shared,
  method: "get",
  path: "/charges/{id}/refunds",
  summary: "List a charge's refunds, newest first",
  request: { params, query: refundsOfChargeQuerySchema },
  responses: { 200: jsonAnswer(refundPageSchema, "A page of refunds"), ...problems },
});

const list = createRoute({
  ...shared,
  method: "get",
  path: "/refunds",
  summary: "List refunds, newest first",
  request: { query: refundQuerySchema },
  responses: { 200: jsonAnswer(refundPageSchema, "A page of refunds"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/refunds/{id}",
  summary: "One refund, with its evidence",
  request: { params },
  responses: { 200: jsonAnswer(refundWithEvidenceSchema, "The refund"), ...problems },
});

const resolve = createRoute({
  ...shared,
  method: "post",
  path: "/refunds/{id}/resolve",
  summary: "Decide what became of a refund in review",
  description:
    "The provider is asked first, whatever the decision, so that what was refunded meanwhile is known. `look_up_again` does no more. `not_refunded` says that nothing at the provider is this refund: it is then sent again. `give_up` ends it.",
  request: { params, body: jsonBody(refundResolutionSchema) },
  responses: { 200: jsonAnswer(refundWithEvidenceSchema, "The refund, being asked"), ...problems },
});

export function refundRoutes(): Api {
  const api = createApi();
  api.openapi(request, async (c) => {
    const { id: chargeId } = c.req.valid("param");
    const { amount: amountMinor = "all", reason } = c.req.valid("json");
    const { account, engine, keyId: requestedBy } = c.var;
    const wanted = { accountId: account.id, chargeId, amountMinor, reason, requestedBy } as const;
    const id = await askForRefund(engine, wanted);
    return c.json(refundJson(await read(engine, account.id, id)), 202);
  });
  api.openapi(listOfCharge, async (c) => {
    const { id: chargeId } = c.req.valid("param");
    const { account, engine } = c.var;
    found(await findChargeView(engine.database, account.id, chargeId), "charge", chargeId);
    return c.json(await page(engine, account.id, { chargeId }, c.req.valid("query")), 200);
  });
  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    return c.json(await page(c.var.engine, c.var.account.id, query, query), 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    return c.json(evidenceJson(await read(c.var.engine, c.var.account.id, id)), 200);
  });
  api.openapi(resolve, async (c) => {
    const { id: refundId } = c.req.valid("param");
    const { account, engine, keyId: by } = c.var;
    await resolveRefund(engine, { accountId: account.id, refundId, by, ...c.req.valid("json") });
    return c.json(evidenceJson(await read(engine, account.id, refundId)), 200);
  });
  return api;
}

async function read(engine: Engine, accountId: string, id: string): Promise<RefundView> {
  return found(await findRefundView(engine.database, accountId, id), "refund", id);
}

async function page(
  { database }: Engine,
  accountId: string,
  filter: RefundFilter,
  query: Parameters<typeof readPageRequest>[0],
): Promise<{ items: RefundJson[]; nextCursor: string | null }> {
  const wanted = readPageRequest(query);
  const { end, items } = await listRefundViews(database, accountId, filter, wanted);
  return { items: items.map(refundJson), nextCursor: writeCursor(end) };
}
