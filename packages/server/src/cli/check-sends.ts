/** The checks of `maedal doctor` on what sends rest on: journals, recovery, durability, large runs. */
import type { Config } from "../config.ts";
import type { Database, Queryable } from "../db/database.ts";
import { weaknessesOf } from "../durability/durability.ts";
import { measureDisk, measureServer } from "../durability/measure.ts";
import { listKeptJournals } from "../journal/journal-place.ts";
import { listJournals } from "../journal/journal-store.ts";
import { listLostSends } from "../journal/lost-sends.ts";
import {
  findOpenRecovery,
  readRecoveryState,
  type RecoveryState,
} from "../journal/recovery-store.ts";
import { listRunHolds } from "../runs/run-store.ts";
import { check, type Check } from "./checks.ts";

export async function checkSends(
  db: Database,
  config: Config,
  isEmbedded: boolean,
): Promise<readonly Check[]> {
  return [
    await checkDurability(db, config, isEmbedded),
    await checkRecovery(db, config.journalDays),
    ...(await checkJournals(db)),
    await checkJournalDirectory(db, config.journalDirectory),
    ...(await checkRuns(db)),
  ];
}

async function checkDurability(
  db: Queryable,
  { dataDirectory, diskFloors, journalDirectory }: Config,
  isEmbedded: boolean,
): Promise<Check> {
  return await check("Durability", async () => {
    const data = { what: "the disk of the database", path: dataDirectory };
    const kept = (await listKeptJournals(journalDirectory)).length > 0;
    const journal = { what: "the disk of the send journal", path: journalDirectory };
    const watched = [...(isEmbedded ? [data] : []), ...(kept ? [journal] : [])];
    const disks = await Promise.all(watched.map(measureDisk));
    const server = await measureServer(db);
    const [worst, ...others] = weaknessesOf({ server, canary: "read", disks }, diskFloors);
    if (worst === undefined) {
      return { state: "ok", detail: "what is committed and written stays, and disks have room" };
    }
    const detail = [worst, ...others]
      .map((it) => `${it.detail} (until then nothing of ${it.stops} accounts is sent)`)
      .join("; ");
    return { state: "failed", detail };
  });
}

async function checkRecovery(db: Queryable, keepDays: number): Promise<Check> {
  return await check("Recovery", async () => {
    const recovery = await findOpenRecovery(db);
    if (recovery === undefined) return { state: "ok", detail: "nothing holds sends back" };
    const state = await readRecoveryState(db, recovery.id, keepDays);
    const since = `${recovery.reason}, since ${recovery.startedAt.toString()}`;
    return { state: "failed", detail: `nothing is sent (${since}): ${progressOf(state)}` };
  });
}

/** What happens, how far it has come, and how long it takes. */
function progressOf({ awaited, gaps, sends, settled, undecided }: RecoveryState): string {
  const done = `${settled} of ${sends} sends that the database had forgotten were looked up`;
  const left = undecided.map(({ detail, orderId }) => `${orderId}: ${detail}`);
  const journals = awaited.map(
    (home) => `the journal at ${home} must be compared: start its process`,
  );
  const time =
    "each is looked up within a minute once its provider answers; one that no charge here is about, and that the provider does not know, takes about half an hour";
  const fix = "`maedal recovery finish --reason …` ends it by hand, once you have looked yourself";
  return [done, ...left, ...journals, ...gaps, time, fix].join("; ");
}

async function checkJournals(db: Queryable): Promise<readonly Check[]> {
  const journals = await listJournals(db);
  return journals.map(({ acceptedBy, epoch, home, id, isRecent, lastSeenAt, trouble }) => {
    const name = `Send journal ${id}`;
    const seen = `${home}, epoch ${epoch}, seen ${lastSeenAt.toString()}`;
    if (trouble !== undefined && isRecent) {
      return { name, state: "failed", detail: `${trouble} (${seen})` };
    }
    if (trouble !== undefined) {
      return {
        name,
        state: "notice",
        detail: `its process is gone; it last said: ${trouble} (${seen})`,
      };
    }
    if (acceptedBy !== undefined) return { name, state: "ok", detail: seen };
    const detail = `live accounts send nothing from there (${seen}): if they are to, \`maedal journal accept\``;
    return { name, state: "notice", detail };
  });
}

/** Of this machine. A process that sends makes it. */
async function checkJournalDirectory(db: Database, directory: string): Promise<Check> {
  return await check("Journal directory", async () => {
    const kept = await listKeptJournals(directory);
    const read = await Promise.all(kept.map((it) => listLostSends(db, it.directory)));
    const damaged = read.reduce((sum, it) => sum + it.damaged, 0);
    const lost = read.reduce((sum, { sends }) => sum + sends.length, 0);
    if (damaged > 0) {
      return {
        state: "failed",
        detail: `${damaged} damaged lines in ${directory}: look at its disk`,
      };
    }
    if (lost > 0) {
      const detail = `${lost} sends are not in the database: start Maedal, and they are looked up first`;
      return { state: "failed", detail };
    }
    const detail =
      kept.length === 0 ? `none yet in ${directory}` : `${kept.length} in ${directory}`;
    return { state: "ok", detail };
  });
}

async function checkRuns(db: Queryable): Promise<readonly Check[]> {
  const holds = await listRunHolds(db);
  return holds.map(({ charges, connectionId, heldAt, usual }) => ({
    name: `Run of connection ${connectionId}`,
    state: "failed",
    detail: `${charges} charges on one day, ${usual} at most before, wait since ${heldAt.toString()}: look at them, then POST /v1/gateway-connections/${connectionId}/confirm-run`,
  }));
}
