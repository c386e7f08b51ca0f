/**
 * The emulated providers in this process: the emulator's own parts, on the simulation's clock and
 * without sockets. A request is handed over as it would arrive, and is answered, left hanging or
 * cut, as the emulator decides.
 */
import type { HttpAnswer, HttpRequest } from "../../../gateways/src/http.ts";
import type { EmulatorClock } from "../../../emulator/src/clock.ts";
import { controlApp } from "../../../emulator/src/control/routes.ts";
import type { World } from "../../../emulator/src/control/world.ts";
import type { FaultBook } from "../../../emulator/src/faults.ts";
import { createLedger } from "../../../emulator/src/ledger.ts";
import { createLinePay } from "../../../emulator/src/line-pay/line-pay.ts";
import type { Hanging, NodeEnv } from "../../../emulator/src/listen.ts";
import { createPortOne } from "../../../emulator/src/portone/portone.ts";
import { createRequestLog, type LoggedRequest } from "../../../emulator/src/request-log.ts";
import { openStore } from "../../../emulator/src/store.ts";
import { createToss } from "../../../emulator/src/toss/toss.ts";
import { Temporal } from "temporal-polyfill";
import type { Provider } from "../../../server/src/connections/connection.ts";
import type { Scheduler } from "./scheduler.ts";

/** Loopback, because the clients send their keys nowhere else without encryption. */
export const providerOrigins: Readonly<Record<Provider, string>> = {
  toss: "http://127.0.0.1:4011",
  portone: "http://127.0.0.1:4012",
  line_pay: "http://127.0.0.1:4013",
};

export type Handled = HttpAnswer | "hangs" | "cut";

export interface Providers {
  readonly world: World;
  /** @returns What came back, and the emulator's record of the request, if it made one. */
  handle(
    request: HttpRequest,
  ): Promise<{ readonly handled: Handled; readonly entry: LoggedRequest | undefined }>;
  /** A call of the control API. @throws {Error} when it is refused. */
  control<T>(path: string, body: unknown): Promise<T>;
}

export function createProviders(
  scheduler: Scheduler,
  faults: (clock: EmulatorClock) => FaultBook,
): Providers {
  const clock = virtualClock(scheduler);
  const store = openStore(undefined);
  const ledger = createLedger(store);
  const log = createRequestLog(clock);
  let latest: LoggedRequest | undefined;
  const requests = {
    ...log,
    begin(request: Parameters<typeof log.begin>[0]) {
      latest = log.begin(request);
      return latest;
    },
  };
  const book = faults(clock);
  const stage = { clock, faults: book, requests, hanging };
  const parts = { store, clock, ledger, stage };
  const toss = createToss(parts);
  const linePay = createLinePay(parts);
  const portOne = createPortOne(parts);
  const apps = { toss: toss.app, line_pay: linePay.app, portone: portOne.app };
  const reset = () => undefined;
  const world: World = {
    clock,
    ledger,
    requests,
    faults: book,
    hanging,
    toss,
    linePay,
    portOne,
    reset,
  } as World;
  const control = controlApp(world);

  return {
    world,
    async handle(request) {
      const origin = new URL(request.url).origin;
      const provider = (Object.keys(apps) as Provider[]).find(
        (name) => providerOrigins[name] === origin,
      );
      if (provider === undefined) throw new Error(`nobody answers at ${origin}`);
      latest = undefined;
      const socket = createSocket();
      const { method, url, headers, body } = request;
      const init = { method, headers, ...(body === undefined ? {} : { body }) };
      const { pathname, search } = new URL(url);
      const incoming = { url: `${pathname}${search}`, method, headers, socket: {} };
      const env = { incoming, outgoing: socket } as unknown as NodeEnv["Bindings"];
      const response = await apps[provider].fetch(new Request(url, init), env);
      return { handled: socket.outcome() ?? (await answerOf(response)), entry: latest };
    },
    async control<T>(path: string, body: unknown) {
      const init = { method: "POST", body: JSON.stringify(body) };
      const response = await control.fetch(new Request(`http://control${path}`, init));
      const text = await response.text();
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
      return JSON.parse(text) as T;
    },
  };
}

async function answerOf(response: Response): Promise<HttpAnswer> {
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: await response.text() };
}

const left = Symbol("left hanging");

/** A request that hangs is only noted: whoever waits for it has a limit of its own. */
const hanging: Hanging = {
  releases: 0,
  hang(c) {
    c.env.outgoing.emit(String(left));
    return Promise.resolve(new Response(null));
  },
  destroy(c) {
    c.env.outgoing.destroy();
    return new Response(null);
  },
  release: () => undefined,
};

/** What the emulator sees of a socket. */
function createSocket() {
  let status = 0;
  let headers: Record<string, string> = {};
  let outcome: Handled | undefined;
  return {
    destroyed: false,
    writeHead(code: number, given: Record<string, string | number>) {
      status = code;
      headers = Object.fromEntries(
        Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]),
      );
    },
    end(text: string) {
      outcome = { status, headers, body: text };
    },
    emit() {
      outcome = "hangs";
    },
    destroy() {
      outcome = "cut";
    },
    outcome: () => outcome,
  };
}

function virtualClock(scheduler: Scheduler): EmulatorClock {
  const stopped = new AbortController();
  const now = () => Temporal.Instant.fromEpochMilliseconds(scheduler.nowMs());
  return {
    now,
    nowMs: () => scheduler.nowMs(),
    nowText: () => new Date(scheduler.nowMs()).toISOString(),
    at(dueAt, action) {
      scheduler.at(dueAt.epochMilliseconds, () => {
        // Not waited for: a webhook ends with an answer that is a task of its own.
        const run = () => void action();
        scheduler.submit({ owner: undefined, name: "provider's alarm", run });
      });
    },
    advanceTo: () => Promise.resolve(),
    sleep: (ms) =>
      new Promise((resolve) => {
        scheduler.at(scheduler.nowMs() + ms, resolve);
      }),
    forget: () => undefined,
    stop: () => undefined,
    stopped: stopped.signal,
  };
}
