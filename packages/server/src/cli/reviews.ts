/** `maedal reviews`: what waits for a person, on every account; and the person's word. */
import { listAccounts } from "../accounts/account-store.ts";
import { resolveReview } from "../charges/resolve-review.ts";
import { despites, reviewDecisions, type Despite } from "../charges/review.ts";
import type { ReviewWithEvidenceJson } from "../contract/reviews.ts";
import type { Engine } from "../engine.ts";
import { caseJson, reviewJson } from "../http/review-json.ts";
import { resolveRefund } from "../refunds/resolve-refund.ts";
import { refundReviewDecisions } from "../refunds/refund.ts";
import { readCase } from "../reviews/read-case.ts";
import { findReviewAccount, listReviews, type ReviewLine } from "../reviews/review-reads.ts";
import { personAtCommandLine } from "./person.ts";
import { CommandError, report, table, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

const mostShown = 1_000;

export async function listReviewsCommand(
  terminal: Terminal,
  { json }: { readonly json?: boolean },
): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const page = { limit: mostShown, after: undefined };
    const lines: ReviewLine[] = [];
    for (const { id } of await listAccounts(engine.database)) {
      lines.push(...(await listReviews(engine.database, id, page)).items);
    }
    const rows = lines.map(({ amount, customerId, id, reason, updatedAt }) => {
      const price = `${amount.amountMinor} ${amount.currency}`;
      return [id, price, reason, customerId, updatedAt.toString({ smallestUnit: "second" })];
    });
    const none = "Nothing waits for a person.";
    const text = table([["ID", "AMOUNT", "REASON", "CUSTOMER", "SINCE"], ...rows]);
    report(terminal, json, { items: lines.map(reviewJson) }, rows.length === 0 ? none : text);
    return 0;
  });
}

/** Asks the provider. Changes nothing. */
export async function showReview(
  terminal: Terminal,
  id: string,
  { json }: { readonly json?: boolean },
): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const found = await readCase(engine, await accountOf(engine, id), id);
    if (found === undefined) throw new CommandError(`${id} is gone. List again.`);
    const value = await caseJson(engine.database, found);
    report(terminal, json, value, linesOf(value).join("\n"));
    return 0;
  });
}

export interface ResolveOptions {
  readonly json?: boolean;
  readonly decision: string;
  readonly reason: string;
  readonly by?: string;
  readonly despite?: string;
}

export async function resolveCommand(
  terminal: Terminal,
  id: string,
  options: ResolveOptions,
): Promise<number> {
  const note = options.reason.trim();
  if (note === "") throw new CommandError("--reason says what the decision rests on.");
  const by = options.by ?? personAtCommandLine();
  const despite = despiteOf(options.despite);
  return await withMaedal(terminal, async ({ engine }) => {
    const accountId = await accountOf(engine, id);
    const word = { accountId, note, by, despite };
    if (id.startsWith("rfd_")) {
      const decision = oneOf(refundReviewDecisions, options.decision);
      await resolveRefund(engine, { ...word, refundId: id, decision });
    } else {
      const decision = oneOf(reviewDecisions, options.decision);
      await resolveReview(engine, { ...word, chargeId: id, decision });
    }
    const value = { id, decision: options.decision, reason: note, by };
    report(terminal, options.json, value, `${id}: ${options.decision}, on record as ${by}'s word.`);
    return 0;
  });
}

function despiteOf(text: string | undefined): Despite | undefined {
  return text === undefined ? undefined : oneOf(despites, text);
}

function oneOf<Word extends string>(words: readonly Word[], text: string): Word {
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  throw new CommandError(`${text} is none of ${words.join(", ")}.`);
}

async function accountOf({ database }: Engine, id: string): Promise<string> {
  const accountId = await findReviewAccount(database, id);
  if (accountId !== undefined) return accountId;
  throw new CommandError(`There is no charge (chg_…) or refund (rfd_…) ${id} in this database.`);
}

function linesOf(it: ReviewWithEvidenceJson): string[] {
  const { charge, choices, decided, now } = it;
  const refund = it.refunds.find(({ id }) => id === it.id);
  const status = refund?.status ?? charge.status;
  const reason = refund?.reviewReason ?? charge.reviewReason ?? "not in review";
  const amount = `${refund?.amount ?? charge.amount} ${charge.currency}`;
  return [
    `${it.id}: ${charge.orderName}, ${amount}, ${status} (${reason})`,
    ...charge.attempts.map(({ claimedAt, failure, n, orderId, outcome }) => {
      const why = failure === null ? "" : `, ${failure.code ?? failure.class}`;
      return `  attempt ${n} at ${claimedAt}, order ${orderId}: ${outcome ?? "open"}${why}`;
    }),
    ...charge.lookUps.map(({ detail, finding, lookedUpAt, orderId }) => {
      return `  asked at ${lookedUpAt}, order ${orderId}: ${finding}${detail === null ? "" : `, ${detail}`}`;
    }),
    `The provider says now (${now.askedAt}):`,
    ...now.orders.map(({ detail, finding, orderId, paymentId }) => {
      const words = [finding, paymentId, detail].filter((word) => word !== null);
      return `  order ${orderId}: ${words.join(", ")}`;
    }),
    ...paymentLines(now.payment),
    ...decided.map(({ action, actor, reason: why, recordedAt }) => {
      return `Decided before: ${action} by ${actor} at ${recordedAt}: ${why}`;
    }),
    "You may decide:",
    ...choices.map(({ decision, objection }) => `  ${decision}${wordsFor[objection ?? "none"]}`),
  ];
}

function paymentLines(payment: ReviewWithEvidenceJson["now"]["payment"]): string[] {
  if (payment === null) return [];
  const { detail, finding, refundedAmount, unbooked } = payment;
  const entries = unbooked.map(({ amount, transactionId }) => {
    return `  a refund of ${amount} that is not in the books: ${transactionId}`;
  });
  const said = detail ?? `${refundedAmount ?? "an unknown amount"} refunded in all`;
  return [`  payment: ${finding}, ${said}`, ...entries];
}

const wordsFor = {
  none: "",
  contradicted: ": no, the provider shows otherwise",
  provider_silent: ": only with --despite provider_silent, the provider gives no answer",
} as const;
