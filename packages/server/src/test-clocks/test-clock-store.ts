/** SQL of test clocks. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";

/**
 * Frozen time for some customers, in test mode. While it advances, all due work on the way runs in
 * order, and open charges are waited for.
 */
export interface TestClock {
  readonly accountId: string;
  readonly id: string;
  readonly name: string;
  readonly nowAt: Temporal.Instant;
  readonly targetAt: Temporal.Instant | undefined;
  readonly status: "ready" | "advancing";
  readonly createdAt: Temporal.Instant;
}

interface TestClockRow {
  account_id: string;
  id: string;
  name: string;
  now_at: Temporal.Instant;
  target_at: Temporal.Instant | null;
  created_at: Temporal.Instant;
}

const columns = "account_id, id, name, now_at, target_at, created_at";

function toTestClock(row: TestClockRow): TestClock {
  return {
    accountId: row.account_id,
    id: row.id,
    name: row.name,
    nowAt: row.now_at,
    targetAt: row.target_at ?? undefined,
    status: row.target_at === null ? "ready" : "advancing",
    createdAt: row.created_at,
  };
}

const byId = statement(
  "test_clock_by_id",
  `select ${columns} from test_clocks where account_id = $1 and id = $2`,
);

export async function findTestClock(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<TestClock | undefined> {
  const [row] = await db.query<TestClockRow>(byId, [accountId, id]);
  return row === undefined ? undefined : toTestClock(row);
}

const all = statement(
  "test_clocks_of_account",
  `select ${columns} from test_clocks where account_id = $1 order by created_at desc, id`,
);

export async function listTestClocks(db: Queryable, accountId: string): Promise<TestClock[]> {
  return (await db.query<TestClockRow>(all, [accountId])).map(toTestClock);
}

const insert = statement(
  "test_clock_insert",
  `insert into test_clocks (account_id, id, name, now_at) values ($1, $2, $3, $4)
   returning ${columns}`,
);

export async function insertTestClock(
  db: Queryable,
  clock: Pick<TestClock, "accountId" | "id" | "name" | "nowAt">,
): Promise<TestClock> {
  const values = [clock.accountId, clock.id, clock.name, clock.nowAt];
  const [row] = await db.query<TestClockRow>(insert, values);
  if (row === undefined) throw new Error("the inserted test clock was not returned");
  return toTestClock(row);
}

const locked = statement(
  "test_clock_locked",
  `select ${columns} from test_clocks where account_id = $1 and id = $2 for no key update`,
);

export async function lockTestClock(
  tx: Transaction,
  accountId: string,
  id: string,
): Promise<TestClock | undefined> {
  const [row] = await tx.query<TestClockRow>(locked, [accountId, id]);
  return row === undefined ? undefined : toTestClock(row);
}

const move = statement(
  "test_clock_move",
  `update test_clocks set now_at = $3, target_at = $4 where account_id = $1 and id = $2
   returning ${columns}`,
);

export async function saveTestClock(
  tx: Transaction,
  clock: Pick<TestClock, "accountId" | "id" | "nowAt" | "targetAt">,
): Promise<TestClock> {
  const values = [clock.accountId, clock.id, clock.nowAt, clock.targetAt ?? null];
  const [row] = await tx.query<TestClockRow>(move, values);
  if (row === undefined) throw new Error(`there is no test clock ${clock.id}`);
  return toTestClock(row);
}

const advancing = statement(
  "test_clocks_advancing",
  `select ${columns} from test_clocks
   where target_at is not null and (account_id, id) > ($2, $3)
   order by account_id, id limit $1
   for no key update skip locked`,
);

/** In the order of their ids, from the one after `after` on; not those that somebody else holds. */
export async function lockAdvancingTestClocks(
  tx: Transaction,
  limit: number,
  after: Pick<TestClock, "accountId" | "id"> | undefined,
): Promise<TestClock[]> {
  const values = [limit, after?.accountId ?? "", after?.id ?? ""];
  return (await tx.query<TestClockRow>(advancing, values)).map(toTestClock);
}

/** What a clock's time stands for. */
export interface WorkOnClock {
  /** Charges whose call is open or whose outcome is unknown; nobody waits for customers or merchants. */
  readonly openCharges: number;
  /** Charges and periods that are due by now and will be worked on. */
  readonly dueWork: number;
  /** The next instant after now at which something falls due; undefined when nothing will. */
  readonly nextDueAt: Temporal.Instant | undefined;
}

const work = statement(
  "test_clock_work",
  `select
     (select count(*)::int from charges c where c.account_id = k.account_id
        and c.test_clock_id = k.id
        and c.status in ('in_flight', 'reconciling', 'capturing', 'voiding')) as open_charges,
     (select count(*)::int from charges c
        join subscriptions s on s.account_id = c.account_id and s.id = c.subscription_id
        join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
        join billing_keys b on b.account_id = s.account_id and b.id = s.billing_key_id
        join gateway_connections g on g.account_id = c.account_id and g.id = c.connection_id
        join accounts a on a.id = c.account_id
        where c.account_id = k.account_id and c.test_clock_id = k.id and c.status = 'scheduled'
          and c.due_at <= k.now_at and s.status not in ('canceled', 'paused')
          and i.status = 'open' and b.status = 'active' and b.connection_id = c.connection_id
          and may_charge(g) and a.charging_stopped_at is null)
     + (select count(*)::int from subscriptions s where s.account_id = k.account_id
          and s.test_clock_id = k.id and s.next_due_at <= k.now_at) as due_work,
     least(
       (select min(c.due_at) from charges c where c.account_id = k.account_id
          and c.test_clock_id = k.id and c.status = 'scheduled' and c.due_at > k.now_at),
       (select min(s.next_due_at) from subscriptions s where s.account_id = k.account_id
          and s.test_clock_id = k.id and s.next_due_at > k.now_at)) as next_due_at
   from test_clocks k where k.account_id = $1 and k.id = $2`,
);

export async function readWorkOnClock(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<WorkOnClock> {
  const [row] = await db.query<{
    open_charges: number;
    due_work: number;
    next_due_at: Temporal.Instant | null;
  }>(work, [accountId, id]);
  if (row === undefined) throw new Error(`there is no test clock ${id}`);
  return {
    openCharges: row.open_charges,
    dueWork: row.due_work,
    nextDueAt: row.next_due_at ?? undefined,
  };
}
