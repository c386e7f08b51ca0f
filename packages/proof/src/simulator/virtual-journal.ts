/**
 * The send journal of a virtual process: the product's own send guard (server/src/journal), opened as
 * compose.ts does it, on the simulation's disk. Its rounds are the product's while there is something to
 * find out; while all is calm they come once in ten days and not once a minute, because each claim proves
 * the same things again.
 */
import { defaultFloors } from "../../../server/src/durability/durability.ts";
import type { Statement } from "../../../server/src/db/database.ts";
import type { Timers } from "../../../server/src/effects.ts";
import type { Engine } from "../../../server/src/engine.ts";
import { openSendGuard, type OpenSendGuard } from "../../../server/src/journal/open-send-guard.ts";
import type { SendGuard } from "../../../server/src/journal/send-guard.ts";
import type { Chance } from "../chance.ts";
import type { Owner, Scheduler } from "./scheduler.ts";
import type { VirtualDisk } from "./virtual-disk.ts";

/** The journals of one simulation. */
export interface Journals {
  readonly disk: VirtualDisk;
  /** The machine that a process runs on; undefined: it is not one of ours, and keeps no journal. */
  readonly machineOf: (process: string) => string | undefined;
  /** Whether the database is about to be set back, or was lately: processes look at it every minute. */
  readonly isWatchful: () => boolean;
  /** Aborts when they begin to. */
  readonly rousing: () => AbortSignal;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
}

/** How long journals are kept, in days: the product's own default. */
const journalDays = 40;

const second = 1_000;
const minute = 60 * second;
const calmMs = 10 * 24 * 60 * minute;

export interface VirtualJournal {
  readonly sends: SendGuard;
  /** Opens it, as the first thing that its process does; resolves when it did what it could. */
  open(engine: Engine): Promise<void>;
}

/** @returns undefined for a process that keeps none. */
export function createVirtualJournal(
  journals: Journals | undefined,
  owner: Owner,
): VirtualJournal | undefined {
  const machine = journals?.machineOf(owner.name);
  if (journals === undefined || machine === undefined) return undefined;
  const { chance, disk } = journals;
  const directory = disk.mount(machine, owner);
  const own = chance.fork(owner.name);
  let opened: OpenSendGuard | undefined;
  const notOpen = () => Promise.reject(new Error("the send journal is not open yet"));
  return {
    sends: {
      mayClaim: (tx, connection) =>
        opened?.guard.mayClaim(tx, connection) ?? Promise.resolve(false),
      mayRun: (tx, connection, run) =>
        opened?.guard.mayRun(tx, connection, run) ?? Promise.resolve(false),
      record: (send) => opened?.guard.record(send) ?? notOpen(),
      troubles: () => opened?.guard.troubles() ?? [],
    },
    async open(engine) {
      const { database, effects, log } = engine;
      opened = await openSendGuard({
        database,
        reconnect: () => database,
        effects: { ...effects, timers: timersOf(journals, owner, own) },
        log,
        directory,
        keepDays: journalDays,
        floors: defaultFloors,
        disks: [],
        runs: undefined,
      });
      opened.watch(engine);
    },
  };
}

/** After so many rounds without a calm one the next last twice as long, up to hours. */
const patientAfter = 15;
const mostDoublings = 7;

/**
 * Rounds of a second last longer here, so that half an hour of a recovery is some dozens of them, and the
 * days that it waits for a person are not thousands.
 */
function timersOf(
  { isWatchful, rousing, scheduler }: Journals,
  owner: Owner,
  chance: Chance,
): Timers {
  let shortRounds = 0;
  return {
    async sleep(ms, signal) {
      if (ms < minute) {
        shortRounds += 1;
        const patience = 2 ** Math.min(mostDoublings, Math.floor(shortRounds / patientAfter));
        const times = ms < 5 * second ? chance.between(20, 60) : 6;
        return await scheduler.sleep(owner, ms * times * patience, signal);
      }
      shortRounds = 0;
      if (isWatchful()) return await scheduler.sleep(owner, ms, signal);
      const signals = signal === undefined ? [rousing()] : [rousing(), signal];
      await scheduler.sleep(owner, calmMs, AbortSignal.any(signals));
      if (signal?.aborted === true || !isWatchful()) return;
      // Roused: it looks within the minute, as it would have done.
      await scheduler.sleep(owner, chance.between(0, ms), signal);
    },
  };
}

/** What a simulated server says of its disk: it is one that keeps what it is told. */
export function asDurable(sql: Statement | string): Statement | string {
  return typeof sql === "string" || sql.name !== "durability_of_server" ? sql : durable;
}

const durable: Statement = {
  name: "durability_of_server",
  text: `select true as fsync, true as full_page_writes, 'on' as synchronous_commit,
     false as in_recovery, false as read_only`,
};
