/** Holds a run that is larger than usual until a person has looked, and lets it go on. */
import { AppError } from "../app-error.ts";
import { recordWord } from "../audit/record-word.ts";
import type { Transaction } from "../db/database.ts";
import type { Effects } from "../effects.ts";
import type { Engine } from "../engine.ts";
import { appendEvents } from "../events/event-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { judgeRun, runPolicy, type RunPolicy } from "./run-size.ts";
import {
  countRun,
  insertRunHold,
  readRun,
  saveRunConfirmed,
  type RunHold,
  type RunKey,
} from "./run-store.ts";

/** How long a run that goes is not judged again: what falls due comes in one piece or slowly. */
const judgedForMs = 5_000;

export interface RunWatch {
  /** In a claim's transaction, with its connection locked. @returns false: the run waits. */
  admit(tx: Transaction, run: RunKey, begins: number): Promise<boolean>;
}

export function watchRuns({ clock, random }: Effects, policy: RunPolicy = runPolicy): RunWatch {
  const judged = new Map<string, number>();
  return {
    async admit(tx, run, begins) {
      const since = judged.get(run.connectionId);
      const isFresh = since !== undefined && clock.monotonicMs() - since < judgedForMs;
      if (!isFresh && !(await judge(tx, run))) return false;
      if (begins > 0) await countRun(tx, run, begins);
      return true;
    },
  };

  async function judge(tx: Transaction, run: RunKey): Promise<boolean> {
    const facts = await readRun(tx, run, policy.historyDays);
    if (facts.isHeld) return false;
    const decision = judgeRun(facts, policy);
    if (decision.kind === "goes") {
      judged.set(run.connectionId, clock.monotonicMs());
      return true;
    }
    const { usual } = decision;
    const { charges } = facts;
    const { accountId, connectionId } = run;
    if (await insertRunHold(tx, run, { id: random.uuid(), charges, usual })) {
      const data = { connectionId, charges, usual };
      const type = "gateway_connection.run_held";
      await appendEvents(tx, random, [
        { accountId, subscriptionId: undefined, type, data, occurredAt: clock.now() },
      ]);
    }
    return false;
  }
}

/**
 * A person has looked at a run that waits: it goes on.
 *
 * @param by Who: an API key's id, an operator.
 * @throws {AppError} `conflict` when no run of the connection waits.
 */
export async function confirmRun(engine: Engine, run: RunKey, by: string): Promise<RunHold> {
  const { accountId, connectionId } = run;
  const { clock, random } = engine.effects;
  return await engine.database.transaction(async (tx) => {
    const hold = await saveRunConfirmed(tx, run, by);
    if (hold === undefined) {
      throw new AppError("conflict", `No run of connection ${connectionId} waits to be confirmed.`);
    }
    const { charges } = hold;
    const type = "gateway_connection.run_confirmed";
    const data = { connectionId, charges, confirmedBy: by };
    await appendEvents(tx, random, [
      { accountId, subscriptionId: undefined, type, data, occurredAt: clock.now() },
    ]);
    await notifyWork(tx);
    const word = { accountId, by, action: type, subjectId: connectionId, evidence: { charges } };
    await recordWord(tx, random, word);
    return hold;
  });
}
