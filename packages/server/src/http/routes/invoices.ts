/** `/v1/invoices` */
import { createRoute, z } from "@hono/zod-openapi";
import { findChargeView } from "../../charges/charge-reads.ts";
import { chargeSchema } from "../../contract/charges.ts";
import {
  invoicePageSchema,
  invoiceQuerySchema,
  invoiceSchema,
  type InvoiceJson,
} from "../../contract/invoices.ts";
import { collectInvoice } from "../../invoices/collect-invoice.ts";
import {
  findInvoiceView,
  listInvoiceViews,
  type InvoiceView,
} from "../../invoices/invoice-reads.ts";
import { bearerAuth, createApi, jsonAnswer, problems, type Api } from "../api.ts";
import { chargeJson } from "../charge-json.ts";
import { readPageRequest, writeCursor } from "../cursor.ts";
import { found } from "../found.ts";

const shared = { tags: ["Invoices"], security: bearerAuth };

const list = createRoute({
  ...shared,
  method: "get",
  path: "/invoices",
  summary: "List invoices, newest first",
  request: { query: invoiceQuerySchema },
  responses: { 200: jsonAnswer(invoicePageSchema, "A page of invoices"), ...problems },
});

const get = createRoute({
  ...shared,
  method: "get",
  path: "/invoices/{id}",
  summary: "One invoice",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: jsonAnswer(invoiceSchema, "The invoice"), ...problems },
});

const collect = createRoute({
  ...shared,
  method: "post",
  path: "/invoices/{id}/collect",
  summary: "Charge an open invoice that nothing collects",
  description:
    "For an invoice whose authorization expired, or whose charge was given up: a new charge is due now, with the subscription's present method. Refused while a charge of the invoice is live.",
  request: { params: z.object({ id: z.string() }) },
  responses: { 201: jsonAnswer(chargeSchema, "The new charge"), ...problems },
});

export function invoiceRoutes(): Api {
  const api = createApi();
  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const { account, engine } = c.var;
    const page = readPageRequest(query);
    const { end, items } = await listInvoiceViews(engine.database, account.id, query, page);
    return c.json({ items: items.map(toJson), nextCursor: writeCursor(end) }, 200);
  });
  api.openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const invoice = await findInvoiceView(c.var.engine.database, c.var.account.id, id);
    return c.json(toJson(found(invoice, "invoice", id)), 200);
  });
  api.openapi(collect, async (c) => {
    const { id: invoiceId } = c.req.valid("param");
    const { account, engine } = c.var;
    const chargeId = await collectInvoice(engine, { accountId: account.id, invoiceId });
    const charge = await findChargeView(engine.database, account.id, chargeId);
    return c.json(chargeJson(found(charge, "charge", chargeId)), 201);
  });
  return api;
}

function toJson(invoice: InvoiceView): InvoiceJson {
  return {
    id: invoice.id,
    subscriptionId: invoice.subscriptionId,
    customerId: invoice.customerId,
    kind: invoice.period === undefined ? "registration" : "period",
    periodIndex: invoice.period?.index ?? null,
    periodStartsOn: invoice.period?.startsOn.toString() ?? null,
    periodEndsOn: invoice.period?.endsOn.toString() ?? null,
    status: invoice.status,
    amount: invoice.amount.amountMinor,
    currency: invoice.amount.currency,
    lines: [...invoice.lines],
    dueAt: invoice.dueAt.toString(),
    paidAt: invoice.paidAt?.toString() ?? null,
    createdAt: invoice.createdAt.toString(),
  };
}
