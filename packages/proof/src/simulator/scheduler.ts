/**
 * Scheduler: decides what happens next. Everything that waits outside a process (a statement, a
 * timer, a request on its way) is a task here; one task runs at a time, chosen by the seed among
 * those that are ready, and time stands still meanwhile. When nothing is ready, the clock jumps to
 * the next alarm.
 *
 * Loops that poll would fill a simulated year with nothing. They rest: past the hot seconds around an
 * event they are left alone until the database holds something whose time has come, and they are left
 * alone, too, while another round would find what their last one did.
 */
import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import type { Profiles } from "./profiles.ts";
import type { Chance } from "../chance.ts";
import { createSleepers, type Sleeper } from "./sleepers.ts";

/** Whoever runs tasks: dead ones run none, paused ones later. */
export interface Owner {
  readonly name: string;
  isDead: boolean;
  pausedUntilMs: number;
}

export interface Task {
  /** Undefined for what belongs to no process: the network, the database server. */
  readonly owner: Owner | undefined;
  readonly name: string;
  run(): Promise<void> | void;
}

/** One line of what happened, for the hash and for people. */
export interface TraceLine {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

export interface Scheduler {
  /** Milliseconds since 1970, virtual. */
  nowMs(): number;
  submit(task: Task): void;
  /** Runs the action at its time. @returns A function that calls it off. */
  at(dueMs: number, action: () => void): () => void;
  /** Ends after `ms`, or when the signal aborts. */
  sleep(owner: Owner, ms: number, signal: AbortSignal | undefined): Promise<void>;
  /**
   * A loop's sleep between two rounds: ends after `ms` or when the signal aborts, or later when it
   * would be in vain.
   */
  rest(owner: Owner, ms: number, signal: AbortSignal, isInVain: () => boolean): Promise<void>;
  /** Something changed that no wake-up tells of: whoever polls does so in its own time. */
  heat(): void;
  /** Runs until the clock would pass the end, or `isOver` says so. */
  run(endMs: number, isOver?: () => boolean): Promise<void>;
  note(who: string, what: string): void;
  readonly trace: readonly TraceLine[];
  /** Tasks run so far. */
  readonly steps: number;
  traceHash(): string;
}

export interface SchedulerOptions {
  readonly chance: Chance;
  readonly startMs: number;
  /** How often a loop polls. */
  readonly pollMs: number;
  readonly profiles: Profiles;
  /** A run that goes round in circles is cut off after so many. */
  readonly maximumSteps: number;
}

interface Alarm {
  readonly dueMs: number;
  readonly order: number;
  readonly action: () => void;
  isOff: boolean;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { pollMs, profiles } = options;
  const alarms = createAlarms();
  const ready = createReadyTasks(options.chance);
  const sleepers = createSleepers(pollMs, options.startMs);
  const hash = createHash("sha256");
  const trace: TraceLine[] = [];
  let nowMs = options.startMs;
  let steps = 0;

  /** Jumps to whatever comes first. @returns false when that lies after the end. */
  async function advance(endMs: number): Promise<boolean> {
    await profiles.refresh(nowMs);
    const alarmMs = Math.min(alarms.nextMs(), ready.nextResumeMs(nowMs));
    if (sleepers.wakeRung(profiles.version)) return true;
    const sleeper = sleepers.next(nowMs);
    const firstMs = Math.min(alarmMs, profiles.nextMs(), sleeper?.wakeMs ?? Infinity);
    if (firstMs > endMs) return false;
    moveTo(firstMs);
    if (sleeper?.wakeMs === firstMs) sleepers.wake(sleeper);
    else if (alarmMs === firstMs) alarms.ring(nowMs);
    else sleepers.heat(nowMs);
    return true;
  }

  function moveTo(ms: number): void {
    nowMs = Math.max(nowMs, ms);
    profiles.pass(nowMs);
  }

  /** Runs one task. @returns false when none is ready. */
  async function step(limit: number): Promise<boolean> {
    const task = ready.take(nowMs);
    if (task === undefined) return false;
    steps += 1;
    if (steps > limit) {
      throw new Error(`more than ${options.maximumSteps} steps; the last was ${task.name}`);
    }
    await task.run();
    return true;
  }

  const waits = createWaits(() => nowMs, ready, alarms, sleepers);

