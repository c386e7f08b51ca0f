/**
 * The real send guard: a journal of its own, compared with the database at every start, and the state
 * of both looked at once a minute. In doubt it lets nothing through, and says why.
 *
 * Each claim proves that the database is still the one that was compared: our row with our epoch, the
 * same history, and the claim before this one. A database that went back in time fails the proof at
 * once, and is compared anew.
 */
import { hostname } from "node:os";
import type { DiskFloors, Weakness } from "../durability/durability.ts";
import type { Disk } from "../durability/measure.ts";
import type { Database, Transaction } from "../db/database.ts";
import type { Effects } from "../effects.ts";
import type { Engine, Log } from "../engine.ts";
import type { RunWatch } from "../runs/hold-run.ts";
import { createWakeUp } from "../worker/wake-up.ts";
import {
  compareJournals,
  listOwnJournals,
  type Compared,
  type Comparison,
} from "./compare-journals.ts";
import {
  dropJournalFiles,
  probeJournalDirectory,
  realJournalFiles,
  type JournalFiles,
} from "./journal-files.ts";
import { sendLine, startLine, type JournalStart, type Send } from "./journal-line.ts";
import { takeJournalPlace, type JournalPlace } from "./journal-place.ts";
import { listUnknownSends, readStanding, type Believed, type Claimed } from "./journal-store.ts";
import {
  createJournalWriter,
  journalError,
  JournalError,
  type JournalWriter,
} from "./journal-writer.ts";
import { areCompared, findOpenRecovery, type Recovery } from "./recovery-store.ts";
import { findWeaknesses } from "./find-weaknesses.ts";
import type { SendGuard, Trouble } from "./send-guard.ts";
import { tendRecovery } from "./tend-recovery.ts";

export interface SendGuardOptions {
  readonly database: Database;
  /** Opens a pool of its own: what was committed is read back on a new connection. */
  readonly reconnect: () => Database;
  readonly effects: Effects;
  readonly log: Log;
  /** The journal directory of this machine; made when it is missing. */
  readonly directory: string;
  readonly keepDays: number;
  readonly floors: DiskFloors;
  /** Other disks that must not fill up, beside the journal's. */
  readonly disks: readonly Disk[];
  /** Of live accounts; undefined watches none. */
  readonly runs: RunWatch | undefined;
  /** The file system, for tests that need a full disk. */
  readonly files?: (directory: string) => JournalFiles;
}

export interface OpenSendGuard {
  readonly guard: SendGuard;
  /** One look at everything; never throws. Called once by `openSendGuard`, then by `watch`. */
  check(): Promise<void>;
  /** Checks once a minute, and tends a recovery while one is open. */
  watch(engine: Engine): void;
  /**
   * A connection to the database has broken: it may be another one now. Has `watch` check at once, and
   * often for a minute, because a recovery waits for the journal of each process, also of one that has
   * nothing to send.
   */
  connectionBroke(): void;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

const calmMs = 60_000;
const troubledMs = 5_000;
/** While nothing at all is sent, such as after a restart of the database. */
const stoppedMs = 1_000;

interface Journal {
  readonly place: JournalPlace;
  readonly writer: JournalWriter;
  compared: Compared;
}

/** Never throws: a journal that cannot be had is a trouble, and the server answers all the same. */
export async function openSendGuard(options: SendGuardOptions): Promise<OpenSendGuard> {
  const { effects, log } = options;
  const ear = createWakeUp(effects.timers).ear();
  const keeper = createKeeper(options, () => ear.ring());
  const stopping = new AbortController();
  let watching: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  async function round(engine: Engine): Promise<void> {
    await check(keeper);
    const isRecovering = await tendRecovery(engine, options.keepDays);
    if (!isRecovering) keeper.recovery = undefined;
    await ear.wait(isRecovering ? stoppedMs : nextCheckInMs(keeper), stopping.signal);
  }

  async function watch(engine: Engine): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await round(engine);
      } catch (error) {
        log.error({ error }, "a look at the send journal failed; it will be tried again");
        await ear.wait(keeper.recovery === undefined ? troubledMs : stoppedMs, stopping.signal);
      }
    }
  }

  async function end(): Promise<void> {
    stopping.abort();
    await watching;
    await keeper.journal?.writer.close();
    await keeper.journal?.place.release();
  }

  await check(keeper);
  return {
    guard: guardOf(keeper),
    check: () => check(keeper),
    watch(engine) {
      watching ??= watch(engine);
    },
    connectionBroke() {
      const nowMs = effects.clock.monotonicMs();
      // One that checks every few seconds already may break connections by that itself.
      if (keeper.troubles.length === 0 && nowMs >= keeper.uneasyUntilMs) keeper.ring();
      keeper.uneasyUntilMs = nowMs + calmMs;
    },
    stop: () => (stopped ??= end()),
  };
}

