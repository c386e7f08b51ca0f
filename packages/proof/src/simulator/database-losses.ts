/**
 * Database losses: in a share of the simulations the database goes back to an earlier moment. A standby
 * takes over that lacks the last seconds or minutes; or a backup is restored, hours or days old. The
 * moment is one at which money is about to move, because that is what may be forgotten.
 *
 * All sessions break then, with whatever they had not committed. The providers' books do not go back.
 */
import type { Chance } from "../chance.ts";
import type { Backends } from "./backends.ts";
import { losesCommits } from "./losing-seeds.ts";
import type { Memory } from "./memory.ts";
import type { Scheduler } from "./scheduler.ts";
import { holdSends, setTimeline, type SetBackSql } from "./set-back.ts";
import type { VirtualProcess } from "./virtual-process.ts";
import { instantText } from "./weather.ts";

export interface LossPlan {
  readonly kind: "failover" | "restore";
  /** From when on a moment is looked for. */
  readonly fromMs: number;
  /** What the kept rows are older than the first payment due, and how long they go on being lost. */
  readonly beforeDueMs: number;
  readonly lostMs: number;
}

/** Everything that was committed between these instants is gone, though it had been confirmed. */
export interface LostSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** So long before rows are kept, everybody looks at the database as often as the product does. */
const nearMs = 3 * minute;

export function drawLosses(chance: Chance, startMs: number, endMs: number): readonly LossPlan[] {
  if (!losesCommits(chance)) return [];
  const times = Array.from({ length: chance.between(1, 3) }, () => {
    return chance.between(startMs + 2 * day, endMs - 12 * day);
  });
  return times
    .toSorted((a, b) => a - b)
    .map((fromMs) => {
      const kind = chance.pick(["failover", "failover", "restore"] as const);
      const beforeDueMs = chance.between(-20, 40) * second;
      const lost = {
        failover: chance.pick([5 * second, 30 * second, 2 * minute, 10 * minute]),
        restore: chance.pick([2 * hour, 20 * hour, 3 * day, 8 * day]),
      };
      return { kind, fromMs, beforeDueMs, lostMs: lost[kind] };
    });
}

export interface LossDeps {
  readonly scheduler: Scheduler;
  readonly backends: Backends;
  readonly chance: Chance;
  readonly sql: SetBackSql;
  readonly memory: Memory;
  /** Tables whose rows are polled for. */
  readonly profiled: Iterable<string>;
  readonly processes: readonly VirtualProcess[];
  /** Ends a process; another takes its place after a while. */
  readonly strikeDown: (process: VirtualProcess) => void;
  /** Told before rows are kept: a product's processes have looked at their database a minute ago. */
  readonly onNear: (ms: number) => void;
  readonly onLoss: (kind: LossPlan["kind"], span: LostSpan) => void;
  /** Nothing is lost later. */
  readonly lastMs: number;
}

/** Has the losses happen one after the other, while the simulation runs. */
export function plan(deps: LossDeps, [next, ...later]: readonly LossPlan[], timeline = 1): void {
  if (next === undefined) return;
  const { backends, lastMs, scheduler, sql } = deps;
  if (next.fromMs < scheduler.nowMs()) return plan(deps, later, timeline);
  const at = (ms: number, name: string, act: () => Promise<void>) => {
    scheduler.at(ms, () => scheduler.submit({ owner: undefined, name, run: act }));
  };
  at(next.fromMs, "looks for a moment", async () => {
    const dueMs = (await firstDueMs(backends, scheduler.nowMs())) ?? scheduler.nowMs() + minute;
    const keptMs = Math.max(scheduler.nowMs(), dueMs - next.beforeDueMs);
    if (keptMs + next.lostMs > lastMs) return;
    scheduler.at(keptMs - nearMs, () => deps.onNear(nearMs));
    at(keptMs, "rows are kept", async () => {
      scheduler.note("database", `what it is now will come back in ${next.lostMs / second} s`);
      await backends.direct(sql.keep);
      const span = { fromMs: scheduler.nowMs(), toMs: scheduler.nowMs() + next.lostMs };
      at(span.toMs, next.kind, async () => {
        // A backup comes back on the timeline that it was taken on.
        const nextTimeline = next.kind === "failover" ? timeline + 1 : timeline;
        await lose(deps, next.kind, span, nextTimeline);
        plan(deps, later, nextTimeline);
      });
    });
  });
}

const firstDueSql = `
  select (extract(epoch from min(at)) * 1000)::float8 as due_ms from (
    select due_at as at from charges where status = 'scheduled'
    union all
    select next_due_at from subscriptions where status in ('active', 'past_due', 'trialing')
  ) it where at > $1::timestamptz`;

/** When money is due next. */
async function firstDueMs(backends: Backends, nowMs: number): Promise<number | undefined> {
  const at = instantText(nowMs);
  const [row] = await backends.direct<{ due_ms: number | null }>(firstDueSql, [at]);
  return row?.due_ms == null ? undefined : Math.ceil(row.due_ms);
}

async function lose(
  deps: LossDeps,
  kind: LossPlan["kind"],
  span: LostSpan,
  timeline: number,
): Promise<void> {
  const { backends, chance, memory, processes, profiled, scheduler, sql } = deps;
  scheduler.note("database", `${kind}: back to ${instantText(span.fromMs)}`);
  for (const process of processes) await process.breakSessions();
  await backends.direct(sql.putBack);
  await setTimeline(backends, timeline);
  if (kind === "restore") await holdSends(backends, chance, scheduler.nowMs());
  memory.forget();
  memory.wrote(profiled);
  // Nobody runs while a backup is restored; a failover is not noticed by everybody.
  const mortality = kind === "restore" ? 1 : 0.3;
  for (const process of processes) {
    if (!process.isDead && chance.happens(mortality)) deps.strikeDown(process);
  }
  deps.onLoss(kind, span);
  scheduler.heat();
}
