/** How PostgreSQL finds the keys that are to be looked after, whatever it knows of the tables. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimDueChecks, claimUntoldKeys } from "../../src/billing-keys/key-health-store.ts";
import type { KeyRules } from "../../src/billing-keys/key-health.ts";
import type { Transaction } from "../../src/db/database.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await fill();
}, 120_000);
afterAll(() => db.drop());

/** On test clocks, and as many in real time. */
const keys = 2_000;
const clocks = 200;
const dayMs = 24 * 60 * 60_000;
const rules: KeyRules[] = [
  {
    accountId: "acct_1",
    connectionId: "gwy_1",
    canCheck: true,
    checkAheadMs: 3 * dayMs,
    unusedLifetimeMs: 180 * dayMs,
    warningMs: 14 * dayMs,
  },
];

/** A shop whose customers have all paid lately, and pay again in the next three weeks. */
async function fill(): Promise<void> {
  const run = (sql: string) => db.database.execute(sql);
  // Nobody else gathers statistics meanwhile.
  for (const table of ["billing_keys", "customers", "subscriptions", "test_clocks"]) {
    await run(`alter table ${table} set (autovacuum_enabled = false)`);
  }
  await run(
    `insert into accounts (id, name, mode, wrapped_data_key) values ('acct_1', 'A', 'test', '')`,
  );
  await run(`insert into gateway_connections (account_id, id, mode, provider, name, api_host,
      public_id, credentials, notification_token)
    values ('acct_1', 'gwy_1', 'test', 'line_pay', 'L', 'http://127.0.0.1', 'channel', '', 'token')`);
  await run(`with plan as (
      insert into plans (account_id, id, name, price_id) values ('acct_1', 'plan_1', 'P', 'price_1'))
    insert into prices (account_id, id, plan_id, amount_minor, currency, interval_unit, interval_count)
    values ('acct_1', 'price_1', 'plan_1', 100, 'TWD', 'month', 1)`);
  await run(`insert into test_clocks (account_id, id, name, now_at)
    select 'acct_1', 'clk_' || n, 'C', now() from generate_series(0, ${clocks - 1}) n`);
  await insertPayers("null", "real");
  await insertPayers(`'clk_' || n % ${clocks}`, "test");
}

/** @param clock The test clock of the n-th of them, in SQL. */
async function insertPayers(clock: string, prefix: string): Promise<void> {
  const insert = (table: string, columns: string, values: string) =>
    db.database.execute(`insert into ${table} (account_id, id, customer_id, ${columns})
      select 'acct_1', '${prefix}_' || n, '${prefix}_' || n, ${values}
      from generate_series(1, ${keys}) n`);
  await db.database.execute(`insert into customers (account_id, id, test_clock_id)
    select 'acct_1', '${prefix}_' || n, ${clock} from generate_series(1, ${keys}) n`);
  await insert(
    "billing_keys",
    "connection_id, method, secret, blind_index, last_paid_at",
    `'gwy_1', 'LINE_PAY', '', convert_to('${prefix}' || n, 'UTF8'), now() - interval '9 days'`,
  );
  await insert(
    "subscriptions",
    "price_id, billing_key_id, status, anchor_on, zone, next_due_at, test_clock_id",
    `'price_1', '${prefix}_' || n, 'active', '2026-03-01', 'Asia/Taipei',
       now() + n % 21 * interval '1 day', ${clock}`,
  );
}

interface PlanNode {
  readonly "Actual Loops": number;
  readonly Plans?: readonly PlanNode[];
}

/** Carries out the queries of the work. @returns How often their busiest step was taken. */
async function busiestStep(work: (tx: Transaction) => Promise<unknown>): Promise<number> {
  let most = 0;
  await work({
    kind: "transaction",
    async query(sql, values) {
      const text = typeof sql === "string" ? sql : sql.text;
      const [row] = await db.database.query<{ "QUERY PLAN": readonly { Plan: PlanNode }[] }>(
        `explain (analyze, format json) ${text}`,
        values,
      );
      for (const { Plan: plan } of row?.["QUERY PLAN"] ?? []) most = Math.max(most, loopsOf(plan));
      return [];
    },
    execute: () => Promise.reject(new Error("only queries are explained here")),
  });
  return most;
}

function loopsOf({ "Actual Loops": loops, Plans: steps = [] }: PlanNode): number {
  return Math.max(loops, ...steps.map(loopsOf));
}

async function expectNoStepForEachPair(): Promise<void> {
  for (const which of ["real", "test"] as const) {
    const checks = await busiestStep((tx) => claimDueChecks(tx, rules, which, 20, dayMs));
    const untold = await busiestStep((tx) => claimUntoldKeys(tx, rules, which, 100));
    for (const steps of [checks, untold]) {
      expect(steps).toBeGreaterThan(0);
      expect(steps).toBeLessThanOrEqual(keys);
    }
  }
}

describe("keys that are to be checked, or are about to die of disuse", () => {
  const timeout = 60_000;

  it("are found one by one while PostgreSQL knows nothing of the tables", { timeout }, async () => {
    await expectNoStepForEachPair();
  });

  it("are found one by one once it does", { timeout }, async () => {
    await db.database.execute("analyze");
    await expectNoStepForEachPair();
  });
});
