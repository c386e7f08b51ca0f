/** "My subscription": its state, what to do next, the payments, and the demo's time travel. */
import { html, raw } from "hono/html";
import { money } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import type {
  BillingKeyJson,
  ChargeJson,
  CustomerJson,
  InvoiceJson,
  PlanJson,
  SubscriptionJson,
  TestClockJson,
} from "../../contract.ts";
import type { Html } from "../../pages/answer.ts";
import { formatDay, formatInterval, formatMoney } from "../../pages/format.ts";
import type { MaedalClient } from "../maedal-client.ts";
import { shopPage, type ShopVoice } from "./pages.ts";
import type { TextKey } from "./texts.ts";

export interface Account {
  readonly customer: CustomerJson;
  readonly clock: TestClockJson;
  /** The newest one that has not ended, else the newest. */
  readonly subscription: SubscriptionJson | undefined;
  readonly plan: PlanJson | undefined;
  readonly billingKey: BillingKeyJson | undefined;
  /** Newest first. */
  readonly charges: readonly ChargeJson[];
  /** Open ones without a charge that could pay them. */
  readonly waiting: readonly InvoiceJson[];
}

export async function readAccount(
  maedal: MaedalClient,
  customer: CustomerJson,
): Promise<Account | undefined> {
  if (customer.testClockId === null) return undefined;
  const { id } = customer;
  const [clock, subscriptions, plans, charges, invoices, keys] = await Promise.all([
    maedal.getTestClock(customer.testClockId),
    maedal.listSubscriptions(id),
    maedal.listPlans(),
    maedal.listCharges(id),
    maedal.listInvoices(id),
    maedal.listBillingKeys(id),
  ]);
  const subscription = subscriptions.find((it) => it.status !== "canceled") ?? subscriptions[0];
  const dead = ["failed", "canceled", "voided"];
  const isBeingPaid = (invoice: InvoiceJson) =>
    charges.some((charge) => charge.invoiceId === invoice.id && !dead.includes(charge.status));
  return {
    customer,
    clock,
    subscription,
    plan: plans.find((plan) => plan.id === subscription?.planId),
    billingKey: keys.find((key) => key.id === subscription?.billingKeyId),
    charges,
    waiting: invoices.filter((invoice) => invoice.status === "open" && !isBeingPaid(invoice)),
  };
}

export interface ShopLinks {
  readonly ledgerUrl: string;
  readonly myQuickTransferUrl: string;
}

export function accountPage(
  voice: ShopVoice,
  account: Account,
  links: ShopLinks,
  isStillMoving: boolean,
): Html {
  const { say } = voice;
  const { subscription } = account;
  const body = html`<h1>${say("myAccount")}</h1>
    ${isStillMoving ? html`<p class="alert calm">${say("stillMoving")}</p>` : ""}
    ${
      subscription === undefined
        ? noSubscription(voice)
        : html`${alerts(voice, account, subscription, links)}
          ${summary(voice, account, subscription)}`
    }
    ${timeMachine(voice, account)}
    <h2>${say("payments")}</h2>
    ${payments(voice, account)}
    <h2>${say("behind")}</h2>
    ${behindTheScenes(voice, links)}`;
  return shopPage(voice, say("myAccount"), account.customer, body);
}

function noSubscription({ say }: ShopVoice): Html {
  return html`<div class="card">
    <p>${say("none")}</p>
    <a class="button" href="/">${say("toPlans")}</a>
  </div>`;
}

function methodButton(
  { say }: ShopVoice,
  label: TextKey,
  look = "",
  method: "TRANSFER" | "CARD" = "TRANSFER",
): Html {
  return html`<form method="post" action="/account/method">
    <input type="hidden" name="method" value="${method}" />
    <button class="${look}" type="submit">${say(label)}</button>
  </form>`;
}

