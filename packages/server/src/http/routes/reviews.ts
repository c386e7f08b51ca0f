/** `/v1/reviews`: charges and refunds whose outcome only a person can decide. */
import { createRoute, z } from "@hono/zod-openapi";
import { findChargeView } from "../../charges/charge-reads.ts";
import { resolveReview } from "../../charges/resolve-review.ts";
import { chargeWithEvidenceSchema, resolutionSchema } from "../../contract/charges.ts";
import { reviewPageSchema, reviewWithEvidenceSchema } from "../../contract/reviews.ts";
import { pageQuery } from "../../contract/values.ts";
import { readCase } from "../../reviews/read-case.ts";
import { listReviews } from "../../reviews/review-reads.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { evidenceJson } from "../charge-json.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";
import { caseJson, reviewJson } from "../review-json.ts";

const shared = { tags: ["Reviews"], security: bearerAuth };

const list = createRoute({
  ...shared,
  method: "get",
  path: "/reviews",
  summary: "List charges and refunds that wait for a person, newest first",
  request: { query: z.strictObject(pageQuery) },
  responses: { 200: jsonAnswer(reviewPageSchema, "A page of reviews"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/reviews/{id}",
  summary: "Everything to decide a charge or a refund by, and what the provider says now",
  description:
    "Asks the provider about every order id of the charge's invoice, or about the refund's payment; an answer that takes longer than 20 seconds is unknown. Changes nothing.",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: jsonAnswer(reviewWithEvidenceSchema, "The review"), ...problems },
});

const resolve = createRoute({
  ...shared,
  method: "post",
  path: "/reviews/{chargeId}/resolve",
  summary: "Decide what became of a charge",
  description:
    "`look_up_again` asks the provider once more. `not_paid` says that you made sure, at the provider, that no money moved: the charge is then sent again. `give_up` ends the charge, and its invoice counts as uncollectible. The last two are refused while the provider shows the payment, and while it gives no answer unless `despite` says so. A refund is decided with `POST /v1/refunds/{id}/resolve`.",
  request: { params: z.object({ chargeId: z.string() }), body: jsonBody(resolutionSchema) },
  responses: { 200: jsonAnswer(chargeWithEvidenceSchema, "The charge"), ...problems },
});

export function reviewRoutes(): Api {
  const api = createApi();
  api.openapi(list, async (c) => {
    const { account, engine } = c.var;
    const page = readPageRequest(c.req.valid("query"));
    const { end, items } = await listReviews(engine.database, account.id, page);
    return c.json({ items: items.map(reviewJson), nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const { account, engine } = c.var;
    const it = found(await readCase(engine, account.id, id), "review", id);
    return c.json(await caseJson(engine.database, it), 200);
  });
  api.openapi(resolve, async (c) => {
    const { chargeId } = c.req.valid("param");
    const { account, engine, keyId } = c.var;
    const decision = c.req.valid("json");
    await resolveReview(engine, { accountId: account.id, chargeId, keyId, ...decision });
    const charge = await findChargeView(engine.database, account.id, chargeId);
    return c.json(await evidenceJson(engine.database, found(charge, "charge", chargeId)), 200);
  });
  return api;
}