function nextCheckInMs({ options, troubles, uneasyUntilMs }: Keeper): number {
  if (troubles.some(({ stops }) => stops === "all")) return stoppedMs;
  const isUneasy = options.effects.clock.monotonicMs() < uneasyUntilMs;
  return troubles.length > 0 || isUneasy ? troubledMs : calmMs;
}

/** The journal, what is believed of its database, and what troubles either. */
interface Keeper {
  readonly options: SendGuardOptions;
  journal: Journal | undefined;
  /** Claims that were committed and sent: a database that lacks one went back in time. */
  readonly claims: Map<string, Claimed>;
  isDoubted: boolean;
  /** On the monotonic clock: until then each claim is asked for again before it is sent. */
  doubtfulUntilMs: number;
  /** On the monotonic clock: until then it checks as one in trouble does. */
  uneasyUntilMs: number;
  /** The last claim met a recovery. */
  isHeld: boolean;
  /** A line that could not be written: another is tried before anything else is sent. */
  unwritten: Weakness | undefined;
  troubles: readonly Trouble[];
  /** Told, and not judged by: each claim asks the database whether one is open. */
  recovery: Trouble | undefined;
  /** Has the next check come at once. */
  readonly ring: () => void;
}

function createKeeper(options: SendGuardOptions, ring: () => void): Keeper {
  const troubles = [{ ...notYet, since: options.effects.clock.now() }];
  return {
    options,
    journal: undefined,
    claims: new Map(),
    isDoubted: false,
    doubtfulUntilMs: -Infinity,
    uneasyUntilMs: -Infinity,
    isHeld: false,
    unwritten: undefined,
    troubles,
    recovery: undefined,
    ring,
  };
}

function guardOf(keeper: Keeper): SendGuard {
  return {
    troubles: () => [
      ...keeper.troubles,
      ...(keeper.recovery === undefined ? [] : [keeper.recovery]),
    ],
    mayClaim: (tx, { mode }) => mayClaim(keeper, tx, mode),
    record: (send) => record(keeper, send),
    async mayRun(tx, { accountId, id: connectionId, mode }, { begins, clock }) {
      const { runs } = keeper.options;
      if (runs === undefined || mode === "test" || clock === "test") return true;
      return await runs.admit(tx, { accountId, connectionId }, begins);
    },
  };
}

async function mayClaim(keeper: Keeper, tx: Transaction, mode: "test" | "live"): Promise<boolean> {
  const { isDoubted, journal, troubles } = keeper;
  if (journal === undefined || isDoubted) return false;
  if (troubles.some(({ stops }) => stops === "all" || mode === "live")) return false;
  const believed = believedOf(keeper, journal);
  const standing = await readStanding(tx, believed);
  if (standing.isOurs) prove(keeper, believed);
  else doubt(keeper);
  // Somebody else opened a recovery: our journal is to be compared for it.
  if (standing.isHeld && !keeper.isHeld) keeper.ring();
  keeper.isHeld = standing.isHeld;
  const isAllowed = mode === "test" || standing.isAccepted;
  return standing.isOurs && !standing.isHeld && isAllowed;
}

