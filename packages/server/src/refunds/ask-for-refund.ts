/** A person asks for a refund: on record. */
import { recordWord } from "../audit/record-word.ts";
import type { Engine } from "../engine.ts";
import { requestRefund, type WantedRefund } from "./request-refund.ts";

/**
 * @returns The refund's id.
 * @throws {AppError} as `requestRefund` does.
 */
export async function askForRefund(engine: Engine, wanted: WantedRefund): Promise<string> {
  const { accountId, amountMinor, chargeId, reason, requestedBy: by } = wanted;
  return await engine.database.transaction(async (tx) => {
    const refundId = await requestRefund(tx, engine, wanted);
    const evidence = { refundId, amountMinor };
    const word = { accountId, by, action: "refund.requested", subjectId: chargeId };
    await recordWord(tx, engine.effects.random, { ...word, reason, evidence });
    return refundId;
  });
}
