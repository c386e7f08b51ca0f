/**
 * The control API and its page. Bodies and queries are checked by the schemas of the calls; every
 * error is JSON: `{ "error": { "code", "message" } }`.
 */
import { Hono } from "hono";
import { z } from "zod";
import type { NodeEnv } from "../listen.ts";
import { accountCalls } from "./account-calls.ts";
import { ControlProblem, type ControlCall } from "./call.ts";
import { controlPage } from "./page.ts";
import { pageScript } from "./page-script.ts";
import { linePayCalls } from "./line-pay-calls.ts";
import { merchantCalls } from "./merchant-calls.ts";
import { pageStyle } from "./page-style.ts";
import { portOneCalls, shownCustomer, shownPayment } from "./portone-calls.ts";
import { tossCalls } from "./toss-calls.ts";
import { webhookCalls } from "./webhook-calls.ts";
import { worldCalls } from "./world-calls.ts";
import type { World } from "./world.ts";

/** How many of each the page shows. */
const shownRows = 50;

export function controlApp(world: World): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>();
  const calls = [
    ...worldCalls(world),
    ...accountCalls(world),
    ...merchantCalls(world),
    ...tossCalls(world),
    ...linePayCalls(world),
    ...portOneCalls(world),
    ...webhookCalls(world),
  ];
  for (const call of calls) route(app, call);

  app.get("/", (c) => c.html(controlPage(calls)));
  app.get("/page.js", (c) => c.body(pageScript, 200, { "content-type": "text/javascript" }));
  app.get("/page.css", (c) => c.body(pageStyle, 200, { "content-type": "text/css" }));
  app.get("/overview", (c) => c.json(overview(world)));
  app.notFound((c) => {
    const message = `No call ${c.req.method} ${c.req.path}. GET / lists them all.`;
    return c.json({ error: { code: "not_found", message } }, 404);
  });
  app.onError((error, c) => {
    if (error instanceof ControlProblem) {
      const { code, message, status } = error;
      return c.json({ error: { code, message } }, status);
    }
    if (error instanceof z.ZodError) {
      const problem = { code: "invalid_request", message: z.prettifyError(error) };
      return c.json({ error: { ...problem, issues: error.issues } }, 400);
    }
    return c.json({ error: { code: "internal", message: error.message } }, 500);
  });
  return app;
}

function route(app: Hono<NodeEnv>, call: ControlCall): void {
  app.on(call.method, call.path, async (c) => {
    const input = call.method === "POST" ? parsed(await c.req.text()) : c.req.query();
    const result = await call.run(input, c.req.param("id") ?? "");
    return c.json(result ?? null);
  });
}

/** An empty body counts as `{}`. */
function parsed(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlProblem(400, "invalid_json", "The body is not JSON.");
  }
}

/** What the page shows, newest first. */
function overview({ clock, ledger, requests, faults, toss, linePay, portOne }: World): unknown {
  const { state, webhooks } = toss;
  const { state: atLinePay } = linePay;
  const { state: atPortOne } = portOne;
  const newest = <T>(rows: T[]) => rows.slice(-shownRows).toReversed();
  return {
    now: clock.now().toString({ fractionalSecondDigits: 0 }),
    movements: ledger.size,
    ledger: newest(ledger.list({ after: ledger.size - shownRows })),
    requests: newest(requests.list({})),
    faults: faults.list(),
    merchants: state.merchants.values(),
    members: newest(state.members.values()),
    accounts: newest(state.accounts.values()),
    cards: newest(state.cards.values()),
    billingKeys: newest(state.billingKeys.values()),
    webhooks: [...webhooks.endpoints.values(), ...portOne.webhooks.endpoints.values()],
    deliveries: newest(webhooks.deliveries.values()),
    switches: state.switches(),
    linePayRequests: newest(atLinePay.listReservations()),
    linePayKeys: newest(atLinePay.regKeys.values()),
    linePayPayments: newest(atLinePay.payments.values()),
    linePayPayers: newest(atLinePay.payers.values()),
    linePayCards: newest(atLinePay.cards.values()),
    linePayMerchants: atLinePay.merchants.values(),
    linePaySwitches: atLinePay.switches(),
    portOneCustomers: newest(atPortOne.customers.values()).map(shownCustomer),
    portOneKeys: newest(atPortOne.pgKeys.values()),
    portOnePayments: newest(atPortOne.payments.values()).map(shownPayment),
    portOneSchedules: newest(atPortOne.schedules.values()),
    portOnePayers: newest(atPortOne.payers.values()),
    portOneMeans: newest(atPortOne.means.values()),
    portOneMerchants: atPortOne.merchants.values(),
    portOneDeliveries: newest(portOne.webhooks.deliveries.values()),
    portOneSwitches: atPortOne.switches(),
  };
}
