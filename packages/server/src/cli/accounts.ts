/** `maedal accounts`: the accounts of an installation, and what each does by policy. */
import { changePolicies } from "../accounts/steer-account.ts";
import { listAccounts } from "../accounts/account-store.ts";
import type { Account } from "../accounts/account.ts";
import { latePaymentsSchema, overduePeriodsSchema } from "../contract/account.ts";
import { personAtCommandLine } from "./person.ts";
import { CommandError, report, table, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

export async function listAccountsCommand(
  terminal: Terminal,
  { json }: { readonly json?: boolean },
): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const items = (await listAccounts(engine.database)).map(jsonOf);
    const rows = items.map(({ charging, id, latePayments, mode, name, overduePeriods }) => {
      return [id, name, mode, charging, overduePeriods, latePayments];
    });
    const heads = ["ID", "NAME", "MODE", "CHARGING", "OVERDUE PERIODS", "LATE PAYMENTS"];
    const none = "There are no accounts: `maedal keys create` makes one.";
    report(terminal, json, { items }, rows.length === 0 ? none : table([heads, ...rows]));
    return 0;
  });
}

export interface AccountOptions {
  readonly json?: boolean;
  readonly latePayments?: string;
  readonly overduePeriods?: string;
}

export async function setAccount(
  terminal: Terminal,
  accountId: string,
  { json, latePayments, overduePeriods }: AccountOptions,
): Promise<number> {
  const policies = {
    latePayments: oneOf(latePaymentsSchema.options, "--late-payments", latePayments),
    overduePeriods: oneOf(overduePeriodsSchema.options, "--overdue-periods", overduePeriods),
  };
  if (latePayments === undefined && overduePeriods === undefined) {
    throw new CommandError("Say what to change: --late-payments or --overdue-periods.");
  }
  return await withMaedal(terminal, async ({ engine }) => {
    const known = await listAccounts(engine.database);
    if (!known.some(({ id }) => id === accountId)) {
      throw new CommandError(`There is no account ${accountId}: see \`maedal accounts list\`.`);
    }
    const by = personAtCommandLine();
    const account = jsonOf(await changePolicies(engine, { accountId, by }, policies));
    const text = `${account.name}: overdue periods ${account.overduePeriods}, late payments ${account.latePayments}.`;
    report(terminal, json, account, text);
    return 0;
  });
}

function oneOf<Word extends string>(
  words: readonly Word[],
  option: string,
  text: string | undefined,
): Word | undefined {
  const word = words.find((known) => known === text);
  if (text === undefined || word !== undefined) return word;
  throw new CommandError(`${option} is one of ${words.join(", ")}.`);
}

function jsonOf({ chargingStoppedAt, id, latePayments, mode, name, overduePeriods }: Account) {
  const charging = chargingStoppedAt === undefined ? "on" : "stopped";
  return { id, name, mode, charging, overduePeriods, latePayments };
}
