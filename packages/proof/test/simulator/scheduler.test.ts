import { describe, expect, it } from "vitest";
import type { Profiles } from "../../src/simulator/profiles.ts";
import { createChance } from "../../src/chance.ts";
import { createScheduler, type Owner, type Scheduler } from "../../src/simulator/scheduler.ts";

const pollMs = 5_000;

function schedulerWith(dues: readonly number[] = [], seed = "1"): Scheduler {
  let nowMs = 0;
  const profiles: Profiles = {
    refresh: () => Promise.resolve(),
    isFresh: true,
    version: 0,
    isIdle: () => false,
    nextMs: () => Math.min(Infinity, ...dues.filter((ms) => ms > nowMs)),
    pass: (ms) => {
      nowMs = ms;
    },
  };
  const chance = createChance(seed);
  return createScheduler({ chance, startMs: 0, pollMs, profiles, maximumSteps: 1_000 });
}

const never = new AbortController().signal;
const processNamed = (name: string): Owner => ({ name, isDead: false, pausedUntilMs: 0 });

describe("tasks that are ready at once", () => {
  async function orderOf(seed: string): Promise<string> {
    const scheduler = schedulerWith([], seed);
    const ran: string[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) {
      scheduler.submit({ owner: undefined, name, run: () => void ran.push(name) });
    }
    await scheduler.run(1);
    return ran.join("");
  }

  it("run in an order that the seed decides, and no other", async () => {
    expect(await orderOf("1")).toBe(await orderOf("1"));
    const orders = new Set(await Promise.all(["1", "2", "3", "4", "5", "6"].map(orderOf)));
    expect(orders.size).toBeGreaterThan(1);
  });

  it("do not run any more when their process is dead, and later when it is frozen", async () => {
    const scheduler = schedulerWith();
    const [dead, frozen] = [processNamed("dead"), processNamed("frozen")];
    const ran: string[] = [];
    const note = (owner: Owner) => () => void ran.push(`${owner.name} at ${scheduler.nowMs()}`);
    scheduler.submit({ owner: dead, name: "task", run: note(dead) });
    scheduler.submit({ owner: frozen, name: "task", run: note(frozen) });
    dead.isDead = true;
    frozen.pausedUntilMs = 700;
    await scheduler.run(1_000);
    expect(ran).toEqual(["frozen at 700"]);
  });
});

describe("the virtual clock", () => {
  it("jumps from alarm to alarm, and stands at the end", async () => {
    const scheduler = schedulerWith();
    const rang: number[] = [];
    for (const ms of [40_000, 10_000, 20_000]) {
      scheduler.at(ms, () => rang.push(scheduler.nowMs()));
    }
    scheduler.at(30_000, () => rang.push(-1))();
    await scheduler.run(100_000);
    expect(rang).toEqual([10_000, 20_000, 40_000]);
    expect(scheduler.nowMs()).toBe(100_000);
  });

  it("wakes whoever polls when something has fallen due, and not before", async () => {
    const day = 24 * 60 * 60 * 1_000;
    const scheduler = schedulerWith([30 * day]);
    const polls: number[] = [];
    const loop = async () => {
      for (;;) {
        await scheduler.rest(processNamed("worker"), pollMs, never, () => false);
        polls.push(scheduler.nowMs());
      }
    };
    void loop();
    await scheduler.run(60 * day);
    expect(polls).toEqual([30 * day + 3_750]);
  });

  it("wakes a sleeper in time, a rung loop at once, and none that would go round in vain", async () => {
    const scheduler = schedulerWith();
    const bell = new AbortController();
    const woke: string[] = [];
    const note = (name: string) => () => void woke.push(`${name} at ${scheduler.nowMs()}`);
    const rest = (name: string, isInVain: () => boolean) =>
      scheduler.rest(processNamed(name), 10 * pollMs, bell.signal, isInVain).then(note(name));
    void scheduler.sleep(processNamed("sleeper"), 1_000, undefined).then(note("sleeper"));
    void rest("loop", () => false);
    void rest("idle loop", () => true);
    scheduler.at(200, () => bell.abort());
    await scheduler.run(5 * pollMs);
    expect(woke).toEqual(["loop at 200", "sleeper at 1000"]);
  });
});
