/** `/v1/billing-keys` */
import { createRoute, z } from "@hono/zod-openapi";
import { listBillingKeyPage } from "../../billing-keys/billing-key-reads.ts";
import { findBillingKey } from "../../billing-keys/billing-key-store.ts";
import type { BillingKey } from "../../billing-keys/billing-key.ts";
import { checkBillingKeyNow } from "../../billing-keys/check-billing-key.ts";
import { revokeBillingKey } from "../../billing-keys/revoke-billing-key.ts";
import {
  billingKeyPageSchema,
  billingKeyQuerySchema,
  billingKeySchema,
  keyHealthSchema,
  type BillingKeyJson,
} from "../../contract/billing-keys.ts";
import { bearerAuth, createApi, jsonAnswer, problems, type Api } from "../api.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";

const shared = { tags: ["Billing keys"], security: bearerAuth };
const params = z.object({ id: z.string() });
const answer = jsonAnswer(billingKeySchema, "The billing key");

const list = createRoute({
  ...shared,
  method: "get",
  path: "/billing-keys",
  summary: "List billing keys, of one customer, one connection or all, newest first",
  request: { query: billingKeyQuerySchema },
  responses: { 200: jsonAnswer(billingKeyPageSchema, "A page of billing keys"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/billing-keys/{id}",
  summary: "One billing key",
  request: { params },
  responses: { 200: answer, ...problems },
});

const check = createRoute({
  ...shared,
  method: "post",
  path: "/billing-keys/{id}/check",
  summary: "Ask the provider whether a billing key can be charged",
  description:
    "Moves no money. Keys are asked about by themselves, some days before their charge is due; this asks now. A provider that cannot be asked is a `conflict`; one that gives no clear answer is `gateway_failed`, and nothing changes.",
  request: { params },
  responses: { 200: jsonAnswer(keyHealthSchema, "What the provider said"), ...problems },
});

const revoke = createRoute({
  ...shared,
  method: "delete",
  path: "/billing-keys/{id}",
  summary: "Revoke a billing key",
  description:
    "It is never charged again, and is deleted at the provider once nothing of it is on its way. Subscriptions that pay with it ask their customer for another method.",
  request: { params },
  responses: { 200: answer, ...problems },
});

export function billingKeyRoutes(): Api {
  const api = createApi();
  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const { account, engine } = c.var;
    const page = readPageRequest(query);
    const { end, items } = await listBillingKeyPage(engine.database, account.id, query, page);
    return c.json({ items: items.map(toJson), nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const key = await findBillingKey(c.var.engine.database, c.var.account.id, id);
    return c.json(toJson(found(key, "billing key", id)), 200);
  });
  api.openapi(check, async (c) => {
    const { id: billingKeyId } = c.req.valid("param");
    const { account, engine } = c.var;
    const key = { accountId: account.id, billingKeyId };
    const { code, message, state } = await checkBillingKeyNow(engine, key);
    return c.json({ state, code, message }, 200);
  });
  api.openapi(revoke, async (c) => {
    const { id: billingKeyId } = c.req.valid("param");
    const { account, engine } = c.var;
    await revokeBillingKey(engine, { accountId: account.id, billingKeyId });
    const key = await findBillingKey(engine.database, account.id, billingKeyId);
    return c.json(toJson(found(key, "billing key", billingKeyId)), 200);
  });
  return api;
}

function toJson(key: BillingKey): BillingKeyJson {
  return {
    id: key.id,
    customerId: key.customerId,
    connectionId: key.connectionId,
    status: key.status,
    statusReason: key.statusReason ?? null,
    method: key.method,
    methodLabel: key.methodLabel ?? null,
    lastPaidAt: key.lastPaidAt?.toString() ?? null,
    checkedAt: key.checkedAt?.toString() ?? null,
    createdAt: key.createdAt.toString(),
  };
}
