/** `/v1/account`: the account of the API key, its emergency stop and its policy. */
import { createRoute } from "@hono/zod-openapi";
import { changePolicies, stopCharging } from "../../accounts/steer-account.ts";
import type { Account } from "../../accounts/account.ts";
import { accountChangeSchema, accountSchema, type AccountJson } from "../../contract/account.ts";
import { stopPreviewSchema } from "../../contract/stop-preview.ts";
import { readStopPreview } from "../../runs/stop-preview.ts";
import { stopPreviewJson } from "../stop-preview-json.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";

const shared = { tags: ["Account"], security: bearerAuth };

const get = createRoute({
  ...shared,
  method: "get",
  path: "/account",
  summary: "The account of this API key",
  responses: { 200: jsonAnswer(accountSchema, "The account"), ...problems },
});

const change = createRoute({
  ...shared,
  method: "patch",
  path: "/account",
  summary: "Choose what happens to overdue periods and to late money",
  request: { body: jsonBody(accountChangeSchema) },
  responses: { 200: jsonAnswer(accountSchema, "The account"), ...problems },
});

const stopPreview = createRoute({
  ...shared,
  method: "get",
  path: "/account/stop-preview",
  summary: "What an emergency stop would hold back",
  responses: { 200: jsonAnswer(stopPreviewSchema, "What would wait"), ...problems },
});

const stop = createRoute({
  ...shared,
  method: "post",
  path: "/account/stop",
  summary: "Emergency stop: charge nothing more",
  description:
    "From the answer on, nothing of this account is charged. Calls that are on their way are not taken back; their outcome is still recorded.",
  responses: { 200: jsonAnswer(accountSchema, "The account, stopped"), ...problems },
});

const resume = createRoute({
  ...shared,
  method: "post",
  path: "/account/resume",
  summary: "Take the emergency stop back",
  responses: { 200: jsonAnswer(accountSchema, "The account, charging"), ...problems },
});

export function accountRoutes(): Api {
  const api = createApi();
  api.openapi(get, (c) => c.json(toJson(c.var.account), 200));
  api.openapi(change, async (c) => {
    const { account, engine, keyId: by } = c.var;
    const word = { accountId: account.id, by };
    const changed = await changePolicies(engine, word, c.req.valid("json"));
    return c.json(toJson(changed), 200);
  });
  api.openapi(stopPreview, async (c) => {
    const { account, engine } = c.var;
    const preview = await readStopPreview(engine.database, account.id, undefined);
    return c.json(stopPreviewJson(preview), 200);
  });
  api.openapi(stop, async (c) => {
    const { account, engine, keyId: by } = c.var;
    return c.json(toJson(await stopCharging(engine, { accountId: account.id, by }, true)), 200);
  });
  api.openapi(resume, async (c) => {
    const { account, engine, keyId: by } = c.var;
    return c.json(toJson(await stopCharging(engine, { accountId: account.id, by }, false)), 200);
  });
  return api;
}

function toJson(account: Account): AccountJson {
  return {
    id: account.id,
    name: account.name,
    mode: account.mode,
    chargingStoppedAt: account.chargingStoppedAt?.toString() ?? null,
    overduePeriods: account.overduePeriods,
    latePayments: account.latePayments,
    createdAt: account.createdAt.toString(),
  };
}
