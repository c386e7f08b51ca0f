/** SQL of runs: what a connection begins with each day, and runs that wait for a person. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import type { RunFacts } from "./run-size.ts";

export interface RunKey {
  readonly accountId: string;
  readonly connectionId: string;
}

const today = "(protocol_now() at time zone 'UTC')::date";

const facts = statement(
  "run_facts",
  `select
     coalesce((select d.charges from run_days d where d.account_id = $1 and d.connection_id = $2
               and d.day = ${today}), 0) as begun,
     (select count(*)::int from charges c
      where c.account_id = $1 and c.connection_id = $2 and c.status = 'scheduled'
        and c.test_clock_id is null and c.due_at <= protocol_now()
        and c.generation = 0 and c.declines = 0 and c.resends = 0 and c.unsent = 0) as due,
     array(select d.charges from run_days d where d.account_id = $1 and d.connection_id = $2
           and d.day < ${today} and d.day >= ${today} - $3::int) as history,
     coalesce(${today} - (select min(d.day) from run_days d
                          where d.account_id = $1 and d.connection_id = $2), 0) as age_days,
     coalesce((select max(h.charges) from run_holds h
               where h.account_id = $1 and h.connection_id = $2
                 and h.confirmed_at > protocol_now() - interval '1 day'), 0) as confirmed,
     exists (select from run_holds h where h.account_id = $1 and h.connection_id = $2
             and h.confirmed_at is null) as is_held`,
);

/** Of charges in real time; those on test clocks are never held. */
export async function readRun(
  tx: Queryable,
  { accountId, connectionId }: RunKey,
  historyDays: number,
): Promise<RunFacts & { readonly isHeld: boolean }> {
  const [row] = await tx.query<{
    begun: number;
    due: number;
    history: number[];
    age_days: number;
    confirmed: number;
    is_held: boolean;
  }>(facts, [accountId, connectionId, historyDays]);
  if (row === undefined) throw new Error("the run was not read");
  const { age_days: ageDays, begun, confirmed, due, history, is_held: isHeld } = row;
  return { charges: begun + due, history, ageDays, confirmed, isHeld };
}

const count = statement(
  "run_count",
  `insert into run_days (account_id, connection_id, day, charges) values ($1, $2, ${today}, $3)
   on conflict (account_id, connection_id, day)
   do update set charges = run_days.charges + excluded.charges`,
);

/** Counts charges that begin now. The connection is locked, so nobody waits for the row. */
export async function countRun(
  tx: Transaction,
  { accountId, connectionId }: RunKey,
  begins: number,
): Promise<void> {
  await tx.execute(count, [accountId, connectionId, begins]);
}

const hold = statement(
  "run_hold",
  `insert into run_holds (account_id, id, connection_id, charges, usual)
   values ($1, $2, $3, $4, $5)
   on conflict (account_id, connection_id) where confirmed_at is null do nothing`,
);

/** @returns false when a run of the connection is held already. */
export async function insertRunHold(
  tx: Transaction,
  { accountId, connectionId }: RunKey,
  it: { readonly id: string; readonly charges: number; readonly usual: number },
): Promise<boolean> {
  const values = [accountId, it.id, connectionId, it.charges, it.usual];
  return (await tx.execute(hold, values)) === 1;
}

export interface RunHold {
  readonly connectionId: string;
  readonly charges: number;
  readonly usual: number;
  readonly heldAt: Temporal.Instant;
}

interface HoldRow {
  connection_id: string;
  charges: number;
  usual: number;
  held_at: Temporal.Instant;
}

function toHold(row: HoldRow): RunHold {
  const { charges, connection_id: connectionId, held_at: heldAt, usual } = row;
  return { connectionId, charges, usual, heldAt };
}

const confirm = statement(
  "run_confirm",
  `update run_holds set confirmed_at = protocol_now(), confirmed_by = $3
   where account_id = $1 and connection_id = $2 and confirmed_at is null
   returning connection_id, charges, usual, held_at`,
);

/** @returns undefined when no run of the connection is held. */
export async function saveRunConfirmed(
  tx: Transaction,
  { accountId, connectionId }: RunKey,
  by: string,
): Promise<RunHold | undefined> {
  const [row] = await tx.query<HoldRow>(confirm, [accountId, connectionId, by]);
  return row && toHold(row);
}

const held = statement(
  "runs_held",
  `select connection_id, charges, usual, held_at from run_holds
   where confirmed_at is null and ($1::text is null or account_id = $1) order by held_at`,
);

/** @param accountId Undefined: of all accounts. */
export async function listRunHolds(db: Queryable, accountId?: string): Promise<RunHold[]> {
  return (await db.query<HoldRow>(held, [accountId ?? null])).map(toHold);
}
