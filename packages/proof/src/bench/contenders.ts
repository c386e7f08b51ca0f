/**
 * What is timed: our worker, what a developer would write instead, and what the machine can commit
 * at best. All on the same database, and the first two at the same provider.
 */
import type { Database } from "../../../server/src/db/database.ts";
import { startWorker } from "../../../server/src/worker/worker.ts";
import type { Market } from "./market.ts";

export interface Timing {
  readonly perSecond: number;
  /** From the claim, or the start of the request, until its outcome is recorded; sorted. */
  readonly latenciesMs: readonly number[];
}

/** Charges everything that is due, once. @param pool With plan guards, as workers have. */
export async function timeWorker(market: Market, pool: Database): Promise<Timing> {
  const { connection, engine } = market;
  const [before] = await pool.query<{ now: string }>("select protocol_now()::text as now");
  const worker = startWorker({ ...engine, database: pool });
  while ((await market.countOpen()) > 0) await engine.effects.timers.sleep(50);
  await worker.stop();
  const rows = await pool.query<{ began: number; took: number }>(
    `select extract(epoch from claimed_at)::float8 * 1000 as began,
       extract(epoch from ended_at - claimed_at)::float8 * 1000 as took
     from attempts where account_id = $1 and claimed_at >= $2::timestamptz`,
    [connection.accountId, before?.now],
  );
  const beganMs = Math.min(...rows.map(({ began }) => began));
  const endedMs = Math.max(...rows.map(({ began, took }) => began + took));
  return timingOf(
    rows.map(({ took }) => took),
    endedMs - beganMs,
  );
}

/**
 * The cron job: select what is due; for each of them post, then update. It keeps no intent, cannot
 * tell a lost answer from a refusal, and must not be run twice at once.
 *
 * @param atOnce How many it has under way; 1 is what most of them do.
 */
export async function timeCronJob(market: Market, atOnce: number): Promise<Timing> {
  const { connection, engine, keys } = market;
  const { clock, random } = engine.effects;
  const { database } = engine;
  const gateway = await engine.gateways.of(database, connection);
  await database.execute("truncate bench_payments");
  await database.execute(
    `insert into bench_payments (order_id, billing_key, customer_key, status)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])`,
    [
      keys.map(() => random.uuid()),
      keys.map(({ billingKey }) => billingKey),
      keys.map(({ customerKey }) => customerKey),
      keys.map(() => "due"),
    ],
  );
  const latenciesMs: number[] = [];
  const beganMs = clock.monotonicMs();
  const due = await database.query<DuePayment>(
    "select order_id, billing_key, customer_key from bench_payments where status = 'due'",
  );
  const payOne = async ({ billing_key, customer_key, order_id: orderId }: DuePayment) => {
    const startedMs = clock.monotonicMs();
    await gateway.chargeBillingKey({
      secret: { billingKey: billing_key, customerKey: customer_key },
      orderId,
      orderName: "매달",
      amount: { amountMinor: 9_900, currency: "KRW" },
      idempotencyKey: orderId,
    });
    await database.execute("update bench_payments set status = 'paid' where order_id = $1", [
      orderId,
    ]);
    latenciesMs.push(clock.monotonicMs() - startedMs);
  };
  await inTurn(due, atOnce, payOne);
  return timingOf(latenciesMs, clock.monotonicMs() - beganMs);
}

interface DuePayment {
  readonly order_id: string;
  readonly billing_key: string;
  readonly customer_key: string;
}

/** One committed update for the claim and one for the result: nothing else, and nobody is asked. */
export async function timeCommitPairs(
  market: Market,
  pool: Database,
  atOnce: number,
): Promise<Timing> {
  const { clock } = market.engine.effects;
  const count = market.keys.length;
  await pool.execute("truncate bench_pairs");
  await pool.execute("insert into bench_pairs select n, 'due' from generate_series(1, $1::int) n", [
    count,
  ]);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const latenciesMs: number[] = [];
  const beganMs = clock.monotonicMs();
  await inTurn(numbers, atOnce, async (n) => {
    const startedMs = clock.monotonicMs();
    await pool.execute(claimPair, [n]);
    await pool.execute(settlePair, [n]);
    latenciesMs.push(clock.monotonicMs() - startedMs);
  });
  return timingOf(latenciesMs, clock.monotonicMs() - beganMs);
}

const claimPair = {
  name: "bench_claim",
  text: "update bench_pairs set status = 'claimed' where n = $1",
};
const settlePair = {
  name: "bench_settle",
  text: "update bench_pairs set status = 'paid' where n = $1",
};

/** What the two stand-ins write to, narrow on purpose. */
export const contenderTables: readonly string[] = [
  `create table bench_payments (order_id text primary key, billing_key text not null,
     customer_key text not null, status text not null)`,
  "create table bench_pairs (n integer primary key, status text not null)",
];

async function inTurn<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const lane = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

function timingOf(latenciesMs: readonly number[], tookMs: number): Timing {
  return {
    perSecond: (latenciesMs.length / tookMs) * 1_000,
    latenciesMs: [...latenciesMs].sort((one, other) => one - other),
  };
}
