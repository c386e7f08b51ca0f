/** `/v1/customers` */
import { createRoute, z } from "@hono/zod-openapi";
import {
  customerChangeSchema,
  customerPageSchema,
  customerSchema,
  newCustomerSchema,
  type CustomerJson,
} from "../../contract/customers.ts";
import { pageQuery, textOf } from "../../contract/values.ts";
import { createCustomer } from "../../customers/create-customer.ts";
import { findCustomer, listCustomers, updateCustomer } from "../../customers/customer-store.ts";
import type { Customer } from "../../customers/customer.ts";
import { bearerAuth, createApi, jsonAnswer, jsonBody, problems, type Api } from "../api.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";

const shared = { tags: ["Customers"], security: bearerAuth };
const params = z.object({ id: z.string() });
const answer = jsonAnswer(customerSchema, "The customer");

const create = createRoute({
  ...shared,
  method: "post",
  path: "/customers",
  summary: "Create a customer",
  request: { body: jsonBody(newCustomerSchema) },
  responses: { 201: answer, ...problems },
});

const list = createRoute({
  ...shared,
  method: "get",
  path: "/customers",
  summary: "List customers, newest first",
  request: {
    query: z.strictObject({
      ...pageQuery,
      externalId: textOf(200).optional().openapi({ description: "Your own id." }),
    }),
  },
  responses: { 200: jsonAnswer(customerPageSchema, "A page of customers"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/customers/{id}",
  summary: "One customer",
  request: { params },
  responses: { 200: answer, ...problems },
});

const change = createRoute({
  ...shared,
  method: "patch",
  path: "/customers/{id}",
  summary: "Change a customer's name, e-mail address, phone number or language",
  request: { params, body: jsonBody(customerChangeSchema) },
  responses: { 200: answer, ...problems },
});

export function customerRoutes(): Api {
  const api = createApi();
  api.openapi(create, async (c) => {
    const { email, externalId, locale, name, phone, testClockId, zone } = c.req.valid("json");
    const wanted = { email, externalId, locale, name, phone, testClockId, zone };
    const customer = await createCustomer(c.var.engine, c.var.account, wanted);
    return c.json(toJson(customer), 201);
  });
  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const { account, engine } = c.var;
    const page = readPageRequest(query);
    const { end, items } = await listCustomers(engine.database, account.id, query, page);
    return c.json({ items: items.map(toJson), nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const customer = await findCustomer(c.var.engine.database, c.var.account.id, id);
    return c.json(toJson(found(customer, "customer", id)), 200);
  });
  api.openapi(change, async (c) => {
    const { id } = c.req.valid("param");
    const { account, engine } = c.var;
    const changed = await updateCustomer(engine.database, account.id, id, c.req.valid("json"));
    return c.json(toJson(found(changed, "customer", id)), 200);
  });
  return api;
}

function toJson(customer: Customer): CustomerJson {
  return {
    id: customer.id,
    externalId: customer.externalId ?? null,
    name: customer.name ?? null,
    email: customer.email ?? null,
    phone: customer.phone ?? null,
    locale: customer.locale,
    zone: customer.zone,
    testClockId: customer.testClockId ?? null,
    createdAt: customer.createdAt.toString(),
  };
}
