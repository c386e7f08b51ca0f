/** SQL of what the worker does for sunsets. */
import type { ConnectionKey } from "../connections/hold-connection.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { isEnding } from "./sunset-reads.ts";
import type { Sunset } from "./sunset.ts";

const unasked = statement(
  "sunset_claim_unasked",
  `select s.id from billing_keys k
   join subscriptions s on s.account_id = k.account_id and s.billing_key_id = k.id
   where k.account_id = $1 and k.connection_id = $2 and s.status <> 'canceled'
     and not (${isEnding})
     and not exists (
       select 1 from method_requests m
       where m.account_id = s.account_id and m.subscription_id = s.id and m.status = 'open'
         and m.connection_id = $3 and m.sunset_connection_id = $2)
   order by s.next_due_at nulls last, s.id limit $4
   for no key update of s skip locked`,
);

/** Subscriptions that nobody has asked yet, or asked elsewhere; who is due next, first. Locked. */
export async function claimUnasked(
  tx: Transaction,
  { accountId, connectionId, successorId }: Sunset,
  limit: number,
): Promise<string[]> {
  const values = [accountId, connectionId, successorId, limit];
  return (await tx.query<{ id: string }>(unasked, values)).map(({ id }) => id);
}

const usable = statement(
  "sunset_usable_keys",
  `select k.id from sunsets u
   join billing_keys k on k.account_id = u.account_id and k.connection_id = u.connection_id
   where u.account_id = $1 and u.connection_id = $2 and u.ended_at is not null
     and k.status in ('active', 'suspended')
   order by k.id limit $3`,
);

/** Keys that are still to be given up; none before the end. */
export async function listKeysToGiveUp(
  db: Queryable,
  { accountId, connectionId }: Sunset,
  limit: number,
): Promise<string[]> {
  const values = [accountId, connectionId, limit];
  return (await db.query<{ id: string }>(usable, values)).map(({ id }) => id);
}

// Each half is an index of the queue; a charge that was never sent needs no look at its attempts.
const resendable = (clock: "is null" | "is not null") => `
  select c.subscription_id from sunsets u
  join charges c on c.connection_id = u.connection_id and c.account_id = u.account_id
    and c.status = 'scheduled' and c.test_clock_id ${clock} and c.last_send_over_at is not null
  where u.account_id = $1 and u.connection_id = $2 and u.ended_at is not null
    and exists (select 1 from attempts a where a.account_id = c.account_id
                and a.charge_id = c.id and a.order_id = c.order_id
                and (a.outcome is null or a.outcome = 'unknown'))`;

// Offered by a window whose confirmation has no clear end. Another confirmation may still be under way in
// a window that is open: the provider is asked about that first.
const confirmed = `
  select c.subscription_id from sunsets u
  join charges c on c.connection_id = u.connection_id and c.account_id = u.account_id
    and c.status = 'awaiting_customer' and c.last_send_over_at is not null
  where u.account_id = $1 and u.connection_id = $2 and u.ended_at is not null
    and exists (select 1 from attempts a where a.account_id = c.account_id
                and a.charge_id = c.id and a.order_id = c.order_id
                and (a.outcome is null or a.outcome = 'unknown'))
    and not exists (select 1 from payment_windows w where w.account_id = c.account_id
                    and w.charge_id = c.id and w.status = 'open')`;

const unresolved = statement(
  "sunset_unresolved_subscriptions",
  `select subscription_id as id
   from (${resendable("is null")} union ${resendable("is not null")} union ${confirmed}) it
   order by 1 limit $3`,
);

/**
 * Subscriptions with a charge that would have to be sent, or its window confirmed, once more where nothing
 * is sent any more.
 */
export async function listUnresolved(
  db: Queryable,
  { accountId, connectionId }: Sunset,
  limit: number,
): Promise<string[]> {
  const values = [accountId, connectionId, limit];
  return (await db.query<{ id: string }>(unresolved, values)).map(({ id }) => id);
}

/**
 * Nobody is silent who was not asked. Waits for those whose charge is on its way, held, or in review: the cancel of a silent customer is
 * no reason to leave money behind that nobody has decided about.
 */
const silent = statement(
  "sunset_silent_subscriptions",
  `select s.id from sunsets u
   join billing_keys k on k.account_id = u.account_id and k.connection_id = u.connection_id
     and k.status in ('dead', 'revoked')
   join subscriptions s on s.account_id = k.account_id and s.billing_key_id = k.id
   where u.account_id = $1 and u.connection_id = $2 and u.ended_at is not null
     and u.when_silent = 'cancel' and u.cancel_at <= protocol_now()
     and s.status <> 'canceled' and not (${isEnding})
     and ($3::text is null or s.id = $3)
     and exists (
       select 1 from method_requests m
       where m.account_id = s.account_id and m.subscription_id = s.id
         and m.sunset_connection_id = $2)
     and not exists (
       select 1 from charges c
       where c.account_id = s.account_id and c.subscription_id = s.id
         and (c.status in ('in_flight', 'reconciling', 'in_review', 'authorized', 'capturing',
                           'voiding', 'expired')
              or c.status in ('scheduled', 'awaiting_customer') and exists (
                select 1 from attempts a
                where a.account_id = c.account_id and a.charge_id = c.id
                  and a.order_id = c.order_id and (a.outcome is null or a.outcome = 'unknown'))))
   order by s.id limit $4`,
);

/** Subscriptions whose customers have brought no other method by the time that was set. */
export async function listSilent(
  db: Queryable,
  { accountId, connectionId }: Sunset,
  limit: number,
): Promise<string[]> {
  const values = [accountId, connectionId, null, limit];
  return (await db.query<{ id: string }>(silent, values)).map(({ id }) => id);
}

/** Asked again once the subscription is locked. */
export async function isSilent(
  tx: Transaction,
  { accountId, connectionId }: Sunset,
  subscriptionId: string,
): Promise<boolean> {
  return (await tx.query(silent, [accountId, connectionId, subscriptionId, 1])).length > 0;
}

const countWaiting = statement(
  "sunset_count_waiting",
  `select count(*)::int as waiting from billing_keys k
   join subscriptions s on s.account_id = k.account_id and s.billing_key_id = k.id
   where k.account_id = $1 and k.connection_id = $2 and s.status <> 'canceled'
     and not (${isEnding})`,
);

/** How many subscriptions still need another method. */
export async function countWaitingSubscriptions(
  db: Queryable,
  { accountId, id }: ConnectionKey,
): Promise<number> {
  const [row] = await db.query<{ waiting: number }>(countWaiting, [accountId, id]);
  return row?.waiting ?? 0;
}