/** What the customer must know or do, most urgent first. */
function alerts(
  voice: ShopVoice,
  account: Account,
  it: SubscriptionJson,
  { myQuickTransferUrl }: ShopLinks,
): Html | string {
  const { say, language } = voice;
  const alert = (title: string, lead: string, button: Html | string, look = "") =>
    html`<div class="alert ${look}" role="alert">
      <strong>${title}</strong>
      <p>${lead}</p>
      ${button}
    </div>`;
  if (it.status === "canceled") return "";
  if (it.status === "incomplete" && it.billingKeyId === null) {
    const buttons = html`<div class="row">
      ${methodButton(voice, "registerMethod")} ${methodButton(voice, "byCard", "plain", "CARD")}
    </div>`;
    return alert(say("incomplete"), say("incompleteLead"), buttons, "calm");
  }
  if (it.methodRequired) {
    const lead = it.status === "unpaid" ? "unpaidLead" : "methodDead";
    return alert(say("methodTitle"), say(lead), methodButton(voice, "registerNew"));
  }
  const declined = account.charges.find(({ declines, status }) => {
    return status === "scheduled" && declines > 0;
  });
  if (it.status !== "past_due" && declined === undefined) return "";
  const retry = declined?.dueAt ?? null;
  const when =
    retry === null
      ? ""
      : say("retryOn", {
          date: formatDay(Temporal.Instant.from(retry), it.zone, language),
        });
  const fillUp = html`<p>
    <a href="${myQuickTransferUrl}" target="_blank" rel="noopener">${say("fillUp")}</a>
  </p>`;
  return alert(say("past_due"), `${say("past_dueLead")} ${when}`, fillUp);
}

const looks = {
  incomplete: "warn",
  trialing: "good",
  active: "good",
  past_due: "bad",
  unpaid: "bad",
  paused: "warn",
  canceled: "",
} as const;

function summary(voice: ShopVoice, account: Account, it: SubscriptionJson): Html {
  const { say, language } = voice;
  const { plan, billingKey } = account;
  const day = (instant: string) => formatDay(Temporal.Instant.from(instant), it.zone, language);
  const price =
    plan === undefined
      ? "–"
      : `${formatInterval({ unit: plan.interval, count: plan.intervalCount }, language)} ${formatMoney(money(plan.amount, plan.currency), language)}`;
  const method =
    billingKey?.status === "active" ? (billingKey.methodLabel ?? "✓") : say("noMethod");
  const isEnding = it.cancelsAtPeriodEnd && it.nextDueAt !== null;
  return html`<div class="card">
    <h3>${plan?.name ?? it.planId}</h3>
    <span class="badge ${looks[it.status]}">${say(it.status)}</span>
    ${
      isEnding && it.nextDueAt !== null
        ? html`<span class="badge warn">${say("endsOn", { date: day(it.nextDueAt) })}</span>`
        : ""
    }
    <dl>
      <dt>${say("price")}</dt>
      <dd>${price}</dd>
      <dt>${say("method")}</dt>
      <dd>${method}</dd>
      <dt>${say("next")}</dt>
      <dd>${it.nextDueAt === null || isEnding ? "–" : day(it.nextDueAt)}</dd>
    </dl>
    ${it.status === "canceled" ? html`<a class="button" href="/">${say("toPlans")}</a>` : manage(voice, it)}
  </div>`;
}

function manage(voice: ShopVoice, it: SubscriptionJson): Html {
  const { say } = voice;
  const end = it.cancelsAtPeriodEnd ? "keep" : "cancel";
  return html`<div class="row">
    ${it.billingKeyId === null || it.methodRequired ? "" : methodButton(voice, "changeMethod", "plain")}
    <form method="post" action="/account/${end}">
      <button class="link" type="submit">${say(end)}</button>
    </form>
  </div>`;
}

const busyScript = `
  for (const form of document.querySelectorAll(".time form")) {
    form.addEventListener("submit", () => {
      const text = document.querySelector(".time").dataset.moving;
      for (const button of document.querySelectorAll(".time button")) button.disabled = true;
      form.querySelector("button").textContent = text;
    });
  }
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
`;

