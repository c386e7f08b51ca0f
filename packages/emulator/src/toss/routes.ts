/**
 * The HTTP face of the emulated Toss Payments: which path is which operation, and what all of them
 * have in common (credentials, idempotency, forced errors, languages, the shape of errors).
 */
import { Hono, type Context } from "hono";
import type { Answer, NodeEnv } from "../listen.ts";
import { perform, type Intervention, type Play, type Stage } from "../stage.ts";
import { authenticate, requireBilling, type Caller } from "./auth.ts";
import type { Operation } from "./call.ts";
import { cancelPayment } from "./cancel.ts";
import { chargeBillingKey } from "./charge.ts";
import { deleteBillingKey } from "./delete-key.ts";
import type { IdempotencyKeys } from "./idempotency.ts";
import { issueBillingKey, issueBillingKeyForCard } from "./issue.ts";
import { getPayment, getPaymentOfOrder, listSettlements, listTransactions } from "./look-up.ts";
import { Refused, isKnownCode, refusal, refused, type Refusal } from "./refusals.ts";
import { arrivedRequest, pathAndQuery, readBody } from "./request.ts";
import type { TossState } from "./state.ts";
import { randomTraceId } from "./tokens.ts";

export interface TossApiDeps {
  readonly state: TossState;
  readonly stage: Stage;
  readonly idempotency: IdempotencyKeys;
}

interface Route {
  readonly operation: string;
  readonly run: Operation;
  readonly isBilling: boolean;
}

const issue: Route = { operation: "issue", run: issueBillingKey, isBilling: true };
const issueCard: Route = { operation: "issue_card", run: issueBillingKeyForCard, isBilling: true };
const charge: Route = { operation: "charge", run: chargeBillingKey, isBilling: true };
const deleteKey: Route = { operation: "delete_key", run: deleteBillingKey, isBilling: true };
const payment: Route = { operation: "get_payment", run: getPayment, isBilling: false };
const order: Route = { operation: "get_order", run: getPaymentOfOrder, isBilling: false };
const cancel: Route = { operation: "cancel", run: cancelPayment, isBilling: false };
const transactions: Route = { operation: "transactions", run: listTransactions, isBilling: false };
const settlements: Route = { operation: "settlements", run: listSettlements, isBilling: false };
const unknown: Route = {
  operation: "unknown",
  run() {
    throw refused("NOT_FOUND_HTTP_METHOD");
  },
  isBilling: false,
};

/** Everything under `/v1`. */
export function tossApi(deps: TossApiDeps): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>();
  const serve = (route: Route) => (c: Context<NodeEnv>) => answerCall(deps, c, route);
  app.post("/v1/billing/authorizations/issue", serve(issue));
  app.post("/v1/billing/authorizations/card", serve(issueCard));
  app.post("/v1/billing/:parameter", serve(charge));
  app.delete("/v1/billing/:parameter", serve(deleteKey));
  app.get("/v1/payments/orders/:parameter", serve(order));
  app.get("/v1/payments/:parameter", serve(payment));
  app.post("/v1/payments/:parameter/cancel", serve(cancel));
  app.get("/v1/transactions", serve(transactions));
  app.get("/v1/settlements", serve(settlements));
  app.all("/v1/*", serve(unknown));
  return app;
}

async function answerCall(deps: TossApiDeps, c: Context<NodeEnv>, route: Route): Promise<Response> {
  const body = await readBody(c);
  const request = arrivedRequest(deps.state, c, route.operation, body.value);
  return perform(deps.stage, c, request, new TossPlay(deps, c, route, body));
}

/** One request's way through Toss. */
class TossPlay implements Play {
  private readonly traceId = randomTraceId();
  private readonly isEnglish: boolean;
  private readonly idempotencyKey: string | undefined;
  private readonly deps: TossApiDeps;
  private readonly c: Context<NodeEnv>;
  private readonly route: Route;
  private readonly body: { value: unknown; problem: string | undefined };
  private caller: Caller | undefined;
  /** What the idempotency key is kept under; undefined without one. */
  private tuple: string | undefined;

  constructor(
    deps: TossApiDeps,
    c: Context<NodeEnv>,
    route: Route,
    body: { value: unknown; problem: string | undefined },
  ) {
    this.deps = deps;
    this.c = c;
    this.route = route;
    this.body = body;
    this.isEnglish = /^en\b/i.test(c.req.header("accept-language") ?? "");
    this.idempotencyKey = c.req.method === "POST" ? c.req.header("idempotency-key") : undefined;
  }

