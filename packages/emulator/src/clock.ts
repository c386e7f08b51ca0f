/**
 * The emulator's clock: real time plus an offset that only grows. Everything here that waits for
 * provider time (webhook retries) waits on this clock, so that four days of retries can be watched
 * in a second. Waiting for real milliseconds is `sleep`.
 *
 * The only module of the emulator that asks the machine what time it is.
 */
import { setTimeout as realSleep } from "node:timers/promises";
import { Temporal } from "temporal-polyfill";

export interface EmulatorClock {
  now(): Temporal.Instant;
  /** The same instant as milliseconds since 1970. */
  nowMs(): number;
  /** The same instant as ISO-8601 UTC text, made fast: every request is stamped several times. */
  nowText(): string;
  /** Runs the action once the clock reads `dueAt`; at once when that is past. Never rejects. */
  at(dueAt: Temporal.Instant, action: () => Promise<void>): void;
  /**
   * Moves the clock forward, running whatever falls due on the way in order, each at its own
   * instant, one after the other. Does nothing when the instant is already past.
   */
  advanceTo(target: Temporal.Instant): Promise<void>;
  /** Waits real milliseconds, or less when the clock is stopped. */
  sleep(ms: number): Promise<void>;
  /** Forgets all that waits, for a reset. The clock keeps its time. */
  forget(): void;
  /** Forgets all that waits and ends every sleep. */
  stop(): void;
  /** Aborted by `stop`. */
  readonly stopped: AbortSignal;
}

/** Node fires a timer at once when its delay exceeds 31 bits, so long waits are cut in pieces. */
const longestTimerMs = 60 * 60 * 1000;

/** Milliseconds by which a clock must run ahead of the machine to read `startsAt` now. */
export function offsetFor(startsAt: Temporal.Instant): number {
  return startsAt.epochMilliseconds - Date.now();
}

/** @param onOffset Told each new offset in milliseconds, to be kept over a restart. */
export function createClock(
  startOffsetMs: number,
  onOffset: (offsetMs: number) => void,
): EmulatorClock {
  let offsetMs = startOffsetMs;
  let timer: NodeJS.Timeout | undefined;
  let advancing: Promise<void> = Promise.resolve();
  let isAdvancing = false;
  const alarms = createAlarms();
  const stopped = new AbortController();

  const nowMs = () => Date.now() + offsetMs;

  function moveTo(ms: number): void {
    if (ms <= nowMs()) return;
    offsetMs = ms - Date.now();
    onOffset(offsetMs);
  }

  /** Arms one real timer for the earliest alarm. An advance runs alarms itself. */
  function arm(): void {
    clearTimeout(timer);
    const dueMs = alarms.nextDueMs();
    if (dueMs === undefined || isAdvancing || stopped.signal.aborted) return;
    const ring = () => {
      void alarms.ringNext(nowMs());
      arm();
    };
    timer = setTimeout(ring, Math.min(Math.max(dueMs - nowMs(), 0), longestTimerMs)).unref();
  }

  async function runTo(targetMs: number): Promise<void> {
    isAdvancing = true;
    clearTimeout(timer);
    await alarms.settled(); // What is ringing may still set an alarm for the time to be skipped.
    for (let dueMs = alarms.nextDueMs(); dueMs !== undefined; dueMs = alarms.nextDueMs()) {
      if (dueMs > targetMs) break;
      moveTo(dueMs);
      await alarms.ringNext(targetMs);
    }
    moveTo(targetMs);
    isAdvancing = false;
    arm();
  }

  return {
    now: () => Temporal.Instant.fromEpochMilliseconds(nowMs()),
    nowMs,
    nowText: () => new Date(nowMs()).toISOString(),
    at(dueAt, action) {
      alarms.set(dueAt.epochMilliseconds, action);
      arm();
    },
    advanceTo(target) {
      advancing = advancing.then(() => runTo(target.epochMilliseconds));
      return advancing;
    },
    sleep: (ms) => realSleep(ms, undefined, { signal: stopped.signal }).catch(() => undefined),
    forget: () => alarms.forget(),
    stopped: stopped.signal,
    stop() {
      alarms.forget();
      stopped.abort();
      clearTimeout(timer);
    },
  };
}

interface Alarm {
  readonly dueMs: number;
  readonly action: () => Promise<void>;
}

/** Actions waiting for their time, in the order of their times. */
function createAlarms() {
  let alarms: Alarm[] = [];
  const ringing = new Set<Promise<void>>();
  return {
    set(dueMs: number, action: () => Promise<void>): void {
      alarms = [...alarms, { dueMs, action }].sort((a, b) => a.dueMs - b.dueMs);
    },
    nextDueMs: () => alarms[0]?.dueMs,
    /** Runs the earliest action if it is due by then. */
    async ringNext(untilMs: number): Promise<void> {
      const first = alarms[0];
      if (first === undefined || first.dueMs > untilMs) return;
      alarms = alarms.slice(1);
      const ended = first.action();
      ringing.add(ended);
      await ended;
      ringing.delete(ended);
    },
    async settled(): Promise<void> {
      await Promise.all(ringing);
    },
    forget(): void {
      alarms = [];
    },
  };
}
