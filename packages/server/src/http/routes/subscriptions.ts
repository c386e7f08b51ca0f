/** `/v1/subscriptions` */
import { createRoute, z } from "@hono/zod-openapi";
import { findBillingKey } from "../../billing-keys/billing-key-store.ts";
import {
  cancellationSchema,
  newSubscriptionSchema,
  planChangeSchema,
  subscriptionPageSchema,
  subscriptionQuerySchema,
  subscriptionSchema,
  type SubscriptionJson,
} from "../../contract/subscriptions.ts";
import type { Engine } from "../../engine.ts";
import { checkLimits, withoutTrial } from "../../plans/check-limits.ts";
import { findPlan } from "../../plans/plan-store.ts";
import { cancelSubscription, keepSubscription } from "../../subscriptions/cancel-subscription.ts";
import { changePlan } from "../../subscriptions/change-plan.ts";
import { createSubscription } from "../../subscriptions/create-subscription.ts";
import {
  findSubscriptionView,
  listSubscriptionViews,
  type SubscriptionView,
} from "../../subscriptions/subscription-reads.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";

const shared = { tags: ["Subscriptions"], security: bearerAuth };
const params = z.object({ id: z.string() });
const answer = jsonAnswer(subscriptionSchema, "The subscription");

const create = createRoute({
  ...shared,
  method: "post",
  path: "/subscriptions",
  summary: "Create a subscription",
  request: { body: jsonBody(newSubscriptionSchema) },
  responses: { 201: answer, ...problems },
});

const list = createRoute({
  ...shared,
  method: "get",
  path: "/subscriptions",
  summary: "List subscriptions, newest first",
  request: { query: subscriptionQuerySchema },
  responses: { 200: jsonAnswer(subscriptionPageSchema, "A page of subscriptions"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/subscriptions/{id}",
  summary: "One subscription",
  request: { params },
  responses: { 200: answer, ...problems },
});

const cancel = createRoute({
  ...shared,
  method: "post",
  path: "/subscriptions/{id}/cancel",
  summary: "Cancel a subscription, now or at the end of the period",
  description:
    "A charge that is already on its way is not taken back: its outcome is awaited. With `now`, what is owed and not yet on its way is void.",
  request: { params, body: jsonBody(cancellationSchema) },
  responses: { 200: answer, ...problems },
});

const keep = createRoute({
  ...shared,
  method: "post",
  path: "/subscriptions/{id}/keep",
  summary: "Take back a cancellation that was scheduled for the end of the period",
  request: { params },
  responses: { 200: answer, ...problems },
});

const change = createRoute({
  ...shared,
  method: "post",
  path: "/subscriptions/{id}/change-plan",
  summary: "Change the plan from the next period on",
  description:
    "Another amount, another cycle, or both. Also moves to the new price of its own plan.",
  request: { params, body: jsonBody(planChangeSchema) },
  responses: { 200: answer, ...problems },
});

export function subscriptionRoutes(): Api {
  const api = createApi();
  api.openapi(create, async (c) => {
    const wanted = { accountId: c.var.account.id, ...c.req.valid("json") };
    await checkCanPay(c.var.engine, wanted);
    const { id } = await createSubscription(c.var.engine, wanted);
    return c.json(await read(c.var.engine, wanted.accountId, id), 201);
  });
  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const { account, engine } = c.var;
    const page = readPageRequest(query);
    const { end, items } = await listSubscriptionViews(engine.database, account.id, query, page);
    return c.json({ items: items.map(toJson), nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    return c.json(await read(c.var.engine, c.var.account.id, id), 200);
  });
  addChanges(api);
  return api;
}

function addChanges(api: Api): void {
  api.openapi(cancel, async (c) => {
    const { id: subscriptionId } = c.req.valid("param");
    const { reason, when } = c.req.valid("json");
    const key = { accountId: c.var.account.id, subscriptionId };
    const wanted = { ...key, when, ...(reason === undefined ? {} : { reason }) };
    await cancelSubscription(c.var.engine, wanted);
    return c.json(await read(c.var.engine, key.accountId, subscriptionId), 200);
  });
  api.openapi(keep, async (c) => {
    const { id: subscriptionId } = c.req.valid("param");
    const accountId = c.var.account.id;
    await keepSubscription(c.var.engine, { accountId, subscriptionId });
    return c.json(await read(c.var.engine, accountId, subscriptionId), 200);
  });
  api.openapi(change, async (c) => {
    const { id: subscriptionId } = c.req.valid("param");
    const { planId } = c.req.valid("json");
    const { account, engine } = c.var;
    const before = await findSubscriptionView(engine.database, account.id, subscriptionId);
    const accountId = account.id;
    const { billingKeyId, anchorOn } = before ?? {};
    await checkCanPay(engine, {
      accountId,
      billingKeyId,
      planId,
      isRunning: anchorOn !== undefined,
    });
    await changePlan(engine, { accountId, subscriptionId, planId });
    return c.json(await read(engine, accountId, subscriptionId), 200);
  });
}

interface PlanToPay {
  readonly accountId: string;
  readonly billingKeyId?: string | undefined;
  readonly planId: string;
  /** No trial comes any more. */
  readonly isRunning?: boolean;
}

/** The method's limits, before a charge fails at them. What is missing is refused by the effect. */
async function checkCanPay(
  engine: Engine,
  { accountId, billingKeyId, planId, isRunning = false }: PlanToPay,
): Promise<void> {
  if (billingKeyId === undefined) return;
  const key = await findBillingKey(engine.database, accountId, billingKeyId);
  const plan = await findPlan(engine.database, accountId, planId);
  if (key === undefined || plan === undefined) return;
  await checkLimits(engine, accountId, key, isRunning ? withoutTrial(plan) : plan);
}

async function read(engine: Engine, accountId: string, id: string): Promise<SubscriptionJson> {
  const subscription = await findSubscriptionView(engine.database, accountId, id);
  return toJson(found(subscription, "subscription", id));
}

function toJson(it: SubscriptionView): SubscriptionJson {
  return {
    id: it.id,
    customerId: it.customerId,
    planId: it.planId,
    priceId: it.priceId,
    nextPriceId: it.nextPriceId ?? null,
    billingKeyId: it.billingKeyId ?? null,
    status: it.status,
    anchorOn: it.anchorOn?.toString() ?? null,
    zone: it.zone,
    chargeTime: it.chargeTime,
    nextPeriod: it.nextPeriod,
    nextDueAt: it.nextDueAt?.toString() ?? null,
    methodRequired: it.methodRequired,
    cancelsAtPeriodEnd: it.cancelsAtPeriodEnd,
    canceledAt: it.canceledAt?.toString() ?? null,
    cancelReason: it.cancelReason ?? null,
    testClockId: it.testClockId ?? null,
    createdAt: it.createdAt.toString(),
  };
}
