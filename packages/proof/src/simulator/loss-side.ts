/**
 * The side of a simulation that knows of lost commits: machines with disks for the send journals, what
 * has been lost so far, and the person who vouches for a journal that the database has never heard of.
 */
import { acceptJournals } from "../../../server/src/journal/journal-store.ts";
import type { Chance } from "../chance.ts";
import type { LossPlan, LostSpan } from "./database-losses.ts";
import { noteFailure, type Desk } from "./desk.ts";
import { elsewhere } from "./elsewhere.ts";
import type { Owner, Scheduler } from "./scheduler.ts";
import { createVirtualDisk, type VirtualDisk } from "./virtual-disk.ts";
import { useDisk } from "./virtual-files.ts";
import type { Journals } from "./virtual-journal.ts";
import type { Weather } from "./weather.ts";

export interface LossSide {
  readonly plans: readonly LossPlan[];
  readonly disk: VirtualDisk;
  readonly journals: Journals;
  readonly spans: readonly LostSpan[];
  /** Has everybody look at the database every minute for so long. */
  watch(ms: number): void;
  /** Tells everybody that it has happened. */
  lost(kind: LossPlan["kind"], span: LostSpan): void;
}

export interface LossSideDeps {
  readonly plans: readonly LossPlan[];
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly afterStep: (owner: Owner, isDelicate: boolean) => void;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** So long after a loss every process looks at its database once a minute. */
const watchfulMs = hour;
/** One sync in so many takes longer than any send gate. */
const slowSyncs = 0.003;

/** @returns undefined where nothing is to be lost: no journal is kept there. */
export function createLossSide(deps: LossSideDeps): LossSide | undefined {
  if (deps.plans.length === 0) return undefined;
  const { chance, scheduler, weather } = deps;
  const spans: LostSpan[] = [];
  let watchfulUntilMs = 0;
  let rousing = new AbortController();
  const isOneMachine = chance.happens(0.5);
  const syncMs = () => {
    if (!chance.happens(slowSyncs)) return chance.between(1, 15);
    weather.count("disk: slow sync");
    return chance.pick([2 * second, 25 * second]);
  };
  const disk = createVirtualDisk({ ...deps, chance: chance.fork("disk"), syncMs });
  useDisk(disk);
  const machineOf = (process: string) => {
    if (process === elsewhere) return undefined;
    return isOneMachine ? "machine1" : process.split(".")[0];
  };
  const watch = (ms: number) => {
    watchfulUntilMs = scheduler.nowMs() + ms;
    rousing.abort();
    rousing = new AbortController();
  };
  return {
    watch,
    plans: deps.plans,
    disk,
    spans,
    journals: {
      disk,
      machineOf,
      isWatchful: () => scheduler.nowMs() < watchfulUntilMs,
      rousing: () => rousing.signal,
      scheduler,
      chance: chance.fork("journals"),
    },
    lost(kind, span) {
      weather.count(`database: ${kind}`);
      spans.push(span);
      watch(watchfulMs);
    },
  };
}

/**
 * The operator, who knows that there is one installation: vouches for journals that are new to the
 * database, some time after `maedal doctor` has told of them.
 */
export function vouch(desk: Desk, chance: Chance, onBug: (text: string) => void): void {
  const work = async () => {
    for (const waitMs of [0, 6 * hour, 24 * hour]) {
      await desk.wait(waitMs + chance.between(minute, 3 * hour));
      await desk.visit(({ engine }) => acceptJournals(engine.database, "operator", undefined));
    }
  };
  work().catch((error: unknown) => noteFailure(onBug, "the operator", error));
}
