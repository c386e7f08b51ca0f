/**
 * The network between a virtual process and the providers: each request leaves, arrives and is
 * answered at times of its own, or is lost, cut, late or doubled on its way, as the weather says.
 * What the engine is told and what really happened are written down side by side.
 */
import {
  NoAnswerError,
  NotSentError,
  type HttpAnswer,
  type HttpRequest,
  type HttpSender,
} from "../../../gateways/src/http.ts";
import type { LoggedRequest } from "../../../emulator/src/request-log.ts";
import type { Handled, Providers } from "./providers.ts";
import type { Owner, Scheduler } from "./scheduler.ts";

export interface NetworkFate {
  readonly kind:
    | "ok"
    /** No connection: not a byte is written. */
    | "refused"
    /** Never arrives. */
    | "lost"
    /** Arrives, and its answer never does. */
    | "answer_lost"
    /** The connection is cut at once, and the request arrives all the same, later. */
    | "late"
    /** A proxy delivers it twice. */
    | "doubled"
    /** Never arrives, and is answered with the latest answer to another. */
    | "crossed"
    /** The provider takes another amount than it was asked for. */
    | "mispriced";
  /** On its way to the provider, and back again. */
  readonly thereMs: number;
  readonly backMs: number;
}

/** A request that reached a provider. */
export interface Arrival {
  readonly process: string;
  readonly departedAtMs: number;
  readonly arrivedAtMs: number;
  readonly entry: LoggedRequest;
  /** Made by the network, not by us. */
  readonly isCopy: boolean;
}

export interface Network {
  senderOf(owner: Owner): HttpSender;
  readonly arrivals: readonly Arrival[];
}

export interface NetworkDeps {
  readonly scheduler: Scheduler;
  readonly providers: Providers;
  readonly fateOf: (request: HttpRequest) => NetworkFate;
  readonly afterStep: (owner: Owner, isDelicate: boolean) => void;
  /** Told of each order that leaves to be paid, whether or not it arrives. */
  readonly onOrder: (orderId: string) => void;
}

type Told = { readonly answer: HttpAnswer } | { readonly error: Error };

export function createNetwork(deps: NetworkDeps): Network {
  const arrivals: Arrival[] = [];
  const latest = new Map<string, HttpAnswer>();
  return {
    arrivals,
    senderOf: (owner) => ({
      send: (request) => send({ ...deps, arrivals, latest, owner, request }),
      close: () => Promise.resolve(),
    }),
  };
}

/** One request on its way. */
interface Journey extends NetworkDeps {
  readonly arrivals: Arrival[];
  /** The latest success of each host in what costs money. */
  readonly latest: Map<string, HttpAnswer>;
  readonly owner: Owner;
  readonly request: HttpRequest;
}

function send(journey: Journey): Promise<HttpAnswer> {
  const { owner, request, scheduler } = journey;
  const fate = journey.fateOf(request);
  const { host, pathname } = new URL(request.url);
  scheduler.note(owner.name, `sends ${request.method} ${shape(pathname)} (${fate.kind})`);
  const orderId = isForMoney(request) ? orderOf(request) : undefined;
  if (orderId !== undefined) journey.onOrder(orderId);
  return new Promise((resolve, reject) => {
    let isTold = false;
    const tell = (told: Told) => {
      const run = () => {
        if (isTold) return;
        isTold = true;
        if ("answer" in told) resolve(told.answer);
        else {
          scheduler.note(owner.name, `no answer: ${told.error.message}`);
          reject(told.error);
        }
        journey.afterStep(owner, isForMoney(request));
      };
      scheduler.submit({ owner, name: "answer", run });
    };
    if (fate.kind === "refused") {
      tell({ error: new NotSentError(`${host} refused the connection`) });
      return;
    }
    const limitMs = request.connectTimeoutMs + request.readTimeoutMs;
    const error = new NoAnswerError(`no complete answer from ${host} within ${limitMs} ms`);
    scheduler.at(scheduler.nowMs() + limitMs, () => {
      if (!isTold) tell({ error });
    });
    travel(journey, fate, tell);
  });
}