  return {
    nowMs: () => nowMs,
    submit: (task) => ready.add(task),
    at: (dueMs, action) => alarms.set(Math.max(dueMs, nowMs), action),
    ...waits,
    heat: () => sleepers.heat(nowMs),
    async run(endMs, isOver = () => false) {
      const limit = steps + options.maximumSteps;
      for (;;) {
        await turn();
        if (isOver()) return;
        if (sleepers.areRung) {
          await profiles.refresh(nowMs);
          sleepers.wakeRung(profiles.version);
        }
        if (!(await step(limit)) && !(await advance(endMs))) break;
      }
      moveTo(endMs);
    },
    note(who, what) {
      hash.update(`${nowMs} ${who} ${what}\n`);
      trace.push({ atMs: nowMs, who, what });
    },
    trace,
    get steps() {
      return steps;
    },
    traceHash: () => hash.copy().digest("hex"),
  };
}

/** How processes wait: until a time, or for as long as nothing calls for them. */
function createWaits(
  nowMs: () => number,
  ready: ReturnType<typeof createReadyTasks>,
  alarms: ReturnType<typeof createAlarms>,
  sleepers: ReturnType<typeof createSleepers>,
): Pick<Scheduler, "sleep" | "rest"> {
  return {
    sleep: (owner, ms, signal) =>
      new Promise((resolve) => {
        const wake = () => ready.add({ owner, name: "wake", run: resolve });
        const callOff = alarms.set(nowMs() + ms, wake);
        whenAborted(signal, () => {
          callOff();
          wake();
        });
      }),
    rest: (owner, ms, signal, isInVain) =>
      new Promise((resolve) => {
        const goOn = () => ready.add({ owner, name: "wake", run: resolve });
        const up = { isRung: false, isUp: false };
        const sleeper: Sleeper = { owner, isInVain, goOn, wakeMs: nowMs() + ms, ...up };
        sleepers.add(sleeper);
        whenAborted(signal, () => sleepers.ring(sleeper));
      }),
  };
}

/** Tasks that may run, of processes that live. */
function createReadyTasks(chance: Chance) {
  let ready: Task[] = [];
  return {
    add(task: Task): void {
      if (task.owner?.isDead !== true) ready.push(task);
    },
    /** Removes and returns one task that may run now. */
    take(nowMs: number): Task | undefined {
      ready = ready.filter(({ owner }) => owner?.isDead !== true);
      const may = ready.filter(({ owner }) => owner === undefined || owner.pausedUntilMs <= nowMs);
      if (may.length === 0) return undefined;
      const chosen = chance.pick(may);
      ready.splice(ready.indexOf(chosen), 1);
      return chosen;
    },
    /** When the first of the frozen processes that have something to do goes on. */
    nextResumeMs(nowMs: number): number {
      const ends = ready.map(({ owner }) => owner?.pausedUntilMs ?? 0).filter((ms) => ms > nowMs);
      return Math.min(Infinity, ...ends);
    },
  };
}

function whenAborted(signal: AbortSignal | undefined, act: () => void): void {
  if (signal?.aborted === true) act();
  else signal?.addEventListener("abort", act, { once: true });
}

/** Alarms in the order of their times; those of one time in the order in which they were set. */
function createAlarms() {
  let alarms: Alarm[] = [];
  let count = 0;
  const isBefore = (a: Alarm, b: Alarm) =>
    a.dueMs === b.dueMs ? a.order < b.order : a.dueMs < b.dueMs;
  return {
    set(dueMs: number, action: () => void): () => void {
      count += 1;
      const alarm: Alarm = { dueMs, order: count, action, isOff: false };
      const place = alarms.findIndex((other) => isBefore(alarm, other));
      if (place === -1) alarms.push(alarm);
      else alarms.splice(place, 0, alarm);
      return () => {
        alarm.isOff = true;
      };
    },
    nextMs(): number {
      while (alarms[0]?.isOff === true) alarms = alarms.slice(1);
      return alarms[0]?.dueMs ?? Infinity;
    },
    /** Runs all alarms that are due: what they set off happens side by side. */
    ring(nowMs: number): void {
      const later = alarms.findIndex(({ dueMs }) => dueMs > nowMs);
      const due = alarms.splice(0, later === -1 ? alarms.length : later);
      for (const { action, isOff } of due) if (!isOff) action();
    },
  };
}
