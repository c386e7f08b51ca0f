/**
 * Stop preview: what an emergency stop of an account, or the pause of a connection, would hold back.
 * Counted before anybody presses the button, because a stop costs money too.
 */
import { money, type Currency, type Money } from "@maedal/gateways";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable } from "../db/database.ts";

/** Charges of one currency. */
export interface HeldBack {
  readonly count: number;
  readonly amount: Money;
}

export interface StopPreview {
  /** Due already, or waiting to be sent again. One for each currency. */
  readonly now: readonly HeldBack[];
  /** Those, and what falls due within 24 hours: the next period of each subscription counts. */
  readonly withinDay: readonly HeldBack[];
  /** The same within seven days. */
  readonly withinWeek: readonly HeldBack[];
  /** Subscriptions that would have to wait. */
  readonly subscriptions: number;
  /** Refunds that are requested and not sent. */
  readonly refunds: number;
}

/** Customers on a test clock by theirs. */
const due = statement(
  "stop_preview_due",
  `with awaited as (
     select c.currency, c.amount_minor, c.due_at - coalesce(t.now_at, protocol_now()) as wait
     from charges c
     left join test_clocks t on t.account_id = c.account_id and t.id = c.test_clock_id
     where c.account_id = $1 and ($2::text is null or c.connection_id = $2)
       and c.status = 'scheduled'
     union all
     select p.currency, p.amount_minor, s.next_due_at - coalesce(t.now_at, protocol_now())
     from subscriptions s
     join billing_keys k on k.account_id = s.account_id and k.id = s.billing_key_id
     join prices p on p.account_id = s.account_id and p.id = coalesce(s.next_price_id, s.price_id)
     left join test_clocks t on t.account_id = s.account_id and t.id = s.test_clock_id
     where s.account_id = $1 and ($2::text is null or k.connection_id = $2)
       and k.status = 'active' and s.next_due_at is not null and not s.cancels_at_period_end
   )
   select currency,
     count(*) filter (where wait <= interval '0')::int as now_count,
     coalesce(sum(amount_minor) filter (where wait <= interval '0'), 0)::bigint as now_minor,
     count(*) filter (where wait <= interval '1 day')::int as day_count,
     coalesce(sum(amount_minor) filter (where wait <= interval '1 day'), 0)::bigint as day_minor,
     count(*)::int as week_count,
     sum(amount_minor)::bigint as week_minor
   from awaited where wait <= interval '7 days'
   group by currency order by currency`,
);

const counts = statement(
  "stop_preview_counts",
  `select
     (select count(*)::int from subscriptions s
      join billing_keys k on k.account_id = s.account_id and k.id = s.billing_key_id
      where s.account_id = $1 and ($2::text is null or k.connection_id = $2)
        and s.status not in ('canceled', 'paused')) as subscriptions,
     (select count(*)::int from refunds r
      where r.account_id = $1 and ($2::text is null or r.connection_id = $2)
        and r.status = 'requested') as refunds`,
);

interface DueRow {
  currency: Currency;
  now_count: number;
  now_minor: string;
  day_count: number;
  day_minor: string;
  week_count: number;
  week_minor: string;
}

/** @param connectionId Undefined: of the whole account. */
export async function readStopPreview(
  db: Queryable,
  accountId: string,
  connectionId: string | undefined,
): Promise<StopPreview> {
  const values = [accountId, connectionId ?? null];
  const rows = await db.query<DueRow>(due, values);
  const [count] = await db.query<{ subscriptions: number; refunds: number }>(counts, values);
  return {
    now: rows.flatMap((row) => heldBack(row.now_count, row.now_minor, row.currency)),
    withinDay: rows.flatMap((row) => heldBack(row.day_count, row.day_minor, row.currency)),
    withinWeek: rows.flatMap((row) => heldBack(row.week_count, row.week_minor, row.currency)),
    subscriptions: count?.subscriptions ?? 0,
    refunds: count?.refunds ?? 0,
  };
}

function heldBack(count: number, minor: string, currency: Currency): HeldBack[] {
  return count === 0 ? [] : [{ count, amount: money(safeInteger(minor), currency) }];
}
