/** Captures and voids as routes and pages show them. */
import type { Temporal } from "temporal-polyfill";
import { toFailureView, type FailureColumns, type FailureView } from "../charges/charge-reads.ts";
import { safeInteger } from "../db/column-types.ts";
import { statement, type Queryable } from "../db/database.ts";
import type { CallEnd } from "./authorization.ts";
import type { SettleKind } from "./settle-outcome.ts";

export interface CallView {
  readonly n: number;
  readonly kind: SettleKind;
  readonly amountMinor: number;
  readonly requestedBy: string;
  readonly claimedAt: Temporal.Instant;
  readonly endedAt: Temporal.Instant | undefined;
  /** Undefined while it is open. */
  readonly outcome: CallEnd | undefined;
  readonly failure: FailureView | undefined;
  readonly httpStatus: number | undefined;
  /** What was sent and answered, without secrets; undefined when nothing was recorded. */
  readonly exchange: unknown;
}

const calls = statement(
  "authorization_calls_of_charge",
  `select n, kind, amount_minor, requested_by, claimed_at, ended_at, outcome, failure_class,
     failure_code, failure_message, http_status, exchange
   from authorization_calls where account_id = $1 and charge_id = $2 order by n limit 1000`,
);

/** Oldest first. */
export async function listAuthorizationCalls(
  db: Queryable,
  accountId: string,
  chargeId: string,
): Promise<CallView[]> {
  const rows = await db.query<
    FailureColumns & {
      n: number;
      kind: SettleKind;
      amount_minor: string;
      requested_by: string;
      claimed_at: Temporal.Instant;
      ended_at: Temporal.Instant | null;
      outcome: CallEnd | null;
      http_status: number | null;
      exchange: unknown;
    }
  >(calls, [accountId, chargeId]);
  return rows.map((row) => ({
    n: row.n,
    kind: row.kind,
    amountMinor: safeInteger(row.amount_minor),
    requestedBy: row.requested_by,
    claimedAt: row.claimed_at,
    endedAt: row.ended_at ?? undefined,
    outcome: row.outcome ?? undefined,
    failure: toFailureView(row),
    httpStatus: row.http_status ?? undefined,
    exchange: row.exchange ?? undefined,
  }));
}
