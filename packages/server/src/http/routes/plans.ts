/** `/v1/plans` */
import { createRoute, z } from "@hono/zod-openapi";
import { money } from "@maedal/gateways";
import {
  newPlanSchema,
  newPriceSchema,
  planPageSchema,
  planSchema,
  retirementSchema,
  type PlanJson,
} from "../../contract/plans.ts";
import { pageQuery } from "../../contract/values.ts";
import { createPlan } from "../../plans/create-plan.ts";
import { movePlan } from "../../plans/move-plan.ts";
import { findPlan, listPlans } from "../../plans/plan-store.ts";
import type { Plan, PlanPrice } from "../../plans/plan.ts";
import { retirePlan } from "../../plans/retire-plan.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";

const shared = { tags: ["Plans"], security: bearerAuth };
const params = z.object({ id: z.string() });
const answer = jsonAnswer(planSchema, "The plan, at its present price");

const create = createRoute({
  ...shared,
  method: "post",
  path: "/plans",
  summary: "Create a plan with its price",
  request: { body: jsonBody(newPlanSchema) },
  responses: { 201: answer, ...problems },
});

const list = createRoute({
  ...shared,
  method: "get",
  path: "/plans",
  summary: "List plans, newest first",
  request: { query: z.strictObject(pageQuery) },
  responses: { 200: jsonAnswer(planPageSchema, "A page of plans"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/plans/{id}",
  summary: "One plan",
  request: { params },
  responses: { 200: answer, ...problems },
});

const move = createRoute({
  ...shared,
  method: "post",
  path: "/plans/{id}/prices",
  summary: "Move a plan to a new price",
  description:
    "New subscriptions pay the new price. Running ones stay where they are until their plan is changed with `POST /v1/subscriptions/{id}/change-plan`.",
  request: { params, body: jsonBody(newPriceSchema) },
  responses: { 201: answer, ...problems },
});

const retire = createRoute({
  ...shared,
  method: "post",
  path: "/plans/{id}/retire",
  summary: "Retire a plan",
  description:
    "It takes no new subscriptions. Those that run go on, unless you cancel them with it: then each one ends with the period that is paid for. Safe to repeat, also when an answer was lost on the way through many subscriptions.",
  request: { params, body: { ...jsonBody(retirementSchema), required: false } },
  responses: { 200: answer, ...problems },
});

export function planRoutes(): Api {
  const api = createApi();
  api.openapi(create, async (c) => {
    const body = c.req.valid("json");
    const wanted = { accountId: c.var.account.id, name: body.name, ...priceOf(body) };
    return c.json(toJson(await createPlan(c.var.engine, wanted)), 201);
  });
  api.openapi(list, async (c) => {
    const { account, engine } = c.var;
    const page = readPageRequest(c.req.valid("query"));
    const { end, items } = await listPlans(engine.database, account.id, page);
    return c.json({ items: items.map(toJson), nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const plan = await findPlan(c.var.engine.database, c.var.account.id, id);
    return c.json(toJson(found(plan, "plan", id)), 200);
  });
  api.openapi(move, async (c) => {
    const { id: planId } = c.req.valid("param");
    const price = priceOf(c.req.valid("json"));
    const plan = await movePlan(c.var.engine, { accountId: c.var.account.id, planId, price });
    return c.json(toJson(plan), 201);
  });
  api.openapi(retire, async (c) => {
    const key = { accountId: c.var.account.id, planId: c.req.valid("param").id };
    const { subscriptions = "keep" } = c.req.valid("json");
    return c.json(toJson(await retirePlan(c.var.engine, key, subscriptions)), 200);
  });
  return api;
}

function priceOf(body: z.output<typeof newPriceSchema>): PlanPrice {
  return {
    amount: money(body.amount, body.currency),
    interval: { unit: body.interval, count: body.intervalCount },
    trialDays: body.trialDays,
    capture: body.capture,
    registrationAmount:
      body.registrationAmount === undefined
        ? undefined
        : money(body.registrationAmount, body.currency),
    outlivesUnusedKeys: body.outlivesUnusedKeys,
  };
}

function toJson(plan: Plan): PlanJson {
  return {
    id: plan.id,
    name: plan.name,
    status: plan.status,
    priceId: plan.priceId,
    amount: plan.amount.amountMinor,
    currency: plan.amount.currency,
    interval: plan.interval.unit,
    intervalCount: plan.interval.count,
    trialDays: plan.trialDays,
    capture: plan.capture,
    registrationAmount: plan.registrationAmount?.amountMinor ?? null,
    outlivesUnusedKeys: plan.outlivesUnusedKeys,
    createdAt: plan.createdAt.toString(),
  };
}
