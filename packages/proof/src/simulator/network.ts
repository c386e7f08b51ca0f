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
import type { Providers } from "./providers.ts";
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
    | "doubled";
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
  readonly afterStep: (owner: Owner) => void;
}

type Told = { readonly answer: HttpAnswer } | { readonly error: Error };

export function createNetwork(deps: NetworkDeps): Network {
  const { providers, scheduler } = deps;
  const arrivals: Arrival[] = [];

  async function arrive(
    owner: Owner,
    request: HttpRequest,
    departedAtMs: number,
    isCopy: boolean,
  ): Promise<HttpAnswer | "hangs" | "cut"> {
    const { entry, handled } = await providers.handle(request);
    const { pathname } = new URL(request.url);
    const answered = typeof handled === "string" ? handled : String(handled.status);
    const fault = entry?.fault?.type ?? "";
    const what = entry === undefined ? pathname : `${entry.operation} ${entry.orderId ?? ""}`;
    scheduler.note(entry?.provider ?? "provider", `${what} ${fault} → ${answered}`);
    if (entry !== undefined) {
      const arrivedAtMs = scheduler.nowMs();
      arrivals.push({ process: owner.name, departedAtMs, arrivedAtMs, entry, isCopy });
    }
    return handled;
  }

  function travel(
    owner: Owner,
    request: HttpRequest,
    fate: NetworkFate,
    tell: (told: Told) => void,
  ): void {
    const departedAtMs = scheduler.nowMs();
    const host = new URL(request.url).host;
    const reachAt = (ms: number, isCopy: boolean) => {
      scheduler.at(departedAtMs + ms, () => {
        const run = async () => {
          const handled = await arrive(owner, request, departedAtMs, isCopy);
          if (isCopy || fate.kind === "answer_lost" || fate.kind === "late") return;
          if (handled === "hangs") return;
          const told =
            handled === "cut"
              ? { error: new NoAnswerError(`${host} closed the connection`) }
              : { answer: handled };
          scheduler.at(scheduler.nowMs() + fate.backMs, () => tell(told));
        };
        scheduler.submit({ owner: undefined, name: "request arrives", run });
      });
    };
    if (fate.kind !== "lost") reachAt(fate.thereMs, false);
    if (fate.kind === "doubled") reachAt(fate.thereMs + fate.backMs, true);
    if (fate.kind === "late") {
      const error = new NoAnswerError(`${host} cut the connection`);
      scheduler.at(departedAtMs + Math.min(fate.thereMs, fate.backMs), () => tell({ error }));
    }
  }

  function send(owner: Owner, request: HttpRequest): Promise<HttpAnswer> {
    const fate = deps.fateOf(request);
    const { host, pathname } = new URL(request.url);
    scheduler.note(owner.name, `sends ${request.method} ${shape(pathname)} (${fate.kind})`);
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
          deps.afterStep(owner);
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
      travel(owner, request, fate, tell);
    });
  }

  return {
    arrivals,
    senderOf: (owner) => ({
      send: (request) => send(owner, request),
      close: () => Promise.resolve(),
    }),
  };
}

/** A path without what is secret or different in each run. */
function shape(pathname: string): string {
  return pathname.replaceAll(/\/[^/]{16,}/g, "/…");
}
