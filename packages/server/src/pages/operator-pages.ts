/**
 * Operator pages: what is due, captured, failed and waiting, for the people of one account. Logged in
 * with an API key; every change is a form with the session's token, and calls the same use case that
 * the API calls.
 */
import { Hono } from "hono";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { AppError } from "../app-error.ts";
import { listAuthorizationCalls } from "../authorizations/authorization-reads.ts";
import { captureCharge, voidCharge } from "../authorizations/settle-authorization.ts";
import {
  findChargeView,
  listAttempts,
  listLookUps,
  type ChargeView,
} from "../charges/charge-reads.ts";
import { resolveReview } from "../charges/resolve-review.ts";
import { despites, reviewDecisions } from "../charges/review.ts";
import {
  findConnection,
  listConnections,
  listObservations,
} from "../connections/connection-store.ts";
import { holdConnection, reopenConnection } from "../connections/hold-connection.ts";
import { listEvents } from "../events/event-store.ts";
import { listInvoiceViews } from "../invoices/invoice-reads.ts";
import { askForMethod } from "../method-requests/ask-for-method.ts";
import { findRefundView, listRefundViews } from "../refunds/refund-reads.ts";
import { refundReviewDecisions } from "../refunds/refund.ts";
import { resolveRefund } from "../refunds/resolve-refund.ts";
import { readCase, type ReviewCase } from "../reviews/read-case.ts";
import { listReviews } from "../reviews/review-reads.ts";
import { cancelSubscription, keepSubscription } from "../subscriptions/cancel-subscription.ts";
import { listFindings } from "../sweeps/finding-store.ts";
import { requestSweep } from "../sweeps/request-sweep.ts";
import { refundFinding, settleFinding } from "../sweeps/settle-finding.ts";
import { listSweeps } from "../sweeps/sweep-reads.ts";
import { advanceTestClock } from "../test-clocks/advance-test-clock.ts";
import { findTestClock, listTestClocks, readWorkOnClock } from "../test-clocks/test-clock-store.ts";
import { confirmRun } from "../runs/hold-run.ts";
import { listRunHolds } from "../runs/run-store.ts";
import { readStopPreview } from "../runs/stop-preview.ts";
import { stopCharging } from "../accounts/steer-account.ts";
import { readAmount } from "./operator/authorization-panel.ts";
import { chargePage, chargesPage, chargeStatuses } from "./operator/charge-pages.ts";
import { connectionsPage } from "./operator/connection-page.ts";
import { logInPage } from "./operator/log-in-page.ts";
import {
  findSubscriptionLine,
  getCounts,
  listChargeLines,
  listNextDue,
  listSubscriptionLines,
  listTotals,
} from "./operator/operator-reads.ts";
import { overviewPage } from "./operator/overview-page.ts";
import {
  accountOfKey,
  endSession,
  isOurForm,
  operatorAt,
  readOperatorLink,
  startSession,
} from "./operator/session.ts";
import {
  goTo,
  show,
  showError,
  showProblem,
  type OperatorContext,
  type OperatorEnv,
} from "./operator/show.ts";
import {
  askedPage,
  subscriptionPage,
  subscriptionsPage,
  subscriptionStatuses,
} from "./operator/subscription-pages.ts";
import { sunsetRoutes } from "./operator/sunset-routes.ts";
import { testClocksPage } from "./operator/test-clock-page.ts";
import { sweepPage } from "./operator/sweep-page.ts";
import { reviewsPage } from "./operator/review-pages.ts";
import { stopPage } from "./operator/stop-page.ts";
import type { PageDeps } from "./page-deps.ts";

const listLimit = 200;
const overviewLimit = 8;
/** Whose day "today" is. Accounts have no zone of their own. */
const zone = "Asia/Seoul";

