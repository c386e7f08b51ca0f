/** SQL that writes what became of open charges: charge, attempt, look-up, invoice and refunds. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Transaction } from "../db/database.ts";
import { jsonRows } from "../db/json-rows.ts";
import type { AttemptEnd } from "./charge.ts";

export interface ChargeResult {
  readonly accountId: string;
  readonly chargeId: string;
  readonly leaseToken: string;
  readonly status: string;
  readonly dueAt: Temporal.Instant | undefined;
  readonly heldForMs: number;
  readonly orderId: string;
  readonly generation: number;
  readonly declines: number;
  readonly resends: number;
  readonly unsent: number;
  readonly lookUpInMs: number | undefined;
  readonly lookUps: number;
  /** What becomes of the count of "not found" answers (rule 6). */
  readonly notFound: "counts" | "kept" | "forgotten";
  readonly paymentId: string | undefined;
  readonly paidOrderId: string | undefined;
  readonly paidConnectionId: string | undefined;
  readonly capturedAt: Temporal.Instant | undefined;
  readonly capturedMinor: number;
  readonly authorizedAt: Temporal.Instant | undefined;
  readonly authorizationExpiresAt: Temporal.Instant | undefined;
  /** The date that the charge would go back to is kept. */
  readonly keepsResumption: boolean;
  readonly refundedMinor: number;
  readonly failureClass: string | undefined;
  readonly failureCode: string | undefined;
  readonly failureMessage: string | undefined;
  readonly reviewReason: string | undefined;
}

const charges = statement(
  "charges_save_results",
  `update charges c set
     status = r.status, due_at = r.due_at,
     held_until = case when r.held_for_ms > 0
                    then protocol_now() + r.held_for_ms * interval '1 ms' end,
     order_id = r.order_id, generation = r.generation, declines = r.declines, resends = r.resends,
     unsent = r.unsent,
     lease_token = null, lease_until = null,
     -- A call that has ended sends nothing more; only a silent sender has until its lease is over.
     last_send_over_at = case when c.status = 'in_flight'
                           then least(c.last_send_over_at, protocol_now())
                           else c.last_send_over_at end,
     look_up_at = protocol_now() + r.look_up_in_ms * interval '1 ms', look_ups = r.look_ups,
     not_found_count = case r.not_found when 'counts' then c.not_found_count + 1
                         when 'forgotten' then 0 else c.not_found_count end,
     not_found_at = case r.not_found when 'counts' then protocol_now()
                      when 'forgotten' then null else c.not_found_at end,
     payment_id = r.payment_id, paid_order_id = r.paid_order_id,
     paid_connection_id = r.paid_connection_id, captured_at = r.captured_at,
     captured_minor = r.captured_minor, refunded_minor = r.refunded_minor,
     authorized_at = r.authorized_at, authorization_expires_at = r.authorization_expires_at,
     resumes_at = case when r.keeps_resumption then c.resumes_at end,
     failure_class = r.failure_class, failure_code = r.failure_code,
     failure_message = r.failure_message, review_reason = r.review_reason,
     updated_at = protocol_now()
   from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, lease_token uuid, status text,
     due_at timestamptz, held_for_ms float8, order_id text, generation int, declines int,
     resends int, look_up_in_ms float8, look_ups int, not_found text, unsent int, payment_id text, paid_order_id text,
     paid_connection_id text,
     captured_at timestamptz, captured_minor bigint, refunded_minor bigint,
     authorized_at timestamptz, authorization_expires_at timestamptz, keeps_resumption boolean,
     failure_class text, failure_code text, failure_message text, review_reason text)
   where c.account_id = r.account_id and c.id = r.id and c.lease_token = r.lease_token`,
);

/** @returns How many rows were changed: those whose lease token was still there. */
export async function saveChargeResults(
  tx: Transaction,
  results: readonly ChargeResult[],
): Promise<number> {
  const rows = results.map((it) => ({
    account_id: it.accountId,
    id: it.chargeId,
    lease_token: it.leaseToken,
    status: it.status,
    due_at: it.dueAt?.toString(),
    held_for_ms: it.heldForMs,
    order_id: it.orderId,
    generation: it.generation,
    declines: it.declines,
    resends: it.resends,
    look_up_in_ms: it.lookUpInMs,
    look_ups: it.lookUps,
    unsent: it.unsent,
    not_found: it.notFound,
    payment_id: it.paymentId,
    paid_order_id: it.paidOrderId,
    paid_connection_id: it.paidConnectionId,
    captured_at: it.capturedAt?.toString(),
    captured_minor: it.capturedMinor,
    authorized_at: it.authorizedAt?.toString(),
    authorization_expires_at: it.authorizationExpiresAt?.toString(),
    keeps_resumption: it.keepsResumption,
    refunded_minor: it.refundedMinor,
    failure_class: it.failureClass,
    failure_code: it.failureCode,
    failure_message: it.failureMessage,
    review_reason: it.reviewReason,
  }));
  return await tx.execute(charges, [jsonRows(rows)]);
}

export interface AttemptResult {
  readonly accountId: string;
  readonly chargeId: string;
  readonly n: number;
  readonly outcome: AttemptEnd;
  readonly failureClass: string | undefined;
  readonly failureCode: string | undefined;
  readonly failureMessage: string | undefined;
  readonly httpStatus: number | undefined;
  readonly exchange: unknown;
}

