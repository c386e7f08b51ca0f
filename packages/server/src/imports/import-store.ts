/** SQL of what is stored already that an import's rows are about. */
import type { BillingKeyStatus } from "../billing-keys/billing-key.ts";
import type { Temporal } from "temporal-polyfill";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import type { KnownOfRow } from "./decide-row.ts";

/** What a row is looked up by. */
export interface RowToFind {
  readonly externalId: string;
  readonly blindIndex: Uint8Array;
  readonly planId: string | undefined;
}

interface KnownRow {
  customer_id: string | null;
  test_clock_id: string | null;
  name: string | null;
  email: string | null;
  phone: string | null;
  locale: string | null;
  zone: string | null;
  key_id: string | null;
  key_customer_id: string | null;
  key_status: BillingKeyStatus | null;
  is_imported: boolean | null;
  is_subscribed: boolean | null;
  now: Temporal.Instant;
}

// The first event of a subscription tells for ever what it was imported with: plan and key may change.
const known = statement(
  "import_known_of_rows",
  `select c.id as customer_id, c.test_clock_id, c.name, c.email, c.phone, c.locale, c.zone,
     k.id as key_id, k.customer_id as key_customer_id, k.status as key_status,
     s.is_imported, s.is_subscribed, protocol_now() as now
   from jsonb_to_recordset($3::jsonb)
     as r(n int, external_id text, blind_index text, plan_id text)
   left join customers c on c.account_id = $1 and c.external_id = r.external_id
   left join billing_keys k on k.account_id = $1 and k.connection_id = $2
     and k.blind_index = decode(r.blind_index, 'hex')
   left join lateral (
     select
       bool_or(e.data @> jsonb_build_object('imported', true, 'planId', r.plan_id,
         'billingKeyId', k.id)) as is_imported,
       bool_or(s.status <> 'canceled' and p.plan_id = r.plan_id) as is_subscribed
     from subscriptions s
     join prices p on p.account_id = s.account_id and p.id in (s.price_id, s.next_price_id)
     left join events e on e.account_id = s.account_id and e.subscription_id = s.id
       and e.sequence = 1
     where s.account_id = $1 and s.customer_id = c.id) s on true
   order by r.n`,
);

/** @returns What is known of each row, in their order, and the time that it was known. */
export async function readKnown(
  db: Queryable,
  connection: { readonly accountId: string; readonly id: string },
  rows: readonly RowToFind[],
): Promise<readonly (KnownOfRow & { readonly now: Temporal.Instant })[]> {
  const values = rows.map(({ blindIndex, externalId, planId }, n) => ({
    n,
    external_id: externalId,
    blind_index: Buffer.from(blindIndex).toString("hex"),
    plan_id: planId,
  }));
  const found = await db.query<KnownRow>(known, [
    connection.accountId,
    connection.id,
    jsonRows(values),
  ]);
  return found.map(toKnown);
}

function toKnown(row: KnownRow): KnownOfRow & { readonly now: Temporal.Instant } {
  const { customer_id: customerId, key_id: keyId, key_status: status } = row;
  const { key_customer_id: ownerId } = row;
  return {
    customer:
      customerId === null
        ? undefined
        : {
            id: customerId,
            testClockId: row.test_clock_id ?? undefined,
            details: {
              name: row.name ?? undefined,
              email: row.email ?? undefined,
              phone: row.phone ?? undefined,
              locale: row.locale ?? undefined,
              zone: row.zone ?? undefined,
            },
          },
    key:
      keyId === null || ownerId === null || status === null
        ? undefined
        : { id: keyId, customerId: ownerId, status },
    isImported: row.is_imported ?? false,
    isSubscribed: row.is_subscribed ?? false,
    now: row.now,
  };
}

const lock = statement(
  "import_lock_row",
  `select
     (select count(*) from (select 1 from customers
       where account_id = $1 and external_id = $3 for no key update) c),
     (select count(*) from (select 1 from billing_keys
       where account_id = $1 and connection_id = $2 and blind_index = $4 for no key update) k)`,
);

/** Locks what is there of a row, so that two imports take turns and no key is revoked meanwhile. */
export async function lockKnown(
  tx: Transaction,
  connection: { readonly accountId: string; readonly id: string },
  { blindIndex, externalId }: RowToFind,
): Promise<void> {
  await tx.query(lock, [connection.accountId, connection.id, externalId, blindIndex]);
}