  admit(): Answer | undefined {
    try {
      this.caller = authenticate(this.deps.state, this.c.req.header("authorization"));
    } catch (error) {
      return this.refuse(error);
    }
    return this.admitIdempotently(this.caller);
  }

  private admitIdempotently({ secretKey }: Caller): Answer | undefined {
    const { deps, c, route, idempotencyKey } = this;
    const isExempt = route === issue && !deps.state.switches().idempotencyOnIssue;
    if (idempotencyKey === undefined || isExempt) return undefined;
    if (idempotencyKey.length > 300) return this.error(refusal("INVALID_IDEMPOTENCY_KEY"));

    const tuple = `${idempotencyKey}\n${secretKey}\n${c.req.method} ${pathAndQuery(c)}`;
    const first = deps.idempotency.find(tuple);
    if (first === "running") return this.error(refusal("IDEMPOTENT_REQUEST_PROCESSING"));
    if (first !== undefined) {
      const traceId = `${this.traceId},${first.traceId}`;
      return { status: first.status, text: first.text, headers: this.headers(traceId) };
    }
    deps.idempotency.begin(tuple);
    this.tuple = tuple;
    return undefined;
  }

  process(intervention: Intervention): Answer {
    try {
      const result = this.run(intervention);
      const text = result === undefined ? "" : JSON.stringify(result);
      return { status: 200, text, headers: this.headers() };
    } catch (error) {
      return this.refuse(error);
    }
  }

  private run(intervention: Intervention): unknown {
    const { deps, c, route, caller, isEnglish } = this;
    if (caller === undefined) throw new Error("A request is processed before it is admitted.");
    this.forcedError(caller);
    if (this.body.problem !== undefined) throw refused("INVALID_REQUEST", this.body.problem);
    if (route.isBilling) requireBilling(caller);
    const { decline } = intervention;
    if (decline !== undefined && route !== charge) throw refused(decline.code);
    return route.run({
      state: deps.state,
      merchant: caller.merchant,
      parameter: c.req.param("parameter") ?? "",
      query: new URLSearchParams(c.req.url.split("?")[1]),
      body: this.body.value,
      intervention,
      isEnglish,
      at: deps.state.clock.nowText(),
    });
  }

  /**
   * `TossPayments-Test-Code` forces an error, for test keys only, before anything is looked up
   * ("HTTP 헤더로 에러 테스트하기", read 2026-11).
   */
  private forcedError({ secretKey }: Caller): void {
    const code = this.c.req.header("tosspayments-test-code");
    if (code === undefined || !secretKey.startsWith("test_")) return;
    const needsKey = code === "IDEMPOTENT_REQUEST_PROCESSING" && this.idempotencyKey === undefined;
    throw refused(isKnownCode(code) && !needsKey ? code : "INVALID_TEST_CODE");
  }

  errorAnswer(status: number | undefined, code: string, message: string | undefined): Answer {
    const usual = refusal(code);
    const { message: korean, messageEnglish: english } = usual;
    const texts = { message: message ?? korean, messageEnglish: message ?? english };
    return this.error({ status: status ?? usual.status, code, ...texts });
  }

  settle({ status, text }: Answer): void {
    if (this.tuple === undefined) return;
    // "Still processing" is not an answer to keep: repeating is how its result is obtained.
    if (status === 409) this.deps.idempotency.abandon(this.tuple);
    else this.deps.idempotency.settle(this.tuple, { status, text, traceId: this.traceId });
  }

  abandon(): void {
    if (this.tuple !== undefined) this.deps.idempotency.abandon(this.tuple);
  }

  private refuse(error: unknown): Answer {
    if (!(error instanceof Refused)) throw error;
    return this.error(error.refusal);
  }

  private error({ status, code, message, messageEnglish }: Refusal): Answer {
    const text = JSON.stringify({ code, message: this.isEnglish ? messageEnglish : message });
    return { status, text, headers: this.headers() };
  }

  private headers(traceId = this.traceId): Record<string, string> {
    const headers: Record<string, string> = {
      "content-type": "application/json;charset=UTF-8",
      "x-tosspayments-trace-id": traceId,
    };
    if (this.idempotencyKey !== undefined) headers["idempotency-key"] = this.idempotencyKey;
    return headers;
  }
}
