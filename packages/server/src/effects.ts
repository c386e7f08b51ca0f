/**
 * Effects: everything the engine takes from the outside world beside the database and the
 * providers. They are passed in, so that the simulator can own time and chance; lint forbids
 * `Date`, timers and randomness everywhere else.
 *
 * Two clocks exist (rule 16 of docs/charge-protocol.md). Leases, the look-up ladder and due dates are judged by the
 * database's clock, in SQL, by `protocol_now()`. The clock here is the process's own: it measures
 * how long ago something happened in this process (the send gate) and stamps logs.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Temporal } from "temporal-polyfill";

export interface Clock {
  now(): Temporal.Instant;
  /** Milliseconds on a clock that never goes back; only differences mean anything. */
  monotonicMs(): number;
}

export interface Random {
  bytes(count: number): Uint8Array;
  uuid(): string;
}

export interface Timers {
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Effects {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
}

export const realEffects: Effects = {
  clock: {
    now: () => Temporal.Now.instant(),
    monotonicMs: () => performance.now(),
  },
  random: {
    bytes: (count) => randomBytes(count),
    uuid: () => randomUUID(),
  },
  timers: {
    sleep: (ms, signal) =>
      sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
  },
};