function timeMachine({ say, language }: ShopVoice, { clock, customer }: Account): Html {
  const step = (name: string, label: TextKey, look: string) =>
    html`<form method="post" action="/account/later">
      <input type="hidden" name="step" value="${name}" />
      <button class="${look}" type="submit">${say(label)}</button>
    </form>`;
  return html`<h2>${say("timeTitle")}</h2>
    <div class="time" data-moving="${say("moving")}">
      <p class="soft">${say("today")}</p>
      <p class="now">${formatDay(Temporal.Instant.from(clock.now), customer.zone, language)}</p>
      <div class="row">
        ${step("month", "oneMonth", "")} ${step("day", "oneDay", "plain")}
        <span class="soft">${say("timeLead")}</span>
      </div>
    </div>
    <script>
      ${raw(busyScript)};
    </script>`;
}

function payments(voice: ShopVoice, { charges, waiting, customer }: Account): Html {
  const { say, language } = voice;
  if (charges.length + waiting.length === 0) return html`<p class="soft">${say("noPayments")}</p>`;
  const row = (at: string, amount: number, currency: ChargeJson["currency"], outcome: Html) =>
    html`<tr>
      <td>${formatDay(Temporal.Instant.from(at), customer.zone, language)}</td>
      <td>${formatMoney(money(amount, currency), language)}</td>
      <td>${outcome}</td>
    </tr>`;
  return html`<table id="payments">
    <thead>
      <tr>
        <th>${say("date")}</th>
        <th>${say("amount")}</th>
        <th>${say("result")}</th>
      </tr>
    </thead>
    <tbody>
      ${waiting.map((it) =>
        row(
          it.dueAt,
          it.amount,
          it.currency,
          html`<span class="badge warn">${say("waitsForMethod")}</span>`,
        ),
      )}
      ${charges.map((it) =>
        row(it.capturedAt ?? it.dueAt ?? it.createdAt, it.amount, it.currency, result(voice, it)),
      )}
    </tbody>
  </table>`;
}

const results: Readonly<Record<ChargeJson["status"], readonly [TextKey, string]>> = {
  captured: ["captured", "good"],
  scheduled: ["scheduled", "warn"],
  awaiting_customer: ["scheduled", "warn"],
  in_flight: ["in_flight", "warn"],
  reconciling: ["reconciling", "warn"],
  in_review: ["in_review", "warn"],
  authorized: ["authorized", "warn"],
  capturing: ["authorized", "warn"],
  voiding: ["authorized", "warn"],
  expired: ["authorized", "warn"],
  failed: ["failed", "bad"],
  canceled: ["chargeCanceled", ""],
  voided: ["chargeCanceled", ""],
};

function result({ say }: ShopVoice, charge: ChargeJson): Html {
  const isDeclined = charge.status === "scheduled" && charge.declines > 0;
  const [key, look] = isDeclined ? (["declined", "bad"] as const) : results[charge.status];
  const why = charge.status === "captured" ? null : (charge.failure?.message ?? null);
  return html`<span class="badge ${look}">${say(key)}</span>
    ${why === null ? "" : html`<div class="soft">${why}</div>`}`;
}

function behindTheScenes({ say }: ShopVoice, { ledgerUrl, myQuickTransferUrl }: ShopLinks): Html {
  const link = (href: string, title: TextKey, hint: TextKey) =>
    html`<a href="${href}" target="_blank" rel="noopener"
      ><strong>${say(title)}</strong><span>${say(hint)}</span></a
    >`;
  return html`<div class="links">
    ${link(myQuickTransferUrl, "myQuickTransfer", "myQuickTransferHint")}
    ${link("/operator", "operator", "operatorHint")} ${link(ledgerUrl, "ledger", "ledgerHint")}
  </div>`;
}
