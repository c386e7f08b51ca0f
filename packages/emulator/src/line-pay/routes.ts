/**
 * The HTTP face of the emulated LINE Pay: which path is which operation, and what all of them have
 * in common (signature, one call at a time, the envelope of answers). `/v3` and `/v4` are the same
 * but for what call.ts and request-payment.ts say.
 */
import { Hono, type Context } from "hono";
import type { Answer, NodeEnv } from "../listen.ts";
import { perform, type Intervention, type Play, type Stage } from "../stage.ts";
import type { LinePayAnswer, Operation } from "./call.ts";
import { capturePayment, voidPayment } from "./capture.ts";
import { chargeKey } from "./charge.ts";
import { checkKey } from "./check-key.ts";
import { checkRequest } from "./check-request.ts";
import { confirmPayment } from "./confirm.ts";
import { paymentDetails } from "./details.ts";
import { expireKey } from "./expire-key.ts";
import type { Merchant } from "./records.ts";
import { refundPayment } from "./refund.ts";
import { Refused, refusal, refused, type Refusal } from "./refusals.ts";
import { arrivedRequest, readRequest, signedPart, type SentRequest } from "./request.ts";
import { requestPayment } from "./request-payment.ts";
import { authenticate } from "./signature.ts";
import type { LinePayState } from "./state.ts";

export interface LinePayApiDeps {
  readonly state: LinePayState;
  readonly stage: Stage;
  /** What is being worked on: a second call on the same key or transaction answers 1198. */
  readonly inProgress: Set<string>;
  /** Nonces seen while repeating one is refused, as `channelId nonce`. */
  readonly nonces: Set<string>;
}

interface Route {
  readonly operation: string;
  readonly run: Operation;
  /** What of it can only be done once at a time. */
  readonly locks: "key" | "transaction" | "nothing";
}

const request: Route = { operation: "request", run: requestPayment, locks: "nothing" };
const check: Route = { operation: "check", run: checkRequest, locks: "nothing" };
const confirm: Route = { operation: "confirm", run: confirmPayment, locks: "transaction" };
const capture: Route = { operation: "capture", run: capturePayment, locks: "transaction" };
const voiding: Route = { operation: "void", run: voidPayment, locks: "transaction" };
const refund: Route = { operation: "refund", run: refundPayment, locks: "transaction" };
const details: Route = { operation: "details", run: paymentDetails, locks: "nothing" };
const keyCheck: Route = { operation: "key_check", run: checkKey, locks: "nothing" };
const charge: Route = { operation: "charge", run: chargeKey, locks: "key" };
const expire: Route = { operation: "expire", run: expireKey, locks: "key" };

/** Everything under `/v3` and `/v4`. */
export function linePayApi(deps: LinePayApiDeps): Hono<NodeEnv> {
  const serve = (route: Route) => (c: Context<NodeEnv>) => answerCall(deps, c, route);
  return new Hono<NodeEnv>()
    .basePath("/:version{v[34]}/payments")
    .get("/", serve(details))
    .post("/request", serve(request))
    .get("/requests/:parameter/check", serve(check))
    .post("/:parameter/confirm", serve(confirm))
    .post("/:parameter/refund", serve(refund))
    .post("/authorizations/:parameter/capture", serve(capture))
    .post("/authorizations/:parameter/void", serve(voiding))
    .get("/preapprovedPay/:parameter/check", serve(keyCheck))
    .post("/preapprovedPay/:parameter/payment", serve(charge))
    .post("/preapprovedPay/:parameter/expire", serve(expire));
}

async function answerCall(
  deps: LinePayApiDeps,
  c: Context<NodeEnv>,
  route: Route,
): Promise<Response> {
  const sent = await readRequest(c);
  const arrived = arrivedRequest(deps.state, c, route.operation, sent);
  return perform(deps.stage, c, arrived, new LinePayPlay(deps, c, route, sent));
}

