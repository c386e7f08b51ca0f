/**
 * What a person does about a finding: says that nothing is left to do, or refunds the payment. Only
 * the payment of a charge of ours is refunded from here; every other one is in the provider's console.
 */
import { AppError } from "../app-error.ts";
import { recordWord } from "../audit/record-word.ts";
import type { Engine } from "../engine.ts";
import { askForRefund } from "../refunds/ask-for-refund.ts";
import { findFinding, saveSettlement, type FindingView } from "./finding-store.ts";

export interface FindingKey {
  readonly accountId: string;
  readonly findingId: string;
}

/**
 * Safe to repeat: the first word stands.
 *
 * @throws {AppError} `not_found`.
 */
export async function settleFinding(
  engine: Engine,
  key: FindingKey,
  { by, note }: { readonly by: string; readonly note: string },
): Promise<FindingView> {
  const { accountId, findingId: subjectId } = key;
  await getFinding(engine, key);
  await engine.database.transaction(async (tx) => {
    if (!(await saveSettlement(tx, accountId, subjectId, { by, note }))) return;
    const word = { accountId, by, action: "sweep_finding.settled", subjectId, reason: note };
    await recordWord(tx, engine.effects.random, word);
  });
  return await getFinding(engine, key);
}

/**
 * Asks for a refund of all that is left of the finding's payment.
 *
 * @returns The refund's id.
 * @throws {AppError} `not_found`; `refund_in_console` when no captured charge has the payment, or
 *   nothing is left of it.
 */
export async function refundFinding(
  engine: Engine,
  key: FindingKey,
  { reason, requestedBy }: { readonly reason: string; readonly requestedBy: string },
): Promise<string> {
  const { paymentId, refundableChargeId: chargeId } = await getFinding(engine, key);
  if (chargeId === undefined) {
    const message = `No charge has payment ${paymentId ?? "(unknown)"}, or nothing is left of it, so Maedal does not refund it. Refund it in the provider's console, then settle the finding.`;
    throw new AppError("refund_in_console", message);
  }
  const { accountId } = key;
  const wanted = { accountId, chargeId, amountMinor: "all", reason, requestedBy } as const;
  return await askForRefund(engine, wanted);
}

async function getFinding(
  { database }: Engine,
  { accountId, findingId }: FindingKey,
): Promise<FindingView> {
  const finding = await findFinding(database, accountId, findingId);
  if (finding !== undefined) return finding;
  const message = `There is no finding ${findingId.slice(0, 60)} in this account.`;
  throw new AppError("not_found", message);
}