const attempts = statement(
  "attempts_save_results",
  `update attempts a set
     outcome = r.outcome, failure_class = r.failure_class, failure_code = r.failure_code,
     failure_message = r.failure_message, http_status = coalesce(r.http_status, a.http_status),
     exchange = coalesce(r.exchange, a.exchange), ended_at = coalesce(a.ended_at, protocol_now())
   from jsonb_to_recordset($1::jsonb) as r(account_id text, charge_id text, n int, outcome text,
     failure_class text, failure_code text, failure_message text, http_status int, exchange jsonb)
   where a.account_id = r.account_id and a.charge_id = r.charge_id and a.n = r.n`,
);

export async function saveAttemptResults(
  tx: Transaction,
  results: readonly AttemptResult[],
): Promise<void> {
  if (results.length === 0) return;
  const rows = results.map((it) => ({
    account_id: it.accountId,
    charge_id: it.chargeId,
    n: it.n,
    outcome: it.outcome,
    failure_class: it.failureClass,
    failure_code: it.failureCode,
    failure_message: it.failureMessage,
    http_status: it.httpStatus,
    exchange: it.exchange,
  }));
  await tx.execute(attempts, [jsonRows(rows)]);
}

export interface InvoiceResult {
  readonly accountId: string;
  readonly invoiceId: string;
  readonly status: "open" | "paid" | "void" | undefined;
  readonly paidAt: Temporal.Instant | undefined;
  readonly generation: number;
}

const invoices = statement(
  "invoices_save_results",
  `update invoices i set status = coalesce(r.status, i.status), paid_at = r.paid_at,
     generation = r.generation
   from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, status text,
     paid_at timestamptz, generation int)
   where i.account_id = r.account_id and i.id = r.id`,
);

export async function saveInvoiceResults(
  tx: Transaction,
  results: readonly InvoiceResult[],
): Promise<void> {
  if (results.length === 0) return;
  const rows = results.map((it) => ({
    account_id: it.accountId,
    id: it.invoiceId,
    status: it.status,
    paid_at: it.paidAt?.toString(),
    generation: it.generation,
  }));
  await tx.execute(invoices, [jsonRows(rows)]);
}

export interface LookUpRecord {
  readonly accountId: string;
  readonly chargeId: string;
  readonly id: string;
  readonly orderId: string;
  readonly finding: string;
  readonly detail: string | undefined;
  readonly exchange: unknown;
}

const lookUps = statement(
  "look_ups_insert",
  `insert into look_ups (account_id, charge_id, id, order_id, finding, detail, exchange)
   select account_id, charge_id, id, order_id, finding, detail, exchange
   from jsonb_to_recordset($1::jsonb) as r(account_id text, charge_id text, id text, order_id text,
     finding text, detail text, exchange jsonb)`,
);

export async function insertLookUps(
  tx: Transaction,
  records: readonly LookUpRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map((it) => ({
    account_id: it.accountId,
    charge_id: it.chargeId,
    id: it.id,
    order_id: it.orderId,
    finding: it.finding,
    detail: it.detail,
    exchange: it.exchange,
  }));
  await tx.execute(lookUps, [jsonRows(rows)]);
}

export interface RefundRecord {
  readonly accountId: string;
  readonly id: string;
  readonly chargeId: string;
  readonly connectionId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly transactionId: string;
  readonly reason: string | undefined;
  readonly refundedAt: Temporal.Instant;
}

const refunds = statement(
  "refunds_insert_found",
  `insert into refunds (account_id, id, charge_id, connection_id, origin, amount_minor, currency,
     transaction_id, reason, refunded_at)
   select account_id, id, charge_id, connection_id, 'provider', amount_minor, currency,
     transaction_id, reason, refunded_at
   from jsonb_to_recordset($1::jsonb) as r(account_id text, id text, charge_id text,
     connection_id text, amount_minor bigint, currency text, transaction_id text, reason text,
     refunded_at timestamptz)
   on conflict (account_id, connection_id, transaction_id) do nothing`,
);

/** Refunds that a look-up found; one that is known already is left alone. */
export async function insertFoundRefunds(
  tx: Transaction,
  records: readonly RefundRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map((it) => ({
    account_id: it.accountId,
    id: it.id,
    charge_id: it.chargeId,
    connection_id: it.connectionId,
    amount_minor: it.amountMinor,
    currency: it.currency,
    transaction_id: it.transactionId,
    reason: it.reason,
    refunded_at: it.refundedAt.toString(),
  }));
  await tx.execute(refunds, [jsonRows(rows)]);
}

const taken = statement(
  "charges_with_payments",
  `select c.account_id, c.paid_connection_id, c.payment_id
   from jsonb_to_recordset($1::jsonb) as r(account_id text, connection_id text, payment_id text)
   join charges c on c.account_id = r.account_id and c.paid_connection_id = r.connection_id
     and c.payment_id = r.payment_id`,
);

export interface PaymentKey {
  readonly accountId: string;
  readonly connectionId: string;
  readonly paymentId: string;
}

/** Which of these payments a charge has already: one payment pays one charge. */
export async function findTakenPayments(
  tx: Transaction,
  payments: readonly PaymentKey[],
): Promise<PaymentKey[]> {
  if (payments.length === 0) return [];
  const rows = payments.map((it) => ({
    account_id: it.accountId,
    connection_id: it.connectionId,
    payment_id: it.paymentId,
  }));
  const found = await tx.query<{
    account_id: string;
    paid_connection_id: string;
    payment_id: string;
  }>(taken, [jsonRows(rows)]);
  return found.map((row) => ({
    accountId: row.account_id,
    connectionId: row.paid_connection_id,
    paymentId: row.payment_id,
  }));
}