export function operatorPages(deps: PageDeps): Hono {
  const pages = new Hono<OperatorEnv>()
    .use(async (context, next) => {
      const operator = await operatorAt(context, deps);
      if (operator === undefined) return goTo(context, "/operator/log-in");
      context.set("operator", operator);
      if (context.req.method === "POST") {
        const form = textsOf(await context.req.parseBody());
        if (!isOurForm(operator, form["formToken"])) return showProblem(context, deps, "formOver");
        context.set("form", form);
      }
      return next();
    })
    .get("/", (context) => showOverview(context, deps))
    .post("/log-out", (context) => {
      endSession(context);
      return goTo(context, "/operator/log-in");
    })
    .route("/subscriptions", subscriptionRoutes(deps))
    .route("/charges", chargeRoutes(deps))
    .get("/reviews", (context) => showReviews(context, deps))
    .post("/refunds/:id/resolve", (context) => resolveRefundReview(context, deps))
    .route("/sweeps", sweepRoutes(deps))
    .route("/connections", connectionRoutes(deps))
    .route("/test-clocks", testClockRoutes(deps))
    .get("/stop", async (context) => {
      const accountId = context.var.operator.account.id;
      const preview = await readStopPreview(deps.engine.database, accountId, undefined);
      const stop = { connectionName: undefined, action: "/operator/stop", preview };
      return show(context, deps, (desk) => stopPage(desk, stop));
    })
    .post("/stop", (context) => setStop(context, deps, true))
    .post("/take-stop-back", (context) => setStop(context, deps, false));
  const app = new Hono();
  app.onError((error, context) => {
    if (!(error instanceof AppError)) throw error;
    return showError(context, deps, error);
  });
  return app.route("/operator", logInRoutes(deps)).route("/operator", pages);
}

/** The emergency stop of the whole account. */
async function setStop(
  context: OperatorContext,
  { engine }: PageDeps,
  isStopped: boolean,
): Promise<Response> {
  const { account, keyName } = context.var.operator;
  const word = { accountId: account.id, by: `operator (${keyName})` };
  await stopCharging(engine, word, isStopped);
  return goTo(context, "/operator");
}

function logInRoutes(deps: PageDeps): Hono {
  return new Hono()
    .get("/log-in", (context) => {
      const problem = context.req.query("problem") === "link" ? "linkOver" : undefined;
      return show(context, deps, (desk) => logInPage(desk, problem));
    })
    .post("/log-in", async (context) => {
      const { apiKey = "" } = textsOf(await context.req.parseBody());
      const payload = await accountOfKey(deps, apiKey);
      if (payload === undefined) {
        return show(context, deps, (desk) => logInPage(desk, "wrongKey"), 401);
      }
      startSession(context, deps, payload);
      return goTo(context, "/operator");
    })
    .get("/enter", (context) => {
      const payload = readOperatorLink(deps, context.req.query("token") ?? "");
      if (payload === undefined) return goTo(context, "/operator/log-in?problem=link");
      startSession(context, deps, payload);
      return goTo(context, "/operator");
    });
}

async function showOverview(context: OperatorContext, deps: PageDeps): Promise<Response> {
  const { database, effects } = deps.engine;
  const accountId = context.var.operator.account.id;
  const today = effects.clock.now().toZonedDateTimeISO(zone).startOfDay().toInstant();
  const [totals, counts, nextDue, refused, connections] = await Promise.all([
    listTotals(database, accountId, today),
    getCounts(database, accountId),
    listNextDue(database, accountId, overviewLimit),
    listChargeLines(database, accountId, { refused: true }, overviewLimit),
    listConnections(database, accountId),
  ]);
  const overview = { totals, counts, nextDue, refused, connections };
  return show(context, deps, (desk) => overviewPage(desk, overview));
}

function subscriptionRoutes(deps: PageDeps): Hono<OperatorEnv> {
  const { engine } = deps;
  const keyOf = (context: OperatorContext) => ({
    accountId: context.var.operator.account.id,
    subscriptionId: context.req.param("id") ?? "",
  });
  const back = (context: OperatorContext) =>
    goTo(context, `/operator/subscriptions/${keyOf(context).subscriptionId}`);

  return new Hono<OperatorEnv>()
    .get("/", async (context) => {
      const asked = context.req.query("status");
      const status = subscriptionStatuses.find((known) => known === asked);
      const { accountId } = keyOf(context);
      const lines = await listSubscriptionLines(engine.database, accountId, status, listLimit);
      return show(context, deps, (desk) => subscriptionsPage(desk, lines, status, listLimit));
    })
    .get("/:id", (context) => showSubscription(context, deps))
    .post("/:id/cancel", async (context) => {
      const when = context.var.form["when"] === "now" ? "now" : "period_end";
      const reason = `operator (${context.var.operator.keyName})`;
      await cancelSubscription(engine, { ...keyOf(context), when, reason });
      return back(context);
    })
    .post("/:id/keep", async (context) => {
      await keepSubscription(engine, keyOf(context));
      return back(context);
    })
    .post("/:id/method", async (context) => {
      const { subscriptionId } = keyOf(context);
      const connectionId = context.var.form["connectionId"] || undefined;
      const request = await askForMethod(engine, { ...keyOf(context), connectionId });
      const url = `${deps.baseUrl}/m/${request.id}`;
      return show(context, deps, (desk) => askedPage(desk, subscriptionId, url));
    });
}

