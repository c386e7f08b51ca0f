/** SQL of charges that wait for a person. */
import type { Temporal } from "temporal-polyfill";
import { statement, type Transaction } from "../db/database.ts";
import type { ReviewDecision } from "./review.ts";

const review = statement(
  "review_by_id",
  `select c.status, c.invoice_id, c.subscription_id, c.connection_id,
     c.review_reason, c.authorized_at is not null as is_authorization, i.kind = 'registration' as is_registration
   from charges c join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
   where c.account_id = $1 and c.id = $2`,
);

export interface Review {
  readonly status: string;
  readonly invoiceId: string;
  readonly subscriptionId: string;
  readonly connectionId: string;
  readonly reason: string | undefined;
  /** The provider held the money: what became of it is unclear. */
  readonly isAuthorization: boolean;
  /** A window took it only to register a method: nobody owes it. */
  readonly isRegistration: boolean;
}

export async function findReview(
  tx: Transaction,
  accountId: string,
  chargeId: string,
): Promise<Review | undefined> {
  const [row] = await tx.query<{
    status: string;
    invoice_id: string;
    subscription_id: string;
    connection_id: string;
    review_reason: string | null;
    is_authorization: boolean;
    is_registration: boolean;
  }>(review, [accountId, chargeId]);
  return (
    row && {
      status: row.status,
      invoiceId: row.invoice_id,
      subscriptionId: row.subscription_id,
      connectionId: row.connection_id,
      reason: row.review_reason ?? undefined,
      isAuthorization: row.is_authorization,
      isRegistration: row.is_registration,
    }
  );
}

const resolve = statement(
  "review_resolve",
  `update charges set review_reason = null, updated_at = protocol_now(),
     status = case $3 when 'look_up_again' then 'reconciling'
                      when 'not_paid' then
                        case when billing_key_id is null then 'awaiting_customer'
                             else 'scheduled' end
                      when 'drop' then 'canceled' else 'failed' end,
     look_up_at = case when $3 = 'look_up_again' then protocol_now() end,
     look_ups = case when $3 = 'look_up_again' then 0 else look_ups end,
     due_at = case when $3 = 'not_paid' and billing_key_id is not null then $4::timestamptz end,
     resumes_at = null,
     resends = 0, unsent = 0,
     failure_class = case when $3 = 'give_up' then coalesce(failure_class, 'given_up') end
   where account_id = $1 and id = $2 and status = 'in_review'`,
);

/**
 * @param decision `drop`: it was not paid, and nobody wants the money any more.
 * @returns false when the charge was not in review.
 */
export async function saveReviewDecision(
  tx: Transaction,
  accountId: string,
  chargeId: string,
  decision: ReviewDecision | "drop",
  now: Temporal.Instant,
): Promise<boolean> {
  return (await tx.execute(resolve, [accountId, chargeId, decision, now])) === 1;
}