/** More than any process has on its way at once. */
const mostClaims = 2_000;

function believedOf({ claims }: Keeper, { compared }: Journal): Believed {
  const { epoch, journalId } = compared;
  return { epoch, journalId, claims: [...claims.values()].slice(-mostClaims) };
}

/** So many of the newest are asked for again and again: commits are lost from the end. */
const anchors = 10;

/** The database has these claims, under the history that we compared with. */
function prove({ claims }: Keeper, believed: Believed): void {
  for (const { attemptId } of believed.claims.slice(0, -anchors)) claims.delete(attemptId);
}

async function record(keeper: Keeper, send: Send): Promise<void> {
  const { journal, options, troubles } = keeper;
  if (journal === undefined) throw new JournalError("there is no send journal");
  const { accountId, attemptId, kind } = send;
  const isDoubtful =
    keeper.isDoubted || options.effects.clock.monotonicMs() < keeper.doubtfulUntilMs;
  if (isDoubtful) await refuseForgotten(options.database, send);
  keeper.claims.set(attemptId, { accountId, attemptId, kind });
  try {
    const line = sendLine(send, journal.compared.epoch, options.effects.clock.now());
    await journal.writer.append(line);
  } catch (error) {
    keeper.unwritten = { code: unwritable, detail: describe(error), stops: "all" };
    tell(keeper, [...troubles, keeper.unwritten]);
    keeper.ring();
    throw error;
  }
}

/** Longer than any send gate: a claim that is older is not sent in any case. */
const oldestClaimMs = 60_000;

/** A claim may have been committed to the database that this one has taken the place of. */
async function refuseForgotten(database: Database, send: Send): Promise<void> {
  const [forgotten] = await listUnknownSends(database, [send]);
  if (forgotten === undefined) return;
  throw new JournalError("its claim is not in the database any more, which was set back meanwhile");
}

function doubt(keeper: Keeper): void {
  keeper.isDoubted = true;
  keeper.ring();
}

/** What goes on keeps its date; what is new is told to the log. */
function tell(keeper: Keeper, found: readonly Weakness[]): void {
  const { options, troubles: before } = keeper;
  const since = options.effects.clock.now();
  const kept = (it: Weakness) => before.find(({ code }) => code === it.code);
  keeper.troubles = found.map((it) => ({ ...it, since: kept(it)?.since ?? since }));
  for (const { code, detail, stops } of found.filter((it) => kept(it) === undefined)) {
    const whose = stops === "live" ? " for live accounts" : "";
    options.log.error({ code, stops }, `nothing is sent${whose}: ${detail}`);
  }
  const wasStopped = before.some(({ code }) => code !== notYet.code);
  if (found.length === 0 && wasStopped) options.log.info({}, "requests may be sent again");
}

async function check(keeper: Keeper): Promise<void> {
  const { options } = keeper;
  try {
    const journal = (keeper.journal ??= await openJournal(options));
    if (keeper.isDoubted || (await isExpected(options, journal))) {
      await compareAgain(keeper, journal);
    }
    keeper.recovery = troubleOf(await findOpenRecovery(options.database));
    if (keeper.unwritten !== undefined) {
      keeper.unwritten = undefined;
      await journal.writer.append(startLine(startOf(journal, options)));
    }
    await dropOldFiles(options, journal.place);
    const believed = believedOf(keeper, journal);
    const found = await findWeaknesses(options, believed, journal.place.directory);
    if (found === "not_ours") return doubt(keeper);
    prove(keeper, believed);
    // A line may have failed while we looked at other things.
    tell(keeper, keeper.unwritten === undefined ? found : [...found, keeper.unwritten]);
  } catch (error) {
    const code = error instanceof JournalError ? unwritable : "not_checked";
    const trouble: Weakness = { code, detail: describe(error), stops: "all" };
    if (error instanceof JournalError) keeper.unwritten = trouble;
    tell(keeper, [trouble]);
  }
}

