/**
 * The HTTP face of the emulated PortOne V1: which path is which operation, and what all of them have
 * in common (the token, the envelope of answers).
 */
import { Hono, type Context } from "hono";
import type { Answer, NodeEnv } from "../listen.ts";
import { perform, type Intervention, type Play, type Stage } from "../stage.ts";
import { chargeAgain, chargeOnetime } from "./again.ts";
import type { Operation, PortOneAnswer } from "./call.ts";
import { cancelPayment } from "./cancel.ts";
import {
  customerPayments,
  deleteCustomer,
  issueCustomer,
  showCustomer,
  showCustomers,
} from "./customers.ts";
import { getToken } from "./get-token.ts";
import {
  findAllPayments,
  findPayment,
  listPayments,
  showPayment,
  showPayments,
} from "./look-up.ts";
import { portOneMerchant } from "./merchants.ts";
import { changePreparation, prepare, showPreparation } from "./prepare.ts";
import type { Merchant } from "./records.ts";
import { badRequest, notFound, Refused, texts, unauthorized } from "./refusals.ts";
import { arrivedRequest, readRequest, type SentRequest } from "./request.ts";
import {
  addSchedules,
  customerSchedules,
  listSchedules,
  moveSchedule,
  reschedule,
  retrySchedule,
  showSchedule,
  unschedule,
} from "./schedule-calls.ts";
import type { PortOneState } from "./state.ts";
import { channelObject } from "./wire.ts";

export interface PortOneApiDeps {
  readonly state: PortOneState;
  readonly stage: Stage;
  /** Charges being worked on, as `impCode merchant_uid`, with how many of each. */
  readonly inProgress: Map<string, number>;
}

interface Route {
  readonly operation: string;
  /** Null for the token, which needs no token. */
  readonly run: Operation | null;
}

const listChannels: Operation = ({ merchant }) => ({
  response: merchant.channels.map(channelObject),
});

const unknownCall: Operation = () => {
  throw notFound("Not Found");
};

/** Everything that PortOne's REST API answers. */
export function portOneApi(deps: PortOneApiDeps): Hono<NodeEnv> {
  const serve = (operation: string, run: Operation | null) => (c: Context<NodeEnv>) =>
    answerCall(deps, c, { operation, run });
  const schedules = "/subscribe/payments/schedule";
  return new Hono<NodeEnv>()
    .post("/users/getToken", serve("token", null))
    .get("/users/pg", serve("users_pg", listChannels))
    .get("/subscribe/customers", serve("customers", showCustomers))
    .get("/subscribe/customers/:parameter", serve("customers", showCustomer))
    .post("/subscribe/customers/:parameter", serve("issue_customer", issueCustomer))
    .delete("/subscribe/customers/:parameter", serve("delete_customer", deleteCustomer))
    .get("/subscribe/customers/:parameter/payments", serve("customer_payments", customerPayments))
    .get(
      "/subscribe/customers/:parameter/schedules",
      serve("customer_schedules", customerSchedules),
    )
    .post("/subscribe/payments/again", serve("again", chargeAgain))
    .post("/subscribe/payments/onetime", serve("onetime", chargeOnetime))
    .post(schedules, serve("schedule", addSchedules))
    .get(schedules, serve("schedules", listSchedules))
    .post("/subscribe/payments/unschedule", serve("unschedule", unschedule))
    .get(`${schedules}/customers/:parameter`, serve("customer_schedules", customerSchedules))
    .get(`${schedules}/:parameter`, serve("schedules", showSchedule))
    .put(`${schedules}/:parameter`, serve("reschedule", moveSchedule))
    .post(`${schedules}/:parameter/reschedule`, serve("reschedule", reschedule))
    .post(`${schedules}/:parameter/retry`, serve("retry", retrySchedule))
    .get("/payments", serve("payments", showPayments))
    .get("/payments/find/:parameter/:status?", serve("find", findPayment))
    .get("/payments/findAll/:parameter/:status?", serve("find_all", findAllPayments))
    .get("/payments/status/:parameter", serve("status", listPayments))
    .post("/payments/cancel", serve("cancel", cancelPayment))
    .post("/payments/prepare", serve("prepare", prepare))
    .put("/payments/prepare", serve("prepare", changePreparation))
    .get("/payments/prepare/:parameter", serve("prepare", showPreparation))
    .get("/payments/:parameter", serve("payments", showPayment))
    .all("/*", serve("unknown", unknownCall));
}