/** One request's way through LINE Pay. */
class LinePayPlay implements Play {
  private readonly deps: LinePayApiDeps;
  private readonly c: Context<NodeEnv>;
  private readonly route: Route;
  private readonly sent: SentRequest;
  private merchant: Merchant | undefined;
  /** What this call keeps others from; undefined when nothing. */
  private lock: string | undefined;

  constructor(deps: LinePayApiDeps, c: Context<NodeEnv>, route: Route, sent: SentRequest) {
    this.deps = deps;
    this.c = c;
    this.route = route;
    this.sent = sent;
  }

  admit(): Answer | undefined {
    try {
      this.merchant = authenticate(this.deps.state, signedPart(this.c, this.sent));
      this.refuseRepeatedNonce(this.merchant);
      this.beAlone(this.merchant);
      return undefined;
    } catch (error) {
      return this.refuse(error);
    }
  }

  private refuseRepeatedNonce({ channelId }: Merchant): void {
    const { nonces, state } = this.deps;
    if (!state.switches().repeatedNonceRefused) return;
    const nonce = `${channelId} ${this.c.req.header("x-line-authorization-nonce") ?? ""}`;
    if (nonces.has(nonce)) throw refused("1106");
    nonces.add(nonce);
  }

  /** 1198 for a call while another on the same key or transaction is being worked on. */
  private beAlone({ channelId }: Merchant): void {
    const { locks } = this.route;
    if (locks === "nothing") return;
    const { inProgress, state } = this.deps;
    const lock = `${channelId} ${locks} ${this.parameter}`;
    if (inProgress.has(lock)) throw refused(locks === "key" ? state.switches().busyKey : "1198");
    inProgress.add(lock);
    this.lock = lock;
  }

  process(intervention: Intervention): Answer {
    try {
      return this.answer(this.run(intervention));
    } catch (error) {
      return this.refuse(error);
    }
  }

  private run(intervention: Intervention): LinePayAnswer {
    const { deps, c, route, merchant, sent } = this;
    if (merchant === undefined) throw new Error("A request is processed before it is admitted.");
    return route.run({
      state: deps.state,
      merchant,
      version: c.req.param("version") === "v4" ? "v4" : "v3",
      parameter: this.parameter,
      query: new URLSearchParams(sent.query),
      body: this.body(),
      intervention,
      origin: new URL(c.req.url).origin,
      at: deps.state.clock.nowText(),
    });
  }

  private body(): unknown {
    const { problem, body } = this.sent;
    if (problem === undefined) return body;
    const mayBeEmpty = this.deps.state.switches().emptyBody;
    if (problem === "empty" && mayBeEmpty) return {};
    throw refused("2102", `JSON data format error. [${problem}]`);
  }

  private get parameter(): string {
    return this.c.req.param("parameter") ?? "";
  }

  errorAnswer(status: number | undefined, code: string, message: string | undefined): Answer {
    return { ...this.answer(refusal(code, message)), status: status ?? 200 };
  }

  settle(): void {
    this.abandon();
  }

  abandon(): void {
    if (this.lock !== undefined) this.deps.inProgress.delete(this.lock);
    this.lock = undefined;
  }

  private refuse(error: unknown): Answer {
    if (!(error instanceof Refused)) throw error;
    return this.answer(error.refusal);
  }

  /** Errors are HTTP 200 too; only the code tells. The states of a check (01..) are no errors. */
  private answer({ code, message, info }: LinePayAnswer | (Refusal & { info?: unknown })): Answer {
    const isError = !code.startsWith("0");
    const isSample = isError && this.deps.state.switches().errorShape === "resultCode";
    const envelope = isSample
      ? { resultCode: Number(code), statusMessage: message }
      : { returnCode: code, returnMessage: message, ...(info === undefined ? {} : { info }) };
    const headers = { "content-type": "application/json" };
    return { status: 200, text: JSON.stringify(envelope), headers };
  }
}
