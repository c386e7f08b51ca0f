/** SQL of registrations. */
import { money, type Currency, type Money } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import {
  registrationLifetimeMs,
  type Registration,
  type RegistrationStatus,
} from "./registration.ts";

interface RegistrationRow {
  account_id: string;
  id: string;
  customer_id: string;
  connection_id: string;
  subscription_id: string | null;
  method: string;
  status: RegistrationStatus;
  return_url: string | null;
  browser_hash: Uint8Array | null;
  has_auth_key: boolean;
  idempotency_key: string;
  window_amount_minor: string | null;
  window_currency: Currency | null;
  billing_key_id: string | null;
  failure_code: string | null;
  failure_message: string | null;
  retry_of: string | null;
  expires_at: Temporal.Instant;
  finished_at: Temporal.Instant | null;
  created_at: Temporal.Instant;
}

const columns = `account_id, id, customer_id, connection_id, subscription_id, method,
  case when status = 'open' and auth_key_hash is null and expires_at <= protocol_now()
    then 'expired' else status end as status,
  return_url, browser_hash, auth_key_hash is not null as has_auth_key, idempotency_key,
  window_amount_minor, window_currency, billing_key_id, failure_code, failure_message, retry_of,
  expires_at, finished_at, created_at`;

function toRegistration(row: RegistrationRow): Registration {
  return {
    accountId: row.account_id,
    id: row.id,
    customerId: row.customer_id,
    connectionId: row.connection_id,
    subscriptionId: row.subscription_id ?? undefined,
    method: row.method,
    status: row.status,
    returnUrl: row.return_url ?? undefined,
    browserHash: row.browser_hash ?? undefined,
    hasAuthKey: row.has_auth_key,
    idempotencyKey: row.idempotency_key,
    windowAmount: windowAmountOf(row),
    billingKeyId: row.billing_key_id ?? undefined,
    failureCode: row.failure_code ?? undefined,
    failureMessage: row.failure_message ?? undefined,
    retryOf: row.retry_of ?? undefined,
    expiresAt: row.expires_at,
    finishedAt: row.finished_at ?? undefined,
    createdAt: row.created_at,
  };
}

function windowAmountOf({
  window_amount_minor: minor,
  window_currency: currency,
}: RegistrationRow) {
  return minor === null || currency === null ? undefined : money(safeInteger(minor), currency);
}

function first(rows: readonly RegistrationRow[]): Registration | undefined {
  const [row] = rows;
  return row === undefined ? undefined : toRegistration(row);
}

/** Which registration; a `Registration` is one, too. */
export interface RegistrationKey {
  readonly accountId: string;
  readonly id: string;
}

export interface NewRegistration extends RegistrationKey {
  readonly customerId: string;
  readonly connectionId: string;
  readonly subscriptionId: string | undefined;
  readonly method: string;
  /** Envelope, see registration-secrets.ts. */
  readonly customerKey: Uint8Array;
  readonly idempotencyKey: string;
  readonly returnUrl: string | undefined;
  readonly retryOf: string | undefined;
}

const insert = statement(
  "registration_insert",
  `insert into registrations (account_id, id, customer_id, connection_id, subscription_id, method,
     customer_key, idempotency_key, return_url, retry_of, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, protocol_now() + $11::float8 * interval '1 ms')
   returning ${columns}`,
);

export async function insertRegistration(
  tx: Transaction,
  it: NewRegistration,
): Promise<Registration> {
  const found = first(
    await tx.query<RegistrationRow>(insert, [
      it.accountId,
      it.id,
      it.customerId,
      it.connectionId,
      it.subscriptionId ?? null,
      it.method,
      it.customerKey,
      it.idempotencyKey,
      it.returnUrl ?? null,
      it.retryOf ?? null,
      registrationLifetimeMs,
    ]),
  );
  if (found === undefined) throw new Error("the inserted registration was not returned");
  return found;
}

const byKey = statement(
  "registration_by_key",
  `select ${columns} from registrations where account_id = $1 and id = $2`,
);