async function showSubscription(context: OperatorContext, deps: PageDeps): Promise<Response> {
  const { database } = deps.engine;
  const accountId = context.var.operator.account.id;
  const id = context.req.param("id") ?? "";
  const line = await findSubscriptionLine(database, accountId, id);
  if (line === undefined) return showProblem(context, deps, "notFound");
  const page = { limit: listLimit, after: undefined };
  const filter = { subscriptionId: id };
  const [events, invoices, charges, all] = await Promise.all([
    listEvents(database, accountId, filter, listLimit),
    listInvoiceViews(database, accountId, filter, page),
    listChargeLines(database, accountId, filter, listLimit),
    listConnections(database, accountId),
  ]);
  const connections = all.filter(({ state }) => state === "active");
  const detail = { line, events, invoices: invoices.items, charges, connections };
  return show(context, deps, (desk) => subscriptionPage(desk, detail));
}

function linesOf(
  context: OperatorContext,
  { engine }: PageDeps,
  filter: { readonly status?: string | undefined },
) {
  const accountId = context.var.operator.account.id;
  return listChargeLines(engine.database, accountId, filter, listLimit);
}

const resolutionForm = z.object({
  decision: z.enum(reviewDecisions),
  note: z.string().trim().min(1).max(1_000),
  despite: z.enum(despites).optional(),
});

const refundResolutionForm = resolutionForm.extend({ decision: z.enum(refundReviewDecisions) });

async function resolveRefundReview(
  context: OperatorContext,
  { engine }: PageDeps,
): Promise<Response> {
  const refundId = context.req.param("id") ?? "";
  const { account, keyName } = context.var.operator;
  const given = refundResolutionForm.safeParse(context.var.form);
  if (!given.success) throw noDecision();
  const review = { accountId: account.id, refundId, by: `operator (${keyName})`, ...given.data };
  await resolveRefund(engine, review);
  const refund = await findRefundView(engine.database, account.id, refundId);
  return goTo(context, `/operator/charges/${refund?.chargeId ?? ""}`);
}

function noDecision(): AppError {
  return new AppError("invalid_request", "Choose a decision and write what it rests on.");
}

/** What waits for a person about a charge; the provider is asked only then. */
async function reviewsOf(
  { engine }: PageDeps,
  { accountId, id, status }: ChargeView,
): Promise<ReviewCase[]> {
  const filter = { chargeId: id, status: "in_review" } as const;
  const page = { limit: listLimit, after: undefined };
  const { items } = await listRefundViews(engine.database, accountId, filter, page);
  const ids = [...(status === "in_review" ? [id] : []), ...items.map((refund) => refund.id)];
  const cases = await Promise.all(ids.map((open) => readCase(engine, accountId, open)));
  return cases.flatMap((it) => it ?? []);
}

async function showReviews(context: OperatorContext, deps: PageDeps): Promise<Response> {
  const accountId = context.var.operator.account.id;
  const page = { limit: listLimit, after: undefined };
  const { items } = await listReviews(deps.engine.database, accountId, page);
  return show(context, deps, (desk) => reviewsPage(desk, items));
}

