/**
 * Recovery: while it is open nothing is sent. What the journals name and the database has forgotten is
 * written in and looked up; when all journals were compared and every order is decided or stands
 * before a person, it ends by itself.
 */
import type { Engine } from "../engine.ts";
import { notifyWork } from "../worker/wake-up.ts";
import {
  findOpenRecovery,
  finishRecovery,
  listDueSends,
  saveProgress,
  settleDecided,
  type OpenSend,
} from "./recovery-store.ts";
import { writeIn } from "./write-in.ts";

const batchSize = 100;

/**
 * One round. Safe to run in several processes at once.
 *
 * @param keepDays How long journals are kept.
 * @returns Whether a recovery is still open.
 */
export async function tendRecovery(engine: Engine, keepDays: number): Promise<boolean> {
  const { database, log } = engine;
  const recovery = await findOpenRecovery(database);
  if (recovery === undefined) return false;
  // One after the other: an order id must be written in before the one that followed it.
  for (const send of await listDueSends(database, recovery.id, batchSize)) {
    await writeInOrSay(engine, send);
  }
  await settleDecided(database, recovery.id);
  if (!(await finishRecovery(database, recovery.id, keepDays))) return true;
  log.warn({ recoveryId: recovery.id }, "the recovery is over: sends go on");
  await notifyWork(database);
  return false;
}

/** How long until a send is tried again that cannot be written in as it is. */
const againMs = 60_000;

/** One that cannot be written in holds up no other: it stays open, with its reason for a person. */
async function writeInOrSay(engine: Engine, send: OpenSend): Promise<void> {
  try {
    await writeIn(engine, send);
  } catch (error) {
    const { database, log } = engine;
    const { attemptId } = send;
    log.error({ attemptId, error }, "a forgotten send cannot be written into the database");
    const why = error instanceof Error ? error.message : String(error);
    const detail = `it cannot be written in: ${why}`;
    await saveProgress(database, send, { to: "open", detail, askInMs: againMs, counts: false });
  }
}