export async function findRegistration(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<Registration | undefined> {
  return first(await db.query<RegistrationRow>(byKey, [accountId, id]));
}

const byId = statement("registration_by_id", `select ${columns} from registrations where id = $1`);

/** For hosted pages, whose links name no account. */
export async function findRegistrationById(
  db: Queryable,
  id: string,
): Promise<Registration | undefined> {
  return first(await db.query<RegistrationRow>(byId, [id]));
}

const locked = statement(
  "registration_locked",
  `select ${columns} from registrations where account_id = $1 and id = $2 for no key update`,
);

export async function lockRegistration(
  tx: Transaction,
  { accountId, id }: RegistrationKey,
): Promise<Registration> {
  const found = first(await tx.query<RegistrationRow>(locked, [accountId, id]));
  if (found === undefined) throw new Error(`there is no registration ${id}`);
  return found;
}

const openRetry = statement(
  "registration_open_retry",
  `select ${columns} from registrations
   where account_id = $1 and retry_of = $2 and status = 'open' and expires_at > protocol_now()
   order by created_at desc limit 1`,
);

/** The registration that already follows this one and can still be used. */
export async function findOpenRetry(
  db: Queryable,
  { accountId, id }: RegistrationKey,
): Promise<Registration | undefined> {
  return first(await db.query<RegistrationRow>(openRetry, [accountId, id]));
}

const bind = statement(
  "registration_bind_browser",
  `update registrations set browser_hash = $3
   where account_id = $1 and id = $2 and browser_hash is null`,
);

/** @returns false when another browser was first. */
export async function bindBrowser(
  db: Queryable,
  { accountId, id }: RegistrationKey,
  browserHash: Uint8Array,
): Promise<boolean> {
  return (await db.execute(bind, [accountId, id, browserHash])) === 1;
}

const secrets = statement(
  "registration_secrets",
  "select customer_key, auth_key from registrations where account_id = $1 and id = $2",
);

/** Envelopes, see registration-secrets.ts. */
export async function getRegistrationSecrets(
  db: Queryable,
  { accountId, id }: RegistrationKey,
): Promise<{ readonly customerKey: Uint8Array; readonly authKey: Uint8Array | undefined }> {
  const [row] = await db.query<{ customer_key: Uint8Array; auth_key: Uint8Array | null }>(secrets, [
    accountId,
    id,
  ]);
  if (row === undefined) throw new Error(`there is no registration ${id}`);
  return { customerKey: row.customer_key, authKey: row.auth_key ?? undefined };
}

const saveKey = statement(
  "registration_save_auth_key",
  `update registrations set auth_key = $3, auth_key_hash = $4,
     expires_at = protocol_now() + $5::float8 * interval '1 ms'
   where account_id = $1 and id = $2 and status = 'open' and auth_key_hash is null
     and expires_at > protocol_now()`,
);

/**
 * Takes what the window handed over. From now on the time limit is the exchange's.
 *
 * @returns false when the registration is over, or has an auth key already.
 * @throws {DatabaseError} `registrations_auth_key_once`: another registration brought this auth key.
 */
export async function saveAuthKey(
  db: Queryable,
  { accountId, id }: RegistrationKey,
  authKey: Uint8Array,
  authKeyHash: Uint8Array,
): Promise<boolean> {
  const values = [accountId, id, authKey, authKeyHash, registrationLifetimeMs];
  return (await db.execute(saveKey, values)) === 1;
}

const claim = statement(
  "registration_claim_exchange",
  `update registrations set exchange_token = $3,
     exchange_until = protocol_now() + $4::float8 * interval '1 ms'
   where account_id = $1 and id = $2 and status = 'open' and auth_key_hash is not null
     and (exchange_until is null or exchange_until <= protocol_now())
   returning ${columns}`,
);

/** @returns undefined when somebody else exchanges, or there is nothing to exchange. */
export async function claimExchange(
  db: Queryable,
  { accountId, id }: RegistrationKey,
  token: string,
  leaseMs: number,
): Promise<Registration | undefined> {
  return first(await db.query<RegistrationRow>(claim, [accountId, id, token, leaseMs]));
}

const release = statement(
  "registration_release_exchange",
  `update registrations set exchange_until = protocol_now() + $4::float8 * interval '1 ms'
   where account_id = $1 and id = $2 and exchange_token = $3 and status = 'open'
     and expires_at > protocol_now()`,
);

/**
 * The call ended without an outcome: it may be repeated after so long.
 *
 * @returns false when the time for that is over as well.
 */
export async function releaseExchange(
  db: Queryable,
  { accountId, id }: RegistrationKey,
  token: string,
  waitMs: number,
): Promise<boolean> {
  return (await db.execute(release, [accountId, id, token, waitMs])) === 1;
}

const complete = statement(
  "registration_complete",
  `update registrations set status = 'completed', billing_key_id = $3, finished_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'open'`,
);

/** The row must be locked and open. */
export async function saveCompleted(
  tx: Transaction,
  { accountId, id }: RegistrationKey,
  billingKeyId: string,
): Promise<void> {
  const changed = await tx.execute(complete, [accountId, id, billingKeyId]);
  if (changed !== 1) throw new Error(`registration ${id} is not open`);
}

const end = statement(
  "registration_end",
  `update registrations set status = $3, failure_code = $4, failure_message = $5,
     finished_at = protocol_now()
   where account_id = $1 and id = $2 and status = 'open'
     and exchange_token is not distinct from $6 and ($6::uuid is not null or auth_key_hash is null)`,
);

/**
 * Ends an open registration.
 *
 * @param token Of the exchange that failed; undefined ends one that has no auth key yet.
 * @returns false when it is over already, or in somebody else's hands.
 */
export async function saveEnd(
  tx: Transaction,
  { accountId, id }: RegistrationKey,
  ended: {
    readonly status: "failed" | "canceled";
    readonly code: string | undefined;
    readonly message: string | undefined;
  },
  token?: string,
): Promise<boolean> {
  const { status, code, message } = ended;
  const values = [accountId, id, status, code ?? null, message ?? null, token ?? null];
  return (await tx.execute(end, values)) === 1;
}

const expire = statement(
  "registrations_expire",
  `update registrations set status = 'expired', finished_at = protocol_now()
   where (account_id, id) in (
     select account_id, id from registrations
     where status = 'open' and auth_key_hash is null and expires_at <= protocol_now()
       and (window_check_after is null or window_check_after = 'infinity')
     order by expires_at limit $1
     for no key update skip locked)`,
);

/**
 * Writes down what reads say already, once the provider was asked for the last time about a window
 * that was shown. @returns How many.
 */
export async function expireRegistrations(db: Queryable, limit: number): Promise<number> {
  return db.execute(expire, [limit]);
}

const waiting = statement(
  "registrations_waiting_for_exchange",
  `select account_id, id from registrations
   where status = 'open' and auth_key_hash is not null
     and (exchange_until is null or exchange_until <= protocol_now())
   order by expires_at limit $1`,
);

/** Registrations whose auth key nobody is exchanging at the moment. */
export async function listWaitingForExchange(
  db: Queryable,
  limit: number,
): Promise<RegistrationKey[]> {
  const rows = await db.query<{ account_id: string; id: string }>(waiting, [limit]);
  return rows.map((row) => ({ accountId: row.account_id, id: row.id }));
}

// ── Windows that are opened for an order ─────────────────────────────────────────────────────────

const saveWindow = statement(
  "registration_save_window",
  `update registrations set window_amount_minor = coalesce(window_amount_minor, $3::bigint),
     window_currency = coalesce(window_currency, $4::text),
     window_check_after = coalesce(window_check_after,
       protocol_now() + $5::float8 * interval '1 ms')
   where account_id = $1 and id = $2 and status = 'open' and expires_at > protocol_now()
   returning ${columns}`,
);

/**
 * Writes down what the window is about to be opened with. What it was shown with first stays, because
 * that window may still be open.
 *
 * @returns undefined when the registration is over.
 */
export async function saveWindowAmount(
  db: Queryable,
  { accountId, id }: RegistrationKey,
  { amountMinor, currency }: Money,
  checkInMs: number,
): Promise<Registration | undefined> {
  const values = [accountId, id, amountMinor, currency, checkInMs];
  return first(await db.query<RegistrationRow>(saveWindow, values));
}

const claimWindows = statement(
  "registrations_claim_windows",
  `update registrations set window_check_after =
     case when expires_at <= protocol_now() then 'infinity'
          else protocol_now() + $2::float8 * interval '1 ms' end
   where (account_id, id) in (
     select account_id, id from registrations
     where status = 'open' and window_check_after <> 'infinity'
       and (window_check_after <= protocol_now() or expires_at <= protocol_now())
     order by window_check_after limit $1
     for no key update skip locked)
   returning ${columns}`,
);

/** Registrations whose window is to be asked about now; each is left alone for `againInMs`. */
export async function claimWindowsToAsk(
  db: Queryable,
  limit: number,
  againInMs: number,
): Promise<Registration[]> {
  return (await db.query<RegistrationRow>(claimWindows, [limit, againInMs])).map(toRegistration);
}