async function answerCall(
  deps: PortOneApiDeps,
  c: Context<NodeEnv>,
  route: Route,
): Promise<Response> {
  const sent = await readRequest(c);
  const arrived = arrivedRequest(c, route.operation, sent);
  return perform(deps.stage, c, arrived, new PortOnePlay(deps, c, route, sent));
}

/** Charges, of which two at once under one merchant_uid are a question of their own. */
const charging = ["again", "onetime"];

/** One request's way through PortOne. */
class PortOnePlay implements Play {
  private readonly deps: PortOneApiDeps;
  private readonly c: Context<NodeEnv>;
  private readonly route: Route;
  private readonly sent: SentRequest;
  private merchant: Merchant | undefined;
  /** What this call is counted under while it is worked on; undefined when it is not. */
  private claim: string | undefined;
  private isConcurrent = false;

  constructor(deps: PortOneApiDeps, c: Context<NodeEnv>, route: Route, sent: SentRequest) {
    this.deps = deps;
    this.c = c;
    this.route = route;
    this.sent = sent;
  }

  admit(): Answer | undefined {
    if (this.route.run === null) return undefined;
    try {
      this.merchant = this.authenticate();
      this.countIn(this.merchant);
      return undefined;
    } catch (error) {
      return this.refuse(error);
    }
  }

  /** `Bearer` as documented now, the bare token and `X-ImpTokenHeader` as before. */
  private authenticate(): Merchant {
    const { state } = this.deps;
    const header = this.c.req.header("authorization") ?? this.c.req.header("x-imptokenheader");
    const { missingToken, ipRefusalStatus } = state.switches();
    const isGuide = header === undefined && missingToken === "default_merchant";
    const token = (header ?? "").replace(/^Bearer\s+/i, "").trim();
    const apiKey = isGuide ? portOneMerchant.apiKey : (state.apiKeyOf(token) ?? "");
    const merchant = state.findMerchantByApiKey(apiKey);
    if (merchant === undefined) throw unauthorized();
    if (merchant.isIpBlocked) {
      throw new Refused({ status: ipRefusalStatus, code: -1, message: texts.notAllowed });
    }
    return merchant;
  }

  private countIn({ impCode }: Merchant): void {
    if (!charging.includes(this.route.operation)) return;
    const { inProgress } = this.deps;
    this.claim = `${impCode} ${String(this.sent.body["merchant_uid"])}`;
    const others = inProgress.get(this.claim) ?? 0;
    this.isConcurrent = others > 0;
    inProgress.set(this.claim, others + 1);
  }

  process(intervention: Intervention): Answer {
    try {
      return this.answer(this.run(intervention));
    } catch (error) {
      return this.refuse(error);
    }
  }

  private run(intervention: Intervention): PortOneAnswer {
    const { deps, c, route, merchant, sent, isConcurrent } = this;
    if (sent.problem !== undefined) throw badRequest(sent.problem);
    if (route.run === null) return getToken(deps.state, sent.body);
    if (merchant === undefined) throw new Error("A request is processed before it is admitted.");
    return route.run({
      state: deps.state,
      merchant,
      parameter: c.req.param("parameter") ?? "",
      status: c.req.param("status") ?? "",
      query: sent.query,
      body: sent.body,
      intervention,
      isConcurrent,
    });
  }

  errorAnswer(status: number | undefined, code: string, message: string | undefined): Answer {
    const isNumber = /^-?\d+$/.test(code);
    return envelope(status ?? 200, isNumber ? Number(code) : -1, message ?? `[${code}]`, null);
  }

  settle(): void {
    this.abandon();
  }

  abandon(): void {
    const { claim } = this;
    if (claim === undefined) return;
    const { inProgress } = this.deps;
    const left = (inProgress.get(claim) ?? 1) - 1;
    if (left === 0) inProgress.delete(claim);
    else inProgress.set(claim, left);
    this.claim = undefined;
  }

  private refuse(error: unknown): Answer {
    if (!(error instanceof Refused)) throw error;
    const { status, code, message } = error.refusal;
    return envelope(status, code, message, null);
  }

  private answer({ response, status }: PortOneAnswer): Answer {
    return envelope(status ?? 200, 0, null, response);
  }
}

function envelope(status: number, code: number, message: string | null, response: unknown): Answer {
  const headers = { "content-type": "application/json; charset=UTF-8" };
  return { status, text: JSON.stringify({ code, message, response }), headers };
}
