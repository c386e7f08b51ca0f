/** Starting and stopping the emulator: its parts put together, one port each. */
import type { Hono } from "hono";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { createClock, offsetFor } from "./clock.ts";
import { controlApp } from "./control/routes.ts";
import { createFaultBook } from "./faults.ts";
import { createLedger } from "./ledger.ts";
import { createLinePay } from "./line-pay/line-pay.ts";
import { linePayMerchants } from "./line-pay/merchants.ts";
import { createHanging, listen, type Listener, type NodeEnv } from "./listen.ts";
import { portOneMerchant } from "./portone/merchants.ts";
import { createPortOne } from "./portone/portone.ts";
import { createRequestLog } from "./request-log.ts";
import { openStore, type Store } from "./store.ts";
import { defaultMerchant } from "./toss/merchants.ts";
import { createToss } from "./toss/toss.ts";

export interface EmulatorOptions {
  /** Where to listen; 127.0.0.1 when not given. */
  readonly host?: string;
  /**
   * 0 takes any free port. Not given, control is 4010, and the providers stand beside it: Toss one
   * above, PortOne two, LINE Pay three; beside any free port, they take free ones too.
   */
  readonly ports?: {
    readonly control?: number;
    readonly toss?: number;
    readonly portone?: number;
    readonly linePay?: number;
  };
  /** Keeps everything over a restart; in memory only when not given. One emulator per directory. */
  readonly dataDirectory?: string;
  /** What the clock reads at first; real time when not given. A kept clock is never set back. */
  readonly startsAt?: Temporal.Instant;
  /** Told, line by line, what the emulator does. */
  readonly log?: (line: string) => void;
}

/** Where everything is, credentials included. */
export interface ReadyLine {
  /** The control API and the page to watch. */
  readonly control: string;
  readonly toss: { readonly url: string; readonly clientKey: string; readonly secretKey: string };
  readonly portone: {
    readonly url: string;
    readonly impCode: string;
    readonly apiKey: string;
    readonly apiSecret: string;
  };
  /** The merchant of the TWD contract; the others are in `linePayMerchants`. */
  readonly linePay: {
    readonly url: string;
    readonly channelId: string;
    readonly channelSecret: string;
  };
}

export interface RunningEmulator {
  readonly ready: ReadyLine;
  /** Closes every connection, hanging ones too. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the control API and the emulated providers.
 *
 * @throws {Error} when a port is taken, or when the data directory cannot be read.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const {
    host = "127.0.0.1",
    ports = {},
    dataDirectory,
    startsAt,
    log = () => undefined,
  } = options;
  const store = openStore(dataDirectory);
  const world = createWorld(store, startsAt);
  const listeners: Listener[] = [];

  let isStopped = false;
  async function stop(): Promise<void> {
    if (isStopped) return;
    isStopped = true;
    world.clock.stop();
    world.hanging.release();
    await Promise.all(listeners.map((listener) => listener.stop()));
    store.close();
    log("stopped");
  }

  try {
    const serve = async (app: Hono<NodeEnv>, port: number, name: string): Promise<string> => {
      const listener = await listen(app, { host, port, name });
      listeners.push(listener);
      return listener.url;
    };
    const { control, toss, portone, linePay } = portsOf(ports);
    const ready: ReadyLine = {
      control: await serve(controlApp(world), control, "control"),
      toss: { url: await serve(world.toss.app, toss, "Toss Payments"), ...tossKeys() },
      portone: { url: await serve(world.portOne.app, portone, "PortOne"), ...portOneKeys() },
      linePay: { url: await serve(world.linePay.app, linePay, "LINE Pay"), ...linePayKeys() },
    };
    log(`control at ${ready.control}`);
    const { toss: atToss, portone: atPortOne, linePay: atLinePay } = ready;
    log(`Toss Payments at ${atToss.url}, PortOne at ${atPortOne.url}`);
    log(`LINE Pay at ${atLinePay.url}`);
    return { ready, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function portsOf({ control = 4010, ...ports }: NonNullable<EmulatorOptions["ports"]>) {
  const beside = (distance: number) => (control === 0 ? 0 : control + distance);
  const { toss = beside(1), portone = beside(2), linePay = beside(3) } = ports;
  return { control, toss, portone, linePay };
}

function tossKeys() {
  const { clientKey, secretKey } = defaultMerchant;
  return { clientKey, secretKey };
}

function portOneKeys() {
  const { impCode, apiKey, apiSecret } = portOneMerchant;
  return { impCode, apiKey, apiSecret };
}

function linePayKeys() {
  const { channelId, channelSecret } = linePayMerchants.TWD;
  return { channelId, channelSecret };
}

function createWorld(store: Store, startsAt: Temporal.Instant | undefined) {
  const offsets = store.table("clock", z.number());
  const kept = offsets.get("offsetMs");
  const asked = startsAt === undefined ? 0 : offsetFor(startsAt);
  const keepOffset = (offsetMs: number) => offsets.put("offsetMs", offsetMs);
  const clock = createClock(kept ?? asked, keepOffset);
  keepOffset(kept ?? asked);

  const ledger = createLedger(store);
  const requests = createRequestLog(clock);
  const faults = createFaultBook(store, clock);
  const hanging = createHanging();
  const stage = { clock, faults, requests, hanging };
  const toss = createToss({ store, clock, ledger, stage });
  const linePay = createLinePay({ store, clock, ledger, stage });
  const portOne = createPortOne({ store, clock, ledger, stage });
  return {
    clock,
    ledger,
    requests,
    faults,
    hanging,
    toss,
    linePay,
    portOne,
    reset() {
      const offsetMs = offsets.get("offsetMs") ?? 0;
      hanging.release();
      clock.forget();
      store.clear();
      requests.clear();
      keepOffset(offsetMs);
      toss.reset();
      linePay.reset();
      portOne.reset();
    },
  };
}
