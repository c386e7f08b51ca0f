/** What a person decides for a whole account: the emergency stop and the policies. Each is on record. */
import { appendAudit } from "../audit/append-audit.ts";
import type { Engine } from "../engine.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { getAccount, setChargingStopped, setPolicies } from "./account-store.ts";
import type { Account } from "./account.ts";

export interface AccountWord {
  readonly accountId: string;
  /** Who: an API key, an operator, somebody at the command line. */
  readonly by: string;
}

/**
 * The emergency stop, or its end. Nothing is claimed from the moment this returns; calls that are already
 * on their way are not taken back. Safe to repeat: what changes nothing is not put on record.
 */
export async function stopCharging(
  { database, effects }: Engine,
  { accountId, by }: AccountWord,
  isStopped: boolean,
): Promise<Account> {
  return await database.transaction(async (tx) => {
    const before = await getAccount(tx, accountId);
    const account = await setChargingStopped(tx, accountId, isStopped);
    if ((before.chargingStoppedAt !== undefined) === isStopped) return account;
    if (!isStopped) await notifyWork(tx);
    await appendAudit(tx, effects.random, {
      accountId,
      actor: by,
      action: isStopped ? "account.stopped" : "account.resumed",
      subjectId: accountId,
      reason: "",
      evidence: { chargingStoppedAt: account.chargingStoppedAt?.toString() },
    });
    return account;
  });
}

export type Policies = Parameters<typeof setPolicies>[2];

/** What is left out stays as it is. */
export async function changePolicies(
  { database, effects }: Engine,
  { accountId, by }: AccountWord,
  policies: Policies,
): Promise<Account> {
  return await database.transaction(async (tx) => {
    const { latePayments, overduePeriods } = await getAccount(tx, accountId);
    const account = await setPolicies(tx, accountId, policies);
    await appendAudit(tx, effects.random, {
      accountId,
      actor: by,
      action: "account.changed",
      subjectId: accountId,
      reason: "",
      evidence: { before: { latePayments, overduePeriods }, after: policies },
    });
    return account;
  });
}