function travel(journey: Journey, fate: NetworkFate, tell: (told: Told) => void): void {
  const { request, scheduler } = journey;
  const departedAtMs = scheduler.nowMs();
  const { host } = new URL(request.url);
  const reachAfter = (ms: number, isCopy: boolean) => {
    const run = async () => {
      const isMispriced = fate.kind === "mispriced";
      const handled = await arrive(journey, departedAtMs, { isCopy, isMispriced });
      const isUnheard = isCopy || fate.kind === "answer_lost" || fate.kind === "late";
      if (isUnheard || handled === "hangs") return;
      const told =
        handled === "cut"
          ? { error: new NoAnswerError(`${host} closed the connection`) }
          : { answer: handled };
      scheduler.at(scheduler.nowMs() + fate.backMs, () => tell(told));
    };
    scheduler.at(departedAtMs + ms, () => {
      scheduler.submit({ owner: undefined, name: "request arrives", run });
    });
  };
  if (fate.kind === "crossed") {
    const answer = journey.latest.get(host);
    const told = answer === undefined ? undefined : { answer };
    if (told !== undefined) scheduler.at(departedAtMs + fate.backMs, () => tell(told));
    return;
  }
  if (fate.kind !== "lost") reachAfter(fate.thereMs, false);
  if (fate.kind === "doubled") reachAfter(fate.thereMs + fate.backMs, true);
  if (fate.kind === "late") {
    const error = new NoAnswerError(`${host} cut the connection`);
    scheduler.at(departedAtMs + Math.min(fate.thereMs, fate.backMs), () => tell({ error }));
  }
}

async function arrive(
  { arrivals, latest, owner, providers, request, scheduler }: Journey,
  departedAtMs: number,
  { isCopy, isMispriced }: { readonly isCopy: boolean; readonly isMispriced: boolean },
): Promise<Handled> {
  const { entry, handled } = await providers.handle(isMispriced ? mispriced(request) : request);
  const { pathname } = new URL(request.url);
  const answered = typeof handled === "string" ? handled : String(handled.status);
  const what = entry === undefined ? pathname : `${entry.operation} ${entry.orderId ?? ""}`;
  const fault = entry?.fault?.type ?? "";
  scheduler.note(entry?.provider ?? "provider", `${what} ${fault} → ${answered}`);
  if (typeof handled !== "string" && handled.status === 200 && isForMoney(request)) {
    latest.set(new URL(request.url).host, handled);
  }
  if (entry === undefined) return handled;
  const arrivedAtMs = scheduler.nowMs();
  arrivals.push({ process: owner.name, departedAtMs, arrivedAtMs, entry, isCopy });
  return handled;
}

/** A charge of any provider: when its answer is lost, nobody knows whether it was paid. */
export function isForMoney({ url }: Pick<HttpRequest, "url">): boolean {
  return /\/billing\/(?!authorizations)[^/]+$|preapprovedPay\/[^/]+\/payment$|payments\/again$/.test(
    url,
  );
}

/** As a provider reads it that takes one unit more than it is asked for. */
function mispriced({ body = "", ...request }: HttpRequest): HttpRequest {
  const oneMore = (_: string, name: string, amount: string) => `${name}${Number(amount) + 1}`;
  return { ...request, body: body.replace(/("amount":|\bamount=)(\d+)/, oneMore) };
}

function orderOf({ body = "" }: HttpRequest): string | undefined {
  return /"?(?:orderId|merchant_uid)"?[:=] ?"?([0-9A-Za-z-]+)/.exec(body)?.[1];
}

/** A path without what is secret or different in each run. */
function shape(pathname: string): string {
  return pathname.replaceAll(/\/[^/]{16,}/g, "/…");
}
