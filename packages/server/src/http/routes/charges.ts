/** `/v1/charges` */
import { createRoute, z } from "@hono/zod-openapi";
import { captureCharge, voidCharge } from "../../authorizations/settle-authorization.ts";
import { findChargeView, listChargeViews } from "../../charges/charge-reads.ts";
import {
  captureSchema,
  chargePageSchema,
  chargeQuerySchema,
  chargeWithEvidenceSchema,
  type ChargeWithEvidenceJson,
} from "../../contract/charges.ts";
import type { Engine } from "../../engine.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
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

const settled = jsonAnswer(
  chargeWithEvidenceSchema,
  "The charge: its `status` says what became of it",
);

const capture = createRoute({
  ...shared,
  method: "post",
  path: "/charges/{id}/capture",
  summary: "Take the money that a charge has authorized, all or part of it",
  description:
    "Waits for the provider. `captured`: the money is taken and the invoice paid; what was not captured is released. `capturing`: the outcome is not known and is being looked up; an event tells what it was. A refusal is a problem: `authorization_refused` when the money is still held, `authorization_released` when the provider gave it up instead.",
  request: {
    params: z.object({ id: z.string() }),
    body: { ...jsonBody(captureSchema), required: false },
  },
  responses: { 200: settled, ...problems },
});

const voiding = createRoute({
  ...shared,
  method: "post",
  path: "/charges/{id}/void",
  summary: "Give back all that a charge has authorized",
  description:
    "The invoice is void: this period is not charged, and the subscription goes on. `voiding`: the outcome is not known and is being looked up.",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: settled, ...problems },
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
    return c.json(await read(engine, account.id, id), 200);
  });
  addSettling(api);
  return api;
}

function addSettling(api: Api): void {
  api.openapi(capture, async (c) => {
    const { id: chargeId } = c.req.valid("param");
    // Without a body all that is held is captured.
    const { amount: amountMinor } = c.req.valid("json") ?? {};
    const { account, engine, keyId: requestedBy } = c.var;
    const accountId = account.id;
    await captureCharge(engine, { accountId, chargeId, amountMinor, requestedBy });
    return c.json(await read(engine, accountId, chargeId), 200);
  });
  api.openapi(voiding, async (c) => {
    const { id: chargeId } = c.req.valid("param");
    const { account, engine, keyId: requestedBy } = c.var;
    await voidCharge(engine, { accountId: account.id, chargeId, requestedBy });
    return c.json(await read(engine, account.id, chargeId), 200);
  });
}

async function read(
  engine: Engine,
  accountId: string,
  id: string,
): Promise<ChargeWithEvidenceJson> {
  const charge = found(await findChargeView(engine.database, accountId, id), "charge", id);
  return await evidenceJson(engine.database, charge);
}
