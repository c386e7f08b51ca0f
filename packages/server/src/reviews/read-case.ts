/**
 * Case: everything that a person needs to decide one charge or refund. What was sent, answered, asked
 * and found; what was decided before; what the provider says at this moment, and which decisions that
 * speaks against.
 */
import type { AuditEntry } from "../audit/audit-entry.ts";
import { listEntries } from "../audit/audit-store.ts";
import { askAboutInvoice } from "../charges/ask-provider.ts";
import { findChargeView, type ChargeView } from "../charges/charge-reads.ts";
import { objectionTo, reviewDecisions, type ProviderNow } from "../charges/review.ts";
import type { Engine } from "../engine.ts";
import { askAboutRefund } from "../refunds/ask-about-refund.ts";
import { findRefundView, listRefundViews, type RefundView } from "../refunds/refund-reads.ts";
import { objectionToRefund, type RefundNow } from "../refunds/refund-review.ts";
import { refundReviewDecisions } from "../refunds/refund.ts";
import { LatelyAsked } from "./lately-asked.ts";

/** What can be decided, and what speaks against it. */
export interface Choice {
  readonly decision: string;
  /** `silent`: it can be decided in spite of that. */
  readonly objection: "contradicted" | "silent" | undefined;
}

export interface ReviewCase {
  readonly charge: ChargeView;
  /** The refund that the case is about; undefined: it is about the charge. */
  readonly refund: RefundView | undefined;
  /** All of the charge, newest first. */
  readonly refunds: readonly RefundView[];
  /** Of a charge: every order id of its invoice. */
  readonly orders: ProviderNow | undefined;
  /** Of a refund: its payment. */
  readonly payment: RefundNow | undefined;
  /** Empty when it is not in review. */
  readonly choices: readonly Choice[];
  /** Decisions that were made about it before, oldest first. */
  readonly decided: readonly AuditEntry[];
}

const mostShown = 100;
const invoicesAsked = new LatelyAsked<ProviderNow>();
const refundsAsked = new LatelyAsked<RefundNow>();

/**
 * Asks the provider, which takes as long as it takes to answer; of what was asked a moment ago, the answer
 * of then is shown, with its instant.
 *
 * @param id Of a charge or a refund.
 * @returns undefined when there is none in the account.
 */
export async function readCase(
  engine: Engine,
  accountId: string,
  id: string,
): Promise<ReviewCase | undefined> {
  const { database } = engine;
  const isRefund = id.startsWith("rfd_");
  const refund = isRefund ? await findRefundView(database, accountId, id) : undefined;
  if (isRefund && refund === undefined) return undefined;
  const charge = await findChargeView(database, accountId, refund?.chargeId ?? id);
  if (charge === undefined) return undefined;
  const page = { limit: mostShown, after: undefined };
  const filter = { chargeId: charge.id };
  const { items: refunds } = await listRefundViews(database, accountId, filter, page);
  const before = { after: 0, limit: mostShown, subjectId: id };
  const decided = await listEntries(database, accountId, before);
  const facts = { charge, refund, refunds, decided };
  return refund === undefined
    ? await caseOfCharge(engine, facts)
    : await caseOfRefund(engine, facts, refund);
}

type Facts = Pick<ReviewCase, "charge" | "refund" | "refunds" | "decided">;

async function caseOfCharge(engine: Engine, facts: Facts): Promise<ReviewCase> {
  const { accountId, invoiceId, status } = facts.charge;
  const orders = await invoicesAsked.about(engine, invoiceId, () =>
    askAboutInvoice(engine, accountId, invoiceId),
  );
  const choices = reviewDecisions.map((decision) => ({
    decision,
    objection: objectionTo(decision, orders.orders)?.kind,
  }));
  const isOpen = status === "in_review";
  return { ...facts, orders, payment: undefined, choices: isOpen ? choices : [] };
}

async function caseOfRefund(engine: Engine, facts: Facts, refund: RefundView): Promise<ReviewCase> {
  const payment = await refundsAsked.about(engine, refund.id, () => askAboutRefund(engine, refund));
  const choices = refundReviewDecisions.map((decision) => ({
    decision,
    objection: objectionToRefund(decision, payment),
  }));
  const isOpen = refund.status === "in_review";
  return { ...facts, orders: undefined, payment, choices: isOpen ? choices : [] };
}
