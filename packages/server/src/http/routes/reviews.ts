/** `/v1/reviews`: charges whose outcome only a person can decide. */
import { createRoute, z } from "@hono/zod-openapi";
import { findChargeView, listChargeViews } from "../../charges/charge-reads.ts";
import { resolveReview } from "../../charges/resolve-review.ts";
import {
  chargePageSchema,
  chargeWithEvidenceSchema,
  resolutionSchema,
} from "../../contract/charges.ts";
import { pageQuery } from "../../contract/values.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { chargeJson, evidenceJson } from "../charge-json.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";

const shared = { tags: ["Reviews"], security: bearerAuth };

const list = createRoute({
  ...shared,
  method: "get",
  path: "/reviews",
  summary: "List charges that wait for a person, newest first",
  request: { query: z.strictObject(pageQuery) },
  responses: { 200: jsonAnswer(chargePageSchema, "A page of charges in review"), ...problems },
});

const resolve = createRoute({
  ...shared,
  method: "post",
  path: "/reviews/{chargeId}/resolve",
  summary: "Decide what became of a charge",
  description:
    "`look_up_again` asks the provider once more. `not_paid` says that you made sure, at the provider, that no money moved: the charge is then sent again. `give_up` ends the charge, and its invoice counts as uncollectible.",
  request: { params: z.object({ chargeId: z.string() }), body: jsonBody(resolutionSchema) },
  responses: { 200: jsonAnswer(chargeWithEvidenceSchema, "The charge"), ...problems },
});

export function reviewRoutes(): Api {
  const api = createApi();
  api.openapi(list, async (c) => {
    const { account, engine } = c.var;
    const page = readPageRequest(c.req.valid("query"));
    const filter = { status: "in_review" } as const;
    const { end, items } = await listChargeViews(engine.database, account.id, filter, page);
    return c.json({ items: items.map(chargeJson), nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(resolve, async (c) => {
    const { chargeId } = c.req.valid("param");
    const { account, engine } = c.var;
    await resolveReview(engine, { accountId: account.id, chargeId, ...c.req.valid("json") });
    const charge = await findChargeView(engine.database, account.id, chargeId);
    return c.json(await evidenceJson(engine.database, found(charge, "charge", chargeId)), 200);
  });
  return api;
}
