/** Charges: the list, and one with its evidence. */
import { html } from "hono/html";
import type { CallView } from "../../authorizations/authorization-reads.ts";
import type {
  AttemptView,
  ChargeStatus,
  ChargeView,
  LookUpView,
} from "../../charges/charge-reads.ts";
import type { ReviewCase } from "../../reviews/read-case.ts";
import type { Html } from "../answer.ts";
import { formatMoment, formatMoney } from "../format.ts";
import { authorizationPanel } from "./authorization-panel.ts";
import { badge, evidence, facts, filters, operatorPage, table } from "./layout.ts";
import type { Cell, Desk } from "./layout.ts";
import type { ChargeLine } from "./operator-reads.ts";
import { customerCell, reasonCell } from "./overview-page.ts";
import { chargeReview, refundReview } from "./review-pages.ts";
import { wordIn } from "./texts.ts";

export const chargeStatuses = [
  "scheduled",
  "in_flight",
  "reconciling",
  "in_review",
  "authorized",
  "captured",
  "failed",
  "canceled",
  "voided",
] as const satisfies readonly ChargeStatus[];

export function chargesPage(
  desk: Desk,
  charges: readonly ChargeLine[],
  status: string | undefined,
  limit: number,
): Html {
  const { say } = desk;
  const body = html`${filters(desk, "/operator/charges", chargeStatuses, status)}
    ${chargeTable(desk, charges)}
    <p class="soft">${say("newestOf", { count: limit })}</p>`;
  return operatorPage(desk, { title: say("charges"), section: "charges", body });
}

export function chargeTable(desk: Desk, charges: readonly ChargeLine[]): Html {
  const { say, language } = desk;
  const rows = charges.map((it): Cell[] => {
    const at = it.capturedAt ?? it.dueAt ?? it.createdAt;
    return [
      html`<a href="/operator/charges/${it.id}">${formatMoment(at, it.zone)}</a>`,
      customerCell(it),
      it.orderName,
      formatMoney(it.amount, language),
      badge(desk, it.status),
      it.status === "captured" ? "" : reasonCell(desk, it),
    ];
  });
  const heads = [say("when"), say("customer"), say("plan"), `#${say("amount")}`];
  return table([...heads, say("status"), say("why")], rows, say("allGood"));
}

export interface ChargeDetail {
  readonly charge: ChargeView;
  readonly attempts: readonly AttemptView[];
  readonly lookUps: readonly LookUpView[];
  /** Captures and voids of what was authorized. */
  readonly calls: readonly CallView[];
  /** The charge itself and its refunds, as far as they wait for a person. */
  readonly reviews: readonly ReviewCase[];
  readonly zone: string;
}

export function chargePage(desk: Desk, detail: ChargeDetail): Html {
  const { say, language } = desk;
  const { charge, attempts, calls, lookUps, reviews, zone } = detail;
  const body = html`${facts(chargeFacts(desk, charge, zone))}
    ${reviews.map((it) =>
      it.refund === undefined ? chargeReview(desk, it, zone) : refundReview(desk, it, zone),
    )}
    ${authorizationPanel(desk, charge, calls, zone)}
    <h2>${say("attempts")}</h2>
    ${attempts.map((attempt) => attemptSheet(desk, attempt, zone))}
    ${attempts.length === 0 ? html`<p class="soft">${say("allGood")}</p>` : ""}
    <h2>${say("lookUps")}</h2>
    ${lookUps.map((lookUp) => lookUpSheet(desk, lookUp, zone))}
    ${lookUps.length === 0 ? html`<p class="soft">${say("noLookUps")}</p>` : ""}
    <p>
      <a href="/operator/subscriptions/${charge.subscriptionId}">← ${say("subscriptions")}</a>
    </p>`;
  const title = `${charge.orderName} · ${formatMoney(charge.amount, language)}`;
  return operatorPage(desk, { title, section: "charges", body });
}

function chargeFacts(desk: Desk, charge: ChargeView, zone: string): [string, Cell][] {
  const { say, language } = desk;
  const { failure, capturedAt, dueAt, paymentId, reviewReason, refundedMinor } = charge;
  const pairs: [string, Cell][] = [[say("status"), badge(desk, charge.status)]];
  if (reviewReason !== undefined) pairs.push([say("why"), wordIn(language, reviewReason)]);
  if (failure !== undefined && charge.status !== "captured") {
    pairs.push([say("why"), wordIn(language, failure.class)]);
    pairs.push([say("providerSays"), [failure.message, failure.code].filter(Boolean).join(" · ")]);
  }
  if (capturedAt !== undefined) pairs.push([say("paidAt"), formatMoment(capturedAt, zone)]);
  if (dueAt !== undefined) pairs.push([say("due"), formatMoment(dueAt, zone)]);
  if (refundedMinor > 0) {
    const refunded = { ...charge.amount, amountMinor: refundedMinor };
    pairs.push([say("refunded"), formatMoney(refunded, language)]);
  }
  pairs.push([say("order"), html`<code>${charge.orderId}</code>`]);
  if (paymentId !== undefined) pairs.push([say("payment"), html`<code>${paymentId}</code>`]);
  return pairs;
}

function attemptSheet(desk: Desk, attempt: AttemptView, zone: string): Html {
  const { say, language } = desk;
  const { failure, endedAt, httpStatus } = attempt;
  const pairs: [string, Cell][] = [
    [say("sentAt"), formatMoment(attempt.claimedAt, zone)],
    [
      say("outcome"),
      html`${badge(desk, attempt.outcome ?? "in_flight")}
      ${httpStatus === undefined ? "" : `HTTP ${httpStatus}`}
      ${endedAt === undefined ? "" : formatMoment(endedAt, zone)}`,
    ],
    [say("order"), html`<code>${attempt.orderId}</code>`],
  ];
  if (failure !== undefined) {
    pairs.push([say("why"), wordIn(language, failure.class)]);
    pairs.push([say("providerSays"), [failure.message, failure.code].filter(Boolean).join(" · ")]);
  }
  return html`${facts(pairs)} ${evidence(desk, attempt.exchange)}`;
}

function lookUpSheet(desk: Desk, lookUp: LookUpView, zone: string): Html {
  const { say } = desk;
  const pairs: [string, Cell][] = [
    [say("when"), formatMoment(lookUp.lookedUpAt, zone)],
    [say("outcome"), badge(desk, lookUp.finding)],
  ];
  if (lookUp.detail !== undefined) pairs.push([say("why"), lookUp.detail]);
  return html`${facts(pairs)} ${evidence(desk, lookUp.exchange)}`;
}
