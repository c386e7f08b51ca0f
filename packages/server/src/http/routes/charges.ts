/** `/v1/charges` */
import { createRoute, z } from "@hono/zod-openapi";
import { findChargeView, listChargeViews } from "../../charges/charge-reads.ts";
import {
  chargePageSchema,
  chargeQuerySchema,
  chargeWithEvidenceSchema,
} from "../../contract/charges.ts";
import { bearerAuth, createApi, jsonAnswer, problems, type Api } from "../api.ts";
import { chargeJson, evidenceJson } from "../charge-json.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";

const shared = { tags: ["Charges"], security: bearerAuth };

const list = createRoute({
  ...shared,
  method: "get",
  path: "/charges",
  summary: "List charges, newest first",
  request: { query: chargeQuerySchema },
  responses: { 200: jsonAnswer(chargePageSchema, "A page of charges"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/charges/{id}",
  summary: "One charge, with every attempt and every look-up",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: jsonAnswer(chargeWithEvidenceSchema, "The charge"), ...problems },
});

export function chargeRoutes(): Api {
  const api = createApi();
  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const { account, engine } = c.var;
    const page = readPageRequest(query);
    const { end, items } = await listChargeViews(engine.database, account.id, query, page);
    return c.json({ items: items.map(chargeJson), nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const { account, engine } = c.var;
    const charge = found(await findChargeView(engine.database, account.id, id), "charge", id);
    return c.json(await evidenceJson(engine.database, charge), 200);
  });
  return api;
}
