/** What a person decides for a whole account: the emergency stop and the policies. Each is on record. */
import { recordWord } from "../audit/record-word.ts";
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
    const action = isStopped ? "account.stopped" : "account.resumed";
    await recordWord(tx, effects.random, { accountId, by, action, subjectId: accountId });
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
    const evidence = { before: { latePayments, overduePeriods }, after: policies };
    const word = { accountId, by, action: "account.changed", subjectId: accountId, evidence };
    await recordWord(tx, effects.random, word);
    return account;
  });
}
