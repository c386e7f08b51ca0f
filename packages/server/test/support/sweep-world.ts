/** What tests of sweeps need: a sweep of everything so far, and what it found. */
import type { Engine } from "../../src/engine.ts";
import { Temporal } from "temporal-polyfill";
import { listFindings, type FindingView } from "../../src/sweeps/finding-store.ts";
import { requestSweep } from "../../src/sweeps/request-sweep.ts";
import {
  runSweep,
  sweepLeaseMs,
  type SweepEnd,
  type SweepRun,
} from "../../src/sweeps/run-sweep.ts";
import { findSweep, type SweepView } from "../../src/sweeps/sweep-reads.ts";
import { claimSweep } from "../../src/sweeps/sweep-store.ts";
import { termsOf } from "./provider-terms.ts";
import { eventually, type World } from "./world.ts";

/** Asks for a sweep of the world's connection: of the last two days unless told. @returns Its id. */
export async function askForSweep(
  { accountId, connection, engine }: World,
  range: { readonly from?: string; readonly to?: string } = {},
): Promise<string> {
  const instant = (text: string | undefined) => text && Temporal.Instant.from(text);
  const [id] = await requestSweep(engine, {
    accountId,
    connectionId: connection.id,
    from: instant(range.from) || undefined,
    to: instant(range.to) || undefined,
    requestedBy: "test",
  });
  if (id === undefined) throw new Error("no sweep was made");
  return id;
}

/** Takes a sweep up as a worker does. */
export async function takeUp(
  engine: Engine,
  id: string,
  run: SweepRun = {},
): Promise<SweepEnd | "not free"> {
  const token = engine.effects.random.uuid();
  const claimed = await claimSweep(engine.database, token, sweepLeaseMs, id);
  return claimed === undefined ? "not free" : await runSweep(engine, claimed, run);
}

/**
 * Sweeps the last two days to the end, here or in a worker that was faster.
 *
 * @returns The findings that this sweep was the first to make.
 */
export async function sweep(world: World, run: SweepRun = {}): Promise<FindingView[]> {
  const id = await askForSweep(world);
  const end = await takeUp(world.engine, id, run);
  if (end !== "not free" && "failure" in end) throw new Error(`a sweep failed: ${end.failure}`);
  await eventually("the sweep to be finished", async () => {
    return (await sweepNow(world, id)).status === "finished";
  });
  return await findingsOf(world, { sweepId: id });
}

/** Oldest first. */
export async function findingsOf(
  { accountId, engine }: World,
  filter: { readonly sweepId?: string; readonly isOpen?: boolean } = {},
): Promise<FindingView[]> {
  const page = { limit: 100, after: undefined };
  const { items } = await listFindings(engine.database, accountId, filter, page);
  return items.toReversed();
}

/** What matters of a finding: `kind action open|settled payment`. */
export function lineOf({ action, kind, paymentId, settledBy }: FindingView): string {
  return [kind, action, settledBy === undefined ? "open" : `settled by ${settledBy}`, paymentId]
    .filter(Boolean)
    .join(" ");
}

export async function sweepNow({ accountId, engine }: World, id: string): Promise<SweepView> {
  const view = await findSweep(engine.database, accountId, id);
  if (view === undefined) throw new Error(`sweep ${id} is gone`);
  return view;
}

/** How often each type of event was told, of those that sweeps tell. */
export async function toldOf({ accountId, engine }: World): Promise<Record<string, number>> {
  const rows = await engine.database.query<{ type: string; n: number }>(
    `select type, count(*)::int as n from events where account_id = $1
       and type in ('sweep.found', 'sweep.failed', 'charge.paid_twice',
                    'charge.paid_after_the_end', 'gateway_connection.paused')
     group by type order by type`,
    [accountId],
  );
  return Object.fromEntries(rows.map(({ n, type }) => [type, n]));
}

/**
 * Somebody beside this database takes money with one of its keys.
 *
 * @returns The payment's id.
 */
export async function payAs(
  world: World,
  { billingKey, customerKey }: { readonly billingKey: string; readonly customerKey: string },
  orderId: string,
): Promise<string> {
  const { connection, engine, patient } = world;
  const gateway = await patient.of(engine.database, connection);
  const amount = { amountMinor: 9_900, currency: termsOf(world).currency };
  const idempotencyKey = engine.effects.random.uuid();
  const secret = { billingKey, customerKey };
  const order = { secret, orderId, orderName: "프리미엄", amount, idempotencyKey };
  return (await gateway.chargeBillingKey(order)).paymentId;
}
