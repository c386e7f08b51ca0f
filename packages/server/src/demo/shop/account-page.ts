/** "My subscription": its state, what to do next, the payments, and the demo's time travel. */
import { html, raw } from "hono/html";
import { money } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import type { ChargeJson, SubscriptionJson } from "../../contract.ts";
import type { Html } from "../../pages/answer.ts";
import { formatDay, formatInterval, formatMoney } from "../../pages/format.ts";
import type { Account } from "./account.ts";
import { walletsOf, type WalletName } from "./markets.ts";
import { shopPage, type ShopVoice } from "./pages.ts";
import { paymentsTable } from "./payments-table.ts";
import type { TextKey } from "./texts.ts";

export interface ShopLinks {
  readonly ledgerUrl: string;
  readonly wallets: Readonly<Record<WalletName, string>>;
  /** The one of the method that pays. */
  readonly wallet: WalletName;
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
    ${paymentsTable(voice, account)}
    <h2>${say("behind")}</h2>
    ${behindTheScenes(voice, account, links)}`;
  return shopPage(voice, say("myAccount"), account.customer, body);
}

function noSubscription({ say }: ShopVoice): Html {
  return html`<div class="card">
    <p>${say("none")}</p>
    <a class="button" href="/">${say("toPlans")}</a>
  </div>`;
}

/** One for each way to pay, in the way's own look unless told otherwise. */
function wayButtons({ say }: ShopVoice, { ways }: Account, label: TextKey, look?: "plain") {
  return ways.map(
    (way) =>
      html`<form method="post" action="/account/method">
        <input type="hidden" name="way" value="${way.id}" />
        <button class="${look ?? way.look}" type="submit">
          ${say(label, { way: say(way.words) })}
        </button>
      </form>`,
  );
}

/** What the customer must know or do, most urgent first. */
function alerts(
  voice: ShopVoice,
  account: Account,
  it: SubscriptionJson,
  links: ShopLinks,
): Html | string {
  const { say, language } = voice;
  const alert = (title: string, lead: string, buttons: Html | Html[], look = "") =>
    html`<div class="alert ${look}" role="alert">
      <strong>${title}</strong>
      <p>${lead}</p>
      <div class="row">${buttons}</div>
    </div>`;
  if (it.status === "canceled") return "";
  if (it.status === "incomplete" && it.billingKeyId === null) {
    const buttons = wayButtons(voice, account, "register");
    return alert(say("incomplete"), say("incompleteLead"), buttons, "calm");
  }
  if (it.methodRequired) {
    const lead = it.status === "unpaid" ? "unpaidLead" : "methodDead";
    const buttons = wayButtons(voice, account, "register");
    return alert(say("methodTitle"), say(lead), buttons);
  }
  const held = account.charges.find(({ status }) => status === "authorized");
  if (held !== undefined) {
    const operator = html`<a href="/operator" target="_blank" rel="noopener"
      >${say("operator")}</a
    >`;
    return alert(say("heldTitle"), heldText(voice, it, held), operator, "calm");
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
  const fillUp = html`<a
    href="${walletUrl(voice, links, links.wallet)}"
    target="_blank"
    rel="noopener"
    >${say("fillUp", { wallet: say(links.wallet) })}</a
  >`;
  return alert(say("past_due"), `${say("past_dueLead")} ${when}`, fillUp);
}

function heldText({ say, language }: ShopVoice, { zone }: SubscriptionJson, held: ChargeJson) {
  const amount = formatMoney(money(held.amount, held.currency), language);
  if (held.authorizationExpiresAt === null) return say("heldOpenEndedLead", { amount });
  const until = Temporal.Instant.from(held.authorizationExpiresAt);
  return say("heldLead", { amount, date: formatDay(until, zone, language) });
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
    ${it.status === "canceled" ? html`<a class="button" href="/">${say("toPlans")}</a>` : manage(voice, account, it)}
  </div>`;
}

function manage(voice: ShopVoice, account: Account, it: SubscriptionJson): Html {
  const { say } = voice;
  const end = it.cancelsAtPeriodEnd ? "keep" : "cancel";
  const canChange = it.billingKeyId !== null && !it.methodRequired;
  return html`<div class="row">
    ${canChange ? wayButtons(voice, account, "change", "plain") : ""}
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

function walletUrl({ language }: ShopVoice, { wallets }: ShopLinks, name: WalletName): string {
  return `${wallets[name]}?lang=${language}`;
}

const walletHints: Readonly<Record<WalletName, TextKey>> = {
  myQuickTransfer: "myQuickTransferHint",
  myPortOne: "myPortOneHint",
  myLinePay: "myLinePayHint",
};

function behindTheScenes(voice: ShopVoice, { market }: Account, links: ShopLinks): Html {
  const { say } = voice;
  const link = (href: string, title: TextKey, hint: TextKey) =>
    html`<a href="${href}" target="_blank" rel="noopener"
      ><strong>${say(title)}</strong><span>${say(hint)}</span></a
    >`;
  return html`<div class="links">
    ${walletsOf(market).map((it) => link(walletUrl(voice, links, it), it, walletHints[it]))}
    ${link("/operator", "operator", "operatorHint")}
    ${link(links.ledgerUrl, "ledger", "ledgerHint")}
  </div>`;
}
