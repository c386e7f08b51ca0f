/** SQL of accounts. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable } from "../db/database.ts";
import type { Account } from "./account.ts";

interface AccountRow {
  id: string;
  name: string;
  mode: Account["mode"];
  charging_stopped_at: Temporal.Instant | null;
  overdue_periods: Account["overduePeriods"];
  late_payments: Account["latePayments"];
  created_at: Temporal.Instant;
}

const columns = "id, name, mode, charging_stopped_at, overdue_periods, late_payments, created_at";

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    mode: row.mode,
    chargingStoppedAt: row.charging_stopped_at ?? undefined,
    overduePeriods: row.overdue_periods,
    latePayments: row.late_payments,
    createdAt: row.created_at,
  };
}

const insert = statement(
  "account_insert",
  `insert into accounts (id, name, mode, wrapped_data_key) values ($1, $2, $3, $4)
   returning ${columns}`,
);

export async function insertAccount(
  db: Queryable,
  it: Pick<Account, "id" | "name" | "mode"> & { readonly wrappedDataKey: Uint8Array },
): Promise<Account> {
  const rows = await db.query<AccountRow>(insert, [it.id, it.name, it.mode, it.wrappedDataKey]);
  const [row] = rows;
  if (row === undefined) throw new Error("the inserted account was not returned");
  return toAccount(row);
}

const byId = statement("account_by_id", `select ${columns} from accounts where id = $1`);

/** @throws {Error} when there is none: accounts are never deleted. */
export async function getAccount(db: Queryable, id: string): Promise<Account> {
  const [row] = await db.query<AccountRow>(byId, [id]);
  if (row === undefined) throw new Error(`there is no account ${id}`);
  return toAccount(row);
}

const all = statement(
  "accounts_all",
  `select ${columns} from accounts order by created_at, id limit 1000`,
);

/** Oldest first, at most 1000: an installation has a handful. */
export async function listAccounts(db: Queryable): Promise<Account[]> {
  return (await db.query<AccountRow>(all)).map(toAccount);
}

const stop = statement(
  "account_stop_charging",
  `update accounts set charging_stopped_at = coalesce(charging_stopped_at, protocol_now()) where id = $1
   returning ${columns}`,
);

const resume = statement(
  "account_resume_charging",
  `update accounts set charging_stopped_at = null where id = $1 returning ${columns}`,
);

/**
 * The emergency stop. Nothing is claimed from the moment this returns; calls that are already on
 * their way are not taken back. Safe to repeat.
 */
export async function setChargingStopped(
  db: Queryable,
  id: string,
  isStopped: boolean,
): Promise<Account> {
  return changed(await db.query<AccountRow>(isStopped ? stop : resume, [id]), id);
}

const policies = statement(
  "account_set_policies",
  `update accounts set overdue_periods = coalesce($2, overdue_periods),
     late_payments = coalesce($3, late_payments)
   where id = $1 returning ${columns}`,
);

/** What is left out stays as it is. */
export async function setPolicies(
  db: Queryable,
  id: string,
  {
    latePayments,
    overduePeriods,
  }: {
    readonly latePayments?: Account["latePayments"] | undefined;
    readonly overduePeriods?: Account["overduePeriods"] | undefined;
  },
): Promise<Account> {
  const values = [id, overduePeriods ?? null, latePayments ?? null];
  return changed(await db.query<AccountRow>(policies, values), id);
}

function changed([row]: readonly AccountRow[], id: string): Account {
  if (row === undefined) throw new Error(`there is no account ${id}`);
  return toAccount(row);
}