function chargeRoutes(deps: PageDeps): Hono<OperatorEnv> {
  return new Hono<OperatorEnv>()
    .get("/", async (context) => {
      const asked = context.req.query("status");
      const status = chargeStatuses.find((known) => known === asked);
      const charges = await linesOf(context, deps, { status });
      return show(context, deps, (desk) => chargesPage(desk, charges, status, listLimit));
    })
    .get("/:id", (context) => showCharge(context, deps))
    .post("/:id/resolve", async (context) => {
      const chargeId = context.req.param("id");
      const { account, keyName } = context.var.operator;
      const given = resolutionForm.safeParse(context.var.form);
      if (!given.success) throw noDecision();
      const by = `operator (${keyName})`;
      const review = { accountId: account.id, chargeId, by, ...given.data };
      await resolveReview(deps.engine, review);
      return goTo(context, `/operator/charges/${chargeId}`);
    })
    .post("/:id/capture", (context) => settleCharge(context, deps, "capture"))
    .post("/:id/void", (context) => settleCharge(context, deps, "void"));
}

const settleForm = z.object({ isConfirmed: z.literal("yes"), amount: z.string().optional() });

/** A capture or a void that an operator has ticked as meant. */
async function settleCharge(
  context: OperatorContext,
  { engine }: PageDeps,
  kind: "capture" | "void",
): Promise<Response> {
  const chargeId = context.req.param("id") ?? "";
  const { account, keyName } = context.var.operator;
  const given = settleForm.safeParse(context.var.form);
  if (!given.success) throw new AppError("invalid_request", "Tick that you mean it.");
  const wanted = { accountId: account.id, chargeId, requestedBy: `operator (${keyName})` };
  if (kind === "void") {
    await voidCharge(engine, wanted);
  } else {
    const amountMinor = await amountIn(engine, wanted, given.data.amount);
    await captureCharge(engine, { ...wanted, amountMinor });
  }
  return goTo(context, `/operator/charges/${chargeId}`);
}

/** @returns undefined when the form asks for all of it. */
async function amountIn(
  { database }: PageDeps["engine"],
  { accountId, chargeId }: { readonly accountId: string; readonly chargeId: string },
  text: string | undefined,
): Promise<number | undefined> {
  const charge = await findChargeView(database, accountId, chargeId);
  if (text === undefined || charge === undefined) return undefined;
  const amount = readAmount(text, charge.amount.currency);
  if (amount !== undefined) return amount.amountMinor;
  throw new AppError("invalid_request", `${text} is no amount in ${charge.amount.currency}.`);
}

async function showCharge(context: OperatorContext, deps: PageDeps): Promise<Response> {
  const { database } = deps.engine;
  const accountId = context.var.operator.account.id;
  const charge = await findChargeView(database, accountId, context.req.param("id") ?? "");
  if (charge === undefined) return showProblem(context, deps, "notFound");
  const [attempts, lookUps, calls, line] = await Promise.all([
    listAttempts(database, accountId, charge.id),
    listLookUps(database, accountId, charge.id),
    listAuthorizationCalls(database, accountId, charge.id),
    findSubscriptionLine(database, accountId, charge.subscriptionId),
  ]);
  const reviews = await reviewsOf(deps, charge);
  const detail = { charge, attempts, calls, lookUps, reviews, zone: line?.zone ?? zone };
  return show(context, deps, (desk) => chargePage(desk, detail));
}

const settleFindingForm = z.object({ note: z.string().trim().min(1).max(1_000) });
const refundFindingForm = z.object({ isConfirmed: z.literal("yes") });

function sweepRoutes(deps: PageDeps): Hono<OperatorEnv> {
  const { engine } = deps;
  const page = { limit: listLimit, after: undefined };
  const keyOf = (context: OperatorContext) => ({
    accountId: context.var.operator.account.id,
    findingId: context.req.param("id") ?? "",
  });
  const byWhom = (context: OperatorContext) => `operator (${context.var.operator.keyName})`;
  const back = (context: OperatorContext) => goTo(context, "/operator/sweeps");

  return new Hono<OperatorEnv>()
    .get("/", async (context) => {
      const { accountId } = keyOf(context);
      const [open, sweeps] = await Promise.all([
        listFindings(engine.database, accountId, { isOpen: true }, page),
        listSweeps(engine.database, accountId, {}, { ...page, limit: overviewLimit }),
      ]);
      return show(context, deps, (desk) => sweepPage(desk, open.items, sweeps.items, zone));
    })
    .post("/", async (context) => {
      const { accountId } = keyOf(context);
      const usual = { connectionId: undefined, from: undefined, to: undefined };
      await requestSweep(engine, { accountId, requestedBy: byWhom(context), ...usual });
      return back(context);
    })
    .post("/:id/settle", async (context) => {
      const given = settleFindingForm.safeParse(context.var.form);
      if (!given.success) throw new AppError("invalid_request", "Write what was done about it.");
      await settleFinding(engine, keyOf(context), { by: byWhom(context), note: given.data.note });
      return back(context);
    })
    .post("/:id/refund", async (context) => {
      const given = refundFindingForm.safeParse(context.var.form);
      if (!given.success) throw new AppError("invalid_request", "Tick that you mean it.");
      const reason = "found by the comparison with the provider's records";
      await refundFinding(engine, keyOf(context), { reason, requestedBy: byWhom(context) });
      return back(context);
    });
}

