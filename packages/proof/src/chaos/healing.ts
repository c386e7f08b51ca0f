/** When everything is mended: what is still open then, and how long it may take. */
import type { Cluster } from "./cluster.ts";
import { pause } from "./waiting.ts";

/**
 * What is neither decided nor in front of a person; each with words for whoever reads the report. Left
 * out are charges for which the provider keeps answering what decides nothing, such as one refusal for two
 * requests whose senders died: they come before a person at the end of the ladder, which takes a day.
 */
const openSql = `
  with unclear as (
    select c.account_id, c.id, c.test_clock_id from charges c
    where c.status = 'reconciling' and c.look_ups >= 5
      and (select l.finding from look_ups l
           where l.account_id = c.account_id and l.charge_id = c.id
           order by l.looked_up_at desc limit 1) in ('failed', 'pending')
  )
  select 'recovery ' || id || ' is still open: ' || reason as text
  from recoveries where finished_at is null
  union all
  select 'charge ' || c.id || ' of ' || c.subscription_id || ' is still ' || c.status
  from charges c join subscriptions s on s.account_id = c.account_id and s.id = c.subscription_id
    left join test_clocks t on t.account_id = s.account_id and t.id = s.test_clock_id
  where c.status in ('in_flight', 'reconciling', 'capturing', 'voiding')
      and not exists (select from unclear u where u.account_id = c.account_id and u.id = c.id)
    or c.status = 'scheduled' and c.due_at < coalesce(t.now_at, clock_timestamp())
      and s.status not in ('canceled', 'paused')
      and exists (select from billing_keys k where k.account_id = s.account_id
                    and k.id = s.billing_key_id and k.status = 'active')
  union all
  select 'refund ' || id || ' of ' || charge_id || ' is still ' || status
  from refunds where status in ('requested', 'in_flight', 'reconciling')
  union all
  select 'period ' || next_period || ' of ' || id || ' is not billed'
  from subscriptions where status in ('active', 'past_due') and test_clock_id is null
    and next_due_at < clock_timestamp() - interval '5 seconds'
  union all
  select 'test clock ' || id || ' is on its way to ' || target_at
  from test_clocks t where target_at is not null
    and not exists (select from unclear u
                    where u.account_id = t.account_id and u.test_clock_id = t.id)
  order by 1`;

/** @returns What is open when it is over: nothing, unless the limit came first. */
export async function untilDecided(
  cluster: Cluster,
  limitMs: number,
  signal: AbortSignal,
  onLook: (open: number) => void,
): Promise<readonly string[]> {
  const end = performance.now() + limitMs;
  for (;;) {
    const rows = await cluster.ask<{ text: string }>(openSql);
    onLook(rows.length);
    if (rows.length === 0 || signal.aborted) return [];
    if (performance.now() > end) return rows.map(({ text }) => text);
    await pause(500, signal);
  }
}
