/**
 * Recovery: while it is open nothing is sent. What the journals name and the database has forgotten is
 * written in and looked up; when all journals were compared, and every order was looked up or stands
 * before a person, it ends by itself.
 */
import type { Engine } from "../engine.ts";
import { notifyWork } from "../worker/wake-up.ts";
import {
  findOpenRecovery,
  finishRecovery,
  listDueSends,
  saveProgress,
  settleLookedUp,
  type OpenSend,
} from "./recovery-store.ts";
import { againInMs, writeIn } from "./write-in.ts";

const batchSize = 100;

/**
 * One round. Safe to run in several processes at once, and to die between any two lines: what others have
 * done counts before anything of our own, so that processes that live for seconds only finish it as well.
 *
 * @param keepDays How long journals are kept.
 * @returns Whether a recovery is still open.
 */
export async function tendRecovery(engine: Engine, keepDays: number): Promise<boolean> {
  const { database } = engine;
  const recovery = await findOpenRecovery(database);
  if (recovery === undefined) return false;
  if (await isOver(engine, recovery.id, keepDays)) return false;
  // One after the other: an order id must be written in before the one that followed it.
  for (const send of await listDueSends(database, recovery.id, batchSize)) {
    await writeInOrSay(engine, send);
  }
  return !(await isOver(engine, recovery.id, keepDays));
}

async function isOver(engine: Engine, recoveryId: string, keepDays: number): Promise<boolean> {
  const { database, log } = engine;
  await settleLookedUp(database, recoveryId);
  if (!(await finishRecovery(database, recoveryId, keepDays))) return false;
  log.warn({ recoveryId }, "the recovery is over: sends go on");
  await notifyWork(database);
  return true;
}

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
    const askInMs = againInMs(send);
    await saveProgress(database, send, { to: "open", detail, askInMs, counts: false });
  }
}
