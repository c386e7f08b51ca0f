/** Subscriptions: the list, and one with everything that happened to it. */
import { html } from "hono/html";
import type { Connection } from "../../connections/connection.ts";
import type { EventRecord } from "../../events/event-store.ts";
import type { InvoiceView } from "../../invoices/invoice-reads.ts";
import type { SubscriptionStatus } from "../../subscriptions/subscription.ts";
import type { Html } from "../answer.ts";
import { formatMoment, formatMoney } from "../format.ts";
import { chargeTable } from "./charge-pages.ts";
import { badge, buttonForm, facts, filters, operatorPage, postForm, table } from "./layout.ts";
import type { Cell, Desk } from "./layout.ts";
import type { ChargeLine, SubscriptionLine } from "./operator-reads.ts";
import { customerCell } from "./overview-page.ts";
import { wordIn } from "./texts.ts";

export const subscriptionStatuses = [
  "incomplete",
  "trialing",
  "active",
  "past_due",
  "unpaid",
  "canceled",
] as const satisfies readonly SubscriptionStatus[];

export function subscriptionsPage(
  desk: Desk,
  lines: readonly SubscriptionLine[],
  status: string | undefined,
  limit: number,
): Html {
  const { say, language } = desk;
  const rows = lines.map((it): Cell[] => [
    html`<a href="/operator/subscriptions/${it.id}">${customerCell(it)}</a>`,
    it.planName,
    formatMoney(it.amount, language),
    stateCell(desk, it),
    it.methodLabel ?? "–",
    it.nextDueAt === undefined ? "–" : formatMoment(it.nextDueAt, it.zone),
  ]);
  const heads = [say("customer"), say("plan"), `#${say("amount")}`];
  const body = html`${filters(desk, "/operator/subscriptions", subscriptionStatuses, status)}
    ${table([...heads, say("status"), say("method"), say("next")], rows, say("allGood"))}
    <p class="soft">${say("newestOf", { count: limit })}</p>`;
  return operatorPage(desk, { title: say("subscriptions"), section: "subscriptions", body });
}

function stateCell(desk: Desk, line: SubscriptionLine): Html {
  const { say } = desk;
  return html`${badge(desk, line.status)}
  ${
    line.methodRequired && line.status !== "canceled"
      ? html`<span class="badge bad">${say("methodRequired")}</span>`
      : ""
  }
  ${line.cancelsAtPeriodEnd ? html`<span class="badge warn">${say("cancelAtPeriodEnd")}</span>` : ""}`;
}

export interface SubscriptionDetail {
  readonly line: SubscriptionLine;
  readonly events: readonly EventRecord[];
  readonly invoices: readonly InvoiceView[];
  readonly charges: readonly ChargeLine[];
  /** Where a customer can register now. */
  readonly connections: readonly Connection[];
}

export function subscriptionPage(desk: Desk, detail: SubscriptionDetail): Html {
  const { say, language } = desk;
  const { line, events, invoices, charges, connections } = detail;
  const { nextDueAt, zone } = line;
  const body = html`${facts([
      [say("status"), stateCell(desk, line)],
      [say("plan"), `${line.planName} · ${formatMoney(line.amount, language)}`],
      [say("method"), line.methodLabel ?? "–"],
      [say("next"), nextDueAt === undefined ? "–" : `${formatMoment(nextDueAt, zone)} (${zone})`],
      ["ID", html`<code>${line.id}</code>`],
    ])}
    ${line.status === "canceled" ? "" : actions(desk, line, connections)}
    <h2>${say("charges")}</h2>
    ${chargeTable(desk, charges)}
    <h2>${say("invoices")}</h2>
    ${invoiceTable(desk, invoices, zone)}
    <h2>${say("timeline")}</h2>
    ${timeline(desk, events, zone)}`;
  const title = `${customerCell(line)} · ${line.planName}`;
  return operatorPage(desk, { title, section: "subscriptions", body });
}

function actions(
  desk: Desk,
  { id, cancelsAtPeriodEnd }: SubscriptionLine,
  connections: readonly Connection[],
): Html {
  const { say } = desk;
  const path = `/operator/subscriptions/${id}`;
  const cancel = (when: string) => ({ look: "danger", values: { when } }) as const;
  return html`<h2>${say("actions")}</h2>
    <div class="row">
      ${askForm(desk, `${path}/method`, connections)}
      ${
        cancelsAtPeriodEnd
          ? buttonForm(desk, `${path}/keep`, say("keep"), { look: "plain" })
          : buttonForm(desk, `${path}/cancel`, say("cancelAtPeriodEnd"), cancel("period_end"))
      }
      ${buttonForm(desk, `${path}/cancel`, say("cancelNow"), cancel("now"))}
    </div>`;
}

/** Where the customer is to register is asked only where there is a choice. */
function askForm(desk: Desk, action: string, connections: readonly Connection[]): Html {
  const { say } = desk;
  if (connections.length < 2) return buttonForm(desk, action, say("askForMethod"));
  const options = connections.map(({ id, name }) => html`<option value="${id}">${name}</option>`);
  return postForm(
    desk,
    action,
    html`<span class="row">
      <select name="connectionId" aria-label="${say("askWhere")}">
        <option value="">${say("askWhereUsual")}</option>
        ${options}
      </select>
      <button type="submit">${say("askForMethod")}</button>
    </span>`,
  );
}

function invoiceTable(desk: Desk, invoices: readonly InvoiceView[], zone: string): Html {
  const { say, language } = desk;
  const rows = invoices.map((it): Cell[] => [
    it.period === undefined
      ? "registration"
      : `${it.period.startsOn.toString()} – ${it.period.endsOn.subtract({ days: 1 }).toString()}`,
    formatMoney(it.amount, language),
    badge(desk, it.status),
    formatMoment(it.dueAt, zone),
    it.paidAt === undefined ? "–" : formatMoment(it.paidAt, zone),
  ]);
  const heads = [say("period"), `#${say("amount")}`, say("status"), say("due"), say("paidAt")];
  return table(heads, rows, say("allGood"));
}

/** Data members of an event that say more than ids do. */
const tellingMembers = ["reason", "code", "message", "nextAttemptAt", "firstChargeAt"] as const;

function timeline({ say, language }: Desk, events: readonly EventRecord[], zone: string): Html {
  const rows = events.map((event): Cell[] => {
    const details = tellingMembers.flatMap((member) => {
      const value = event.data[member];
      return typeof value === "string" ? [value] : [];
    });
    return [
      formatMoment(event.occurredAt, zone),
      html`${wordIn(language, event.type)}
        <code class="soft">${event.type}</code>
        ${details.length === 0 ? "" : html`<div class="soft">${details.join(" · ")}</div>`}`,
    ];
  });
  return table([say("when"), say("timeline")], rows, say("allGood"));
}

/** The link to send to the customer. */
export function askedPage(desk: Desk, subscriptionId: string, url: string): Html {
  const { say } = desk;
  const body = html`<div class="sheet pad">
      <p>${say("askedLead")}</p>
      <p><a href="${url}">${url}</a></p>
    </div>
    <p><a href="/operator/subscriptions/${subscriptionId}">← ${say("subscriptions")}</a></p>`;
  return operatorPage(desk, { title: say("askedTitle"), section: "subscriptions", body });
}
