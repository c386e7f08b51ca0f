/** `/v1/registrations` */
import { createRoute, z } from "@hono/zod-openapi";
import {
  newRegistrationSchema,
  registrationSchema,
  type RegistrationJson,
} from "../../contract/registrations.ts";
import { openRegistration } from "../../registrations/open-registration.ts";
import { findRegistration } from "../../registrations/registration-store.ts";
import type { Registration } from "../../registrations/registration.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { found } from "../found.ts";

const shared = { tags: ["Registrations"], security: bearerAuth };
const answer = jsonAnswer(registrationSchema, "The registration");

const create = createRoute({
  ...shared,
  method: "post",
  path: "/registrations",
  summary: "Open a registration",
  description: "Send the customer to `url`: there the provider's window registers a method.",
  request: { body: jsonBody(newRegistrationSchema) },
  responses: { 201: answer, ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/registrations/{id}",
  summary: "One registration",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: answer, ...problems },
});

/** @param urlOf Where the customer is sent to. */
export function registrationRoutes(urlOf: (registrationId: string) => string): Api {
  const api = createApi();
  api.openapi(create, async (c) => {
    const wanted = { accountId: c.var.account.id, ...c.req.valid("json") };
    const { registration } = await openRegistration(c.var.engine, wanted);
    return c.json(toJson(registration, urlOf), 201);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const registration = await findRegistration(c.var.engine.database, c.var.account.id, id);
    return c.json(toJson(found(registration, "registration", id), urlOf), 200);
  });
  return api;
}

function toJson(registration: Registration, urlOf: (id: string) => string): RegistrationJson {
  return {
    id: registration.id,
    url: urlOf(registration.id),
    customerId: registration.customerId,
    connectionId: registration.connectionId,
    subscriptionId: registration.subscriptionId ?? null,
    method: registration.method,
    status: registration.status,
    billingKeyId: registration.billingKeyId ?? null,
    failureCode: registration.failureCode ?? null,
    failureMessage: registration.failureMessage ?? null,
    expiresAt: registration.expiresAt.toString(),
    finishedAt: registration.finishedAt?.toString() ?? null,
    createdAt: registration.createdAt.toString(),
  };
}
