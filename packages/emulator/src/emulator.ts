/** Starting and stopping the emulator: its parts put together, one port each. */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { createClock, offsetFor } from "./clock.ts";
import { controlApp } from "./control/routes.ts";
import { createFaultBook } from "./faults.ts";
import { createLedger } from "./ledger.ts";
import { createHanging, listen, type Listener } from "./listen.ts";
import { createRequestLog } from "./request-log.ts";
import { openStore, type Store } from "./store.ts";
import { defaultMerchant } from "./toss/merchants.ts";
import { createToss } from "./toss/toss.ts";

export interface EmulatorOptions {
  /** Where to listen; 127.0.0.1 when not given. */
  readonly host?: string;
  /** 0 takes any free port; 4010 and 4011 when not given. */
  readonly ports?: { readonly control?: number; readonly toss?: number };
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
}

export interface RunningEmulator {
  readonly ready: ReadyLine;
  /** Closes every connection, hanging ones too. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the control API and the emulated Toss Payments.
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
    const { control: controlPort = 4010, toss: tossPort = 4011 } = ports;
    const control = await listen(controlApp(world), { host, port: controlPort, name: "control" });
    listeners.push(control);
    const toss = await listen(world.toss.app, { host, port: tossPort, name: "Toss Payments" });
    listeners.push(toss);
    const { clientKey, secretKey } = defaultMerchant;
    const ready = { control: control.url, toss: { url: toss.url, clientKey, secretKey } };
    log(`control at ${ready.control}, Toss Payments at ${ready.toss.url}`);
    return { ready, stop };
  } catch (error) {
    await stop();
    throw error;
  }
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
  const toss = createToss({ store, clock, ledger, stage: { clock, faults, requests, hanging } });
  return {
    clock,
    ledger,
    requests,
    faults,
    hanging,
    toss,
    reset() {
      const offsetMs = offsets.get("offsetMs") ?? 0;
      hanging.release();
      clock.forget();
      store.clear();
      requests.clear();
      keepOffset(offsetMs);
      toss.reset();
    },
  };
}
