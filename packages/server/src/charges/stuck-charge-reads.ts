/** Charges that should have moved and did not: what `maedal doctor` warns of. */
import { statement, type Queryable } from "../db/database.ts";

export interface StuckCharges {
  /** Due for longer than a worker needs, and nothing holds them back. */
  readonly overdue: number;
  /** Their lease is over, and nobody took them over. */
  readonly abandoned: number;
  /** Their next look-up is overdue. */
  readonly unasked: number;
  /** Wait for a person. */
  readonly inReview: number;
}

const count = statement(
  "charges_count_stuck",
  `select
     count(*) filter (where c.status = 'scheduled' and c.test_clock_id is null
       and c.due_at < protocol_now() - interval '15 minutes'
       and (c.held_until is null or c.held_until < protocol_now() - interval '15 minutes')
       and may_charge(g) and a.charging_stopped_at is null
       and s.status not in ('canceled', 'paused') and k.status = 'active')::int as overdue,
     count(*) filter (where c.status in ('in_flight', 'capturing', 'voiding')
       and c.lease_until < protocol_now() - interval '5 minutes')::int as abandoned,
     count(*) filter (where c.status in ('reconciling', 'capturing', 'voiding', 'expired')
       and c.look_up_at < protocol_now() - interval '5 minutes')::int as unasked,
     count(*) filter (where c.status = 'in_review')::int as in_review
   from charges c
   join accounts a on a.id = c.account_id
   join gateway_connections g on g.account_id = c.account_id and g.id = c.connection_id
   join subscriptions s on s.account_id = c.account_id and s.id = c.subscription_id
   left join billing_keys k on k.account_id = s.account_id and k.id = s.billing_key_id
   where c.status in ('scheduled', 'in_flight', 'reconciling', 'capturing', 'voiding', 'expired',
                      'in_review')`,
);

/** Over all accounts. */
export async function countStuckCharges(db: Queryable): Promise<StuckCharges> {
  const [row] = await db.query<{
    overdue: number;
    abandoned: number;
    unasked: number;
    in_review: number;
  }>(count);
  if (row === undefined) throw new Error("counting stuck charges gave no row");
  const { abandoned, in_review, overdue, unasked } = row;
  return { overdue, abandoned, unasked, inReview: in_review };
}