/** A recovery waits for our journal, or for that of a process of this machine which has ended. */
async function isExpected(
  { database, directory }: SendGuardOptions,
  { compared, place }: Journal,
): Promise<boolean> {
  if ((await findOpenRecovery(database)) === undefined) return false;
  const ours = await listOwnJournals(directory, place);
  return !(await areCompared(database, [compared.journalId, ...ours]));
}

async function compareAgain(keeper: Keeper, journal: Journal): Promise<void> {
  const { options } = keeper;
  const kept = startOf(journal, options);
  // Their lines are in the journal once this is; what is written down later is proved by the next claim.
  const known = [...keeper.claims.keys()];
  await journal.writer.append("").catch(() => undefined);
  const compared = await compareJournals({ ...comparisonOf(options, journal.place), kept });
  journal.compared = compared;
  for (const attemptId of known) keeper.claims.delete(attemptId);
  keeper.isDoubted = false;
  keeper.doubtfulUntilMs = options.effects.clock.monotonicMs() + oldestClaimMs;
  await journal.writer.append(startLine(startOf(journal, options)));
}

function troubleOf(recovery: Recovery | undefined): Trouble | undefined {
  return (
    recovery && {
      code: "recovering",
      detail: `what may have been sent is looked up first (${recovery.reason}): \`maedal doctor\` says how far it is`,
      stops: "all",
      since: recovery.startedAt,
    }
  );
}

const unwritable = "journal_unwritable";

const notYet: Weakness = {
  code: "not_checked",
  detail: "the send journal has not been compared with the database yet: wait a moment",
  stops: "all",
};

function comparisonOf(
  { database, directory: parent, effects, log }: SendGuardOptions,
  place: JournalPlace,
): Omit<Comparison, "kept"> {
  const { random } = effects;
  return { database, random, log, parent, place, home: homeOf(place.directory) };
}

/** @throws {JournalError} */
async function takeWritablePlace(parent: string): Promise<JournalPlace> {
  let place: JournalPlace | undefined;
  try {
    place = await takeJournalPlace(parent);
    await probeJournalDirectory(place.directory);
    return place;
  } catch (error) {
    await place?.release().catch(() => undefined);
    throw journalError(error, parent);
  }
}

async function openJournal(options: SendGuardOptions): Promise<Journal> {
  const { directory, effects } = options;
  const place = await takeWritablePlace(directory);
  try {
    const kept = place.latest;
    const compared = await compareJournals({ ...comparisonOf(options, place), kept });
    const files = (options.files ?? realJournalFiles)(place.directory);
    const it: { journal?: Journal } = {};
    const writer = createJournalWriter({
      files,
      header: () => startLine(startOf(it.journal ?? { place, compared }, options)),
      today: () => effects.clock.now().toString().slice(0, 10),
    });
    it.journal = { place, writer, compared };
    await writer.append(""); // Begins the file: its first line is ours.
    return it.journal;
  } catch (error) {
    await place.release();
    throw error;
  }
}

function startOf(
  { compared, place }: Pick<Journal, "compared" | "place">,
  { effects }: SendGuardOptions,
): JournalStart {
  const { epoch, history, journalId } = compared;
  const { directory, inode } = place;
  const home = homeOf(directory);
  return { journalId, epoch, home, inode, history, startedAt: effects.clock.now() };
}

/** Where a journal lies, for people. */
function homeOf(directory: string): string {
  return `${hostname()}:${directory}`;
}

async function dropOldFiles(
  { effects, keepDays }: SendGuardOptions,
  { directory }: JournalPlace,
): Promise<void> {
  const before = effects.clock.now().subtract({ hours: 24 * keepDays });
  await dropJournalFiles(directory, before.toString().slice(0, 10));
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
