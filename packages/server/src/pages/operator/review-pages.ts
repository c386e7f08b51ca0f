/** What waits for a person: the queue, what the provider says now, and the forms that decide. */
import { html } from "hono/html";
import type { OrderNow } from "../../charges/review.ts";
import type { RefundReviewDecision } from "../../refunds/refund.ts";
import type { ReviewDecision } from "../../charges/review.ts";
import type { Choice, ReviewCase } from "../../reviews/read-case.ts";
import type { ReviewLine } from "../../reviews/review-reads.ts";
import type { Html } from "../answer.ts";
import { formatMoment, formatMoney } from "../format.ts";
import { badge, facts, operatorPage, postForm, table, type Cell, type Desk } from "./layout.ts";
import { customerCell } from "./overview-page.ts";
import { wordIn, type TextKey } from "./texts.ts";

export function reviewsPage(desk: Desk, reviews: readonly ReviewLine[]): Html {
  const { language, say } = desk;
  const rows = reviews.map((it): Cell[] => [
    html`<a href="/operator/charges/${it.chargeId}">${formatMoment(it.updatedAt, it.zone)}</a>`,
    customerCell(it),
    it.orderName,
    say(it.kind),
    formatMoney(it.amount, language),
    wordIn(language, it.reason),
    html`<code>${it.id}</code>`,
  ]);
  const what = [say("when"), say("customer"), say("plan"), say("kind")];
  const heads = [...what, `#${say("amount")}`, say("why"), ""];
  const body = html`<p class="soft">${say("reviewLead")}</p>
    ${
      reviews.length === 0
        ? html`<p>${say("reviewNone")}</p>`
        : table(heads, rows, say("reviewNone"))
    }`;
  return operatorPage(desk, { title: say("reviews"), section: "reviews", body });
}

/** A charge in review: what the provider says of each order id, and what may be decided. */
export function chargeReview(desk: Desk, it: ReviewCase, zone: string): Html {
  const { say } = desk;
  const { charge, choices, orders } = it;
  const isHeld = charge.authorizedAt !== undefined;
  const wordsOf = (decision: string): TextKey =>
    decision === "not_paid" && isHeld ? "notHeld" : decisionTexts[decision as ReviewDecision];
  const action = `/operator/charges/${charge.id}/resolve`;
  return html`<h2>${say("providerNow")}</h2>
    ${(orders?.orders ?? []).map((order) => orderSheet(desk, order))}
    ${decidedSheet(desk, it, zone)}
    <h2>${say("resolve")}</h2>
    ${decisionForm(desk, action, choices, wordsOf)}`;
}

/** The same of a refund, whose payment's list of refunds judges. */
export function refundReview(desk: Desk, it: ReviewCase, zone: string): Html | string {
  const { language, say } = desk;
  const { choices, payment, refund } = it;
  if (refund === undefined || payment === undefined) return "";
  const { amount, id, reviewReason = "" } = refund;
  const pairs: [string, Cell][] = [
    [say("amount"), formatMoney(amount, language)],
    [say("why"), wordIn(language, reviewReason)],
    [say("providerNow"), payment.detail ?? wordIn(language, "captured")],
  ];
  if (payment.refundedMinor !== undefined) {
    const refunded = { ...amount, amountMinor: payment.refundedMinor };
    pairs.push([say("refunded"), formatMoney(refunded, language)]);
  }
  for (const { amountMinor, refundedAt, transactionId } of payment.unbooked) {
    const at = refundedAt === undefined ? "" : formatMoment(refundedAt, zone);
    const price = formatMoney({ ...amount, amountMinor }, language);
    pairs.push([say("unbooked"), html`${price} ${at} <code>${transactionId}</code>`]);
  }
  const wordsOf = (decision: string) => refundTexts[decision as RefundReviewDecision];
  return html`<h2>${say("refundToDecide")} <code>${id}</code></h2>
    ${facts(pairs)} ${decidedSheet(desk, it, zone)}
    ${decisionForm(desk, `/operator/refunds/${id}/resolve`, choices, wordsOf)}`;
}

function orderSheet(desk: Desk, order: OrderNow): Html {
  const { language, say } = desk;
  const { amount, detail, finding, orderId, paymentId, refundedMinor } = order;
  const pairs: [string, Cell][] = [
    [say("order"), html`<code>${orderId}</code>`],
    [say("outcome"), html`${badge(desk, finding)} ${detail ?? ""}`],
  ];
  if (paymentId !== undefined) pairs.push([say("payment"), html`<code>${paymentId}</code>`]);
  if (amount !== undefined) {
    pairs.push([say("amount"), formatMoney(amount, language)]);
    if (refundedMinor > 0) {
      const refunded = { ...amount, amountMinor: refundedMinor };
      pairs.push([say("refunded"), formatMoney(refunded, language)]);
    }
  }
  return facts(pairs);
}

/** Who decided what before. */
function decidedSheet(desk: Desk, { decided }: ReviewCase, zone: string): Html | string {
  if (decided.length === 0) return "";
  const pairs = decided.map(({ action, actor, reason, recordedAt }): [string, Cell] => {
    return [formatMoment(recordedAt, zone), html`<code>${action}</code> · ${actor} · ${reason}`];
  });
  return html`<h2>${desk.say("decidedBefore")}</h2>
    ${facts(pairs)}`;
}

const decisionTexts: Readonly<Record<ReviewDecision, TextKey>> = {
  look_up_again: "lookUpAgain",
  not_paid: "notPaid",
  give_up: "giveUp",
};

const refundTexts: Readonly<Record<RefundReviewDecision, TextKey>> = {
  look_up_again: "lookUpAgain",
  not_refunded: "notRefunded",
  give_up: "giveUpRefund",
};

/** What the provider contradicts cannot be chosen; what it is silent about wants a tick. */
function decisionForm(
  desk: Desk,
  action: string,
  choices: readonly Choice[],
  wordsOf: (decision: string) => TextKey,
): Html {
  const { say } = desk;
  const radios = choices.map(
    ({ decision, objection }, index) =>
      html`<label>
        <input
          type="radio"
          name="decision"
          value="${decision}"
          required
          ${index === 0 ? "checked" : ""}
          ${objection === "contradicted" ? "disabled" : ""}
        />
        ${say(wordsOf(decision))} ${objection === "contradicted" ? say("contradicted") : ""}
      </label>`,
  );
  const isSilent = choices.some(({ objection }) => objection === "silent");
  const despite = html`<label>
    <input type="checkbox" name="despite" value="provider_silent" /> ${say("despiteSilent")}
  </label>`;
  const fields = html`${radios} ${isSilent ? despite : ""}
    <label
      >${say("note")}<textarea name="note" rows="2" required maxlength="1000"></textarea>
    </label>
    <button type="submit">${say("decide")}</button>`;
  return html`<div class="sheet pad">${postForm(desk, action, fields)}</div>`;
}