function connectionRoutes(deps: PageDeps): Hono<OperatorEnv> {
  const { engine, baseUrl } = deps;
  return new Hono<OperatorEnv>()
    .get("/", async (context) => {
      const accountId = context.var.operator.account.id;
      const connections = await listConnections(engine.database, accountId);
      const observations = await listObservations(engine.database, listLimit);
      const holds = await listRunHolds(engine.database, accountId);
      const urlOf = (token: string) => `${baseUrl}/notifications/${token}`;
      return show(context, deps, (desk) =>
        connectionsPage(desk, connections, observations, holds, urlOf),
      );
    })
    .get("/:id/pause", async (context) => {
      const accountId = context.var.operator.account.id;
      const connection = await findConnection(engine.database, accountId, context.req.param("id"));
      if (connection === undefined) return showProblem(context, deps, "notFound");
      const preview = await readStopPreview(engine.database, accountId, connection.id);
      const action = `/operator/connections/${connection.id}/pause`;
      const stop = { connectionName: connection.name, action, preview };
      return show(context, deps, (desk) => stopPage(desk, stop));
    })
    .post("/:id/pause", async (context) => {
      const { account, keyName } = context.var.operator;
      const key = { accountId: account.id, id: context.req.param("id") };
      await holdConnection(engine, key, `an operator (${keyName})`, `operator (${keyName})`);
      return goTo(context, "/operator/connections");
    })
    .post("/:id/confirm-run", async (context) => {
      const { account, keyName } = context.var.operator;
      const run = { accountId: account.id, connectionId: context.req.param("id") };
      await confirmRun(engine, run, `operator (${keyName})`);
      return goTo(context, "/operator/connections");
    })
    .post("/:id/resume", async (context) => {
      const { account, keyName } = context.var.operator;
      const key = { accountId: account.id, id: context.req.param("id") };
      await reopenConnection(engine, key, `operator (${keyName})`);
      return goTo(context, "/operator/connections");
    })
    .route("/:id/sunset", sunsetRoutes(deps));
}

const advanceForm = z.union([
  z.object({ by: z.enum(["P1D", "P1M"]) }),
  z.object({ date: z.iso.date() }),
]);

function testClockRoutes(deps: PageDeps): Hono<OperatorEnv> {
  const { engine } = deps;
  return new Hono<OperatorEnv>()
    .get("/", async (context) => {
      const accountId = context.var.operator.account.id;
      const clocks = await listTestClocks(engine.database, accountId);
      const withWork = await Promise.all(
        clocks.slice(0, listLimit).map(async (clock) => ({
          clock,
          work: await readWorkOnClock(engine.database, accountId, clock.id),
        })),
      );
      return show(context, deps, (desk) => testClocksPage(desk, withWork));
    })
    .post("/:id/advance", async (context) => {
      const accountId = context.var.operator.account.id;
      const testClockId = context.req.param("id");
      const given = advanceForm.safeParse(context.var.form);
      const clock = await findTestClock(engine.database, accountId, testClockId);
      if (!given.success || clock === undefined) return showProblem(context, deps, "notFound");
      const here = clock.nowAt.toZonedDateTimeISO(zone);
      const to =
        "by" in given.data
          ? here.add(given.data.by)
          : Temporal.PlainDate.from(given.data.date).toZonedDateTime({
              timeZone: zone,
              plainTime: "23:59",
            });
      await advanceTestClock(engine, { accountId, testClockId, to: to.toInstant() });
      return goTo(context, "/operator/test-clocks");
    });
}

function textsOf(body: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(body).filter((field): field is [string, string] => typeof field[1] === "string"),
  );
}
