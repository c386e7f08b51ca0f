/** Carries a plan out: the faults of the processes and those of the database, each in its order. */
import type { LostSpan } from "./cluster.ts";
import type { Installation } from "./installation.ts";
import type { At, DatabaseFault, Plan, WorkerFault } from "./plan.ts";
import type { Program } from "./processes.ts";
import { pause, until } from "./waiting.ts";

/** How often each has happened so far. */
export interface Counts {
  workerKills: number;
  workerFreezes: number;
  apiKills: number;
  journalFullSpells: number;
  databaseKills: number;
  promotions: number;
  readOnlySpells: number;
  diskFullSpells: number;
}

export interface Tally {
  readonly counts: Counts;
  /** One for each promotion. */
  readonly lost: LostSpan[];
}

export function emptyTally(): Tally {
  const counts = {
    workerKills: 0,
    workerFreezes: 0,
    apiKills: 0,
    journalFullSpells: 0,
    databaseKills: 0,
    promotions: 0,
    readOnlySpells: 0,
    diskFullSpells: 0,
  };
  return { counts, lost: [] };
}

export interface Inflicting {
  readonly installation: Installation;
  readonly plan: Plan;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** Each fault as it begins, for whoever looks for a cause. */
  readonly note: (fault: object) => void;
  /** A fault could not be carried out. */
  readonly onTrouble: (text: string) => void;
}

/** At least so long the database is well between two faults, also when one has taken its time. */
const breathMs = 1_500;

/** Until the plan is through, or the signal aborts; then everything that was begun has ended. */
export async function inflict(it: Inflicting): Promise<void> {
  const begin = performance.now();
  const untilThen = async (atMs: number) =>
    await pause(Math.max(0, begin + atMs - performance.now()), it.signal);
  const spells: Promise<void>[] = [];
  const processes = async () => {
    for (const fault of it.plan.processes) {
      await untilThen(fault.atMs);
      if (it.signal.aborted) return;
      it.note(fault);
      const spell = harmProcess(it, fault);
      if (spell !== undefined) spells.push(spell);
    }
  };
  const database = async () => {
    for (const fault of it.plan.database) {
      await untilThen(fault.atMs);
      if (it.signal.aborted) return;
      it.note(fault);
      // One that could not be carried out is one fewer: whether there were enough is judged in the end.
      await harmDatabase(it, fault).catch((error: unknown) => {
        it.onTrouble(`${fault.kind} of the database failed: ${String(error)}`);
      });
      await pause(breathMs, it.signal);
    }
  };
  await Promise.all([processes(), database()]);
  await Promise.all(spells);
}

/** @returns What goes on for a while; undefined for what is over at once. */
function harmProcess(it: Inflicting, fault: At<WorkerFault>): Promise<void> | undefined {
  const { installation, tally } = it;
  const { apis, cluster, workers } = installation;
  switch (fault.kind) {
    case "kill": {
      const drawn = workers[fault.worker];
      const victim = drawn?.isRunning() === true ? drawn : readyOne(workers, fault.worker);
      if (victim === undefined) return undefined;
      tally.counts.workerKills += 1;
      victim.kill();
      return undefined;
    }
    case "freeze": {
      const victim = readyOne(workers, fault.worker);
      if (victim === undefined) return undefined;
      tally.counts.workerFreezes += 1;
      return victim.freezeFor(fault.ms);
    }
    case "fill_journal": {
      const victim = readyOne(workers, fault.worker);
      if (victim === undefined) return undefined;
      tally.counts.journalFullSpells += 1;
      return victim.fullFor(fault.ms, fault.bytes);
    }
    case "kill_api": {
      const victim = readyOne(apis, fault.api);
      if (victim === undefined) return undefined;
      tally.counts.apiKills += 1;
      victim.kill();
      return undefined;
    }
    case "cut_commit":
      cluster.proxy.cutNextCommit(fault.moment);
      return undefined;
  }
}

/** The one that was drawn, or the next that is up. */
function readyOne(programs: readonly Program[], drawn: number): Program | undefined {
  const order = programs.map((_, index) => programs[(drawn + index) % programs.length]);
  return order.find((program) => program?.isReady() === true);
}

/** So long the new primary is left alone before it is copied. */
const settleMs = 1_000;

async function harmDatabase(it: Inflicting, fault: At<DatabaseFault>): Promise<void> {
  const { installation, tally } = it;
  const { cluster } = installation;
  switch (fault.kind) {
    case "kill":
      await cluster.kill(fault.withChildren);
      tally.counts.databaseKills += 1;
      break;
    case "read_only":
      await cluster.readOnlyFor(fault.ms);
      tally.counts.readOnlySpells += 1;
      break;
    case "fill_disk":
      await cluster.fullFor(fault.ms, fault.bytes);
      tally.counts.diskFullSpells += 1;
      break;
    case "promote": {
      const span = await cluster.promote(fault.lagMs);
      tally.lost.push(span);
      tally.counts.promotions += 1;
      it.note({ kind: "promoted", ...span });
      await pause(settleMs, it.signal);
      if (!it.signal.aborted) await cluster.addStandby();
      break;
    }
  }
  await until("the database is up again", 120_000, async () => {
    return (await cluster.ask("select 1")).length === 1;
  });
}
