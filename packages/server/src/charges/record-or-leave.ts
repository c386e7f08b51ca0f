/** Records results as far as the database lets it, whatever is wrong with some of them. */
import { CommitUnknownError, isSerializationOrDeadlock } from "../db/database-errors.ts";
import type { Engine } from "../engine.ts";
import type { CallResult } from "./call-result.ts";
import { recordOutcomes } from "./record-outcomes.ts";

const recordTries = 3;

/**
 * Records a batch and never throws; one that the database refuses is tried result by result, so that a bad one holds
 * up nobody else. What cannot be recorded is left to the reconciler: its lease runs out (rule 8).
 */
export async function recordOrLeave(engine: Engine, batch: readonly CallResult[]): Promise<void> {
  const error = await tryToRecord(engine, batch);
  if (error === undefined) return;
  if (batch.length > 1 && !(error instanceof CommitUnknownError)) {
    for (const result of batch) await recordOrLeave(engine, [result]);
    return;
  }
  const charges = batch.map(({ lease }) => lease.chargeId);
  engine.log.error({ charges, error }, "results could not be recorded: they will be looked up");
}

async function tryToRecord(engine: Engine, batch: readonly CallResult[]): Promise<unknown> {
  for (let tries = 1; ; tries += 1) {
    try {
      await recordOutcomes(engine, batch);
      return undefined;
    } catch (error) {
      if (tries >= recordTries || !isSerializationOrDeadlock(error)) return error;
    }
  }
}
