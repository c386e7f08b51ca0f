/** The shop's frame, its plans and its sign-in. */
import { html, raw } from "hono/html";
import { money } from "@maedal/gateways";
import type { CustomerJson, PlanJson } from "../../contract.ts";
import type { Html } from "../../pages/answer.ts";
import { formatInterval, formatMoney } from "../../pages/format.ts";
import { markets, type Market, type Way } from "./markets.ts";
import type { Say, ShopLanguage, TextKey } from "./texts.ts";

export interface ShopVoice {
  readonly language: ShopLanguage;
  readonly say: Say;
  /** The same page in the other language. */
  readonly otherLanguageUrl: string;
}

const style = `
  :root { --ink: #23303b; --soft: #64727f; --line: #dfe8ec; --sky: #e9f4f8; --accent: #12708f;
    --good: #0f7b55; --bad: #b42332; --line-green: #06803a; color-scheme: light; }
  * { box-sizing: border-box; }
  body { margin: 0; background: #f6fafb; color: var(--ink); line-height: 1.55;
    font-family: system-ui, -apple-system, "Apple SD Gothic Neo", "Noto Sans KR", "Malgun Gothic",
      sans-serif; word-break: keep-all; overflow-wrap: anywhere; }
  .demo { background: #23303b; color: #dfe8ec; font-size: 13.5px; text-align: center; padding: 7px 14px; }
  header { background: var(--sky); }
  header > div, main { max-width: 820px; margin: 0 auto; padding: 18px 18px; }
  header > div { display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; }
  header .logo { font-size: 21px; font-weight: 800; text-decoration: none; color: var(--ink); }
  header .logo i { display: inline-block; width: 22px; height: 22px; border-radius: 50%;
    background: #fff; box-shadow: inset -6px 2px 0 #ffd97a; margin-right: 9px; vertical-align: -4px; }
  header .tagline { flex: 1; color: var(--soft); }
  header a, header button { color: var(--ink); }
  main { padding-bottom: 70px; }
  h1 { font-size: 25px; margin: 12px 0 16px; }
  h2 { font-size: 18px; margin: 34px 0 10px; }
  .plans { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); }
  .card { background: #fff; border: 1px solid var(--line); border-radius: 18px; padding: 20px; }
  .plans .card { display: flex; flex-direction: column; }
  .plans button { padding: 12px 6px; font-size: 15.5px; }
  .plans .card form { margin-top: auto; display: grid; gap: 8px; padding-top: 12px; }
  .markets { display: grid; gap: 10px; grid-template-columns: repeat(4, 1fr); margin: 0 0 22px; }
  .markets a { background: #fff; border: 2px solid var(--line); border-radius: 16px; padding: 12px 14px;
    color: var(--ink); text-decoration: none; line-height: 1.4; }
  .markets a[aria-current] { border-color: var(--accent); background: var(--sky); }
  .markets .line_pay[aria-current] { border-color: var(--line-green); background: #e8f8ee; }
  .markets strong { display: block; } .markets span { color: var(--soft); font-size: 14px; }
  .card h3 { margin: 0 0 6px; font-size: 18px; }
  .amount { font-size: 22px; font-weight: 700; margin: 0 0 4px; }
  .soft { color: var(--soft); }
  p { margin: 0 0 10px; }
  button, .button { border: 0; border-radius: 12px; padding: 12px 18px; font: inherit; font-weight: 700;
    background: var(--accent); color: #fff; cursor: pointer; text-decoration: none; }
  button:disabled { opacity: 0.6; cursor: progress; }
  button.wide { width: 100%; margin-top: 12px; }
  button.line_pay { background: var(--line-green); }
  button.chai { background: #c8f1e9; color: var(--ink); }
  button.kakaopay { background: #fee500; color: var(--ink); }
  button.plain { background: var(--sky); color: var(--ink); font-weight: 600; }
  button.link { background: none; color: var(--soft); padding: 4px; font-weight: 500;
    text-decoration: underline; }
  .row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
  .row form, header form { margin: 0; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 7px 20px; margin: 14px 0 16px; }
  dt { color: var(--soft); } dd { margin: 0; font-weight: 600; }
  .badge { display: inline-block; border-radius: 20px; padding: 1px 12px; background: #eceff2;
    font-weight: 600; font-size: 14.5px; }
  .badge.good { background: #e2f6ec; color: var(--good); }
  .badge.bad { background: #fdeef0; color: var(--bad); }
  .badge.warn { background: #fff3d1; color: #7a5200; }
  .alert { background: #fdeef0; border-radius: 16px; padding: 16px 18px; margin: 0 0 16px; }
  .alert strong { display: block; color: var(--bad); margin-bottom: 4px; }
  .alert p { margin-bottom: 12px; }
  .alert.calm { background: #fff3d1; } .alert.calm strong { color: #7a5200; }
  table { width: 100%; border-collapse: collapse; background: #fff; border: 1px solid var(--line);
    border-radius: 14px; overflow: hidden; }
  th, td { text-align: left; padding: 10px 14px; border-bottom: 1px solid var(--line); }
  th { color: var(--soft); font-weight: 500; font-size: 14px; }
  td { overflow-wrap: break-word; }
  ol { margin: 0; padding-left: 22px; } ol li { margin: 6px 0; }
  .alert p:last-child { margin-bottom: 0; }
  .links { display: grid; gap: 10px; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); }
  .links a { background: #fff; border: 1px solid var(--line); border-radius: 14px; padding: 14px 16px;
    text-decoration: none; color: var(--ink); }
  .links span { display: block; color: var(--soft); font-size: 14px; }
  .time { background: #23303b; color: #fff; border-radius: 18px; padding: 20px; }
  .time .soft { color: #b9c6cf; }
  .time .now { font-size: 21px; font-weight: 700; }
  .time button { background: #ffd97a; color: #23303b; }
  .time button.plain { background: #3c4c59; color: #fff; }
  @media (max-width: 560px) { header .tagline { display: none; } header .logo { width: 100%; }
    .markets { grid-template-columns: 1fr 1fr; } th, td { padding: 9px 10px; } }
  input[type="text"] { font: inherit; padding: 11px 13px; border: 1px solid #bccad2; border-radius: 12px;
    width: 100%; margin: 4px 0 4px; }
`;

export function shopPage(
  { language, say, otherLanguageUrl }: ShopVoice,
  title: string,
  customer: Pick<CustomerJson, "name"> | undefined,
  body: Html,
): Html {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · ${say("shopName")}</title>
        <link rel="icon" href="data:," />
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <div class="demo">${say("demoNote")}</div>
        <header>
          <div>
            <a class="logo" href="/"><i aria-hidden="true"></i>${say("shopName")}</a>
            <span class="tagline">${say("tagline")}</span>
            ${customer === undefined ? "" : signedIn(say, customer)}
            <a href="${otherLanguageUrl}">${say("otherLanguage")}</a>
          </div>
        </header>
        <main>${body}</main>
      </body>
    </html>`;
}

function signedIn(say: Say, { name }: Pick<CustomerJson, "name">): Html {
  return html`<a href="/account"><strong>${name}</strong> · ${say("myAccount")}</a>
    <form method="post" action="/sign-out">
      <button class="link" type="submit">${say("signOut")}</button>
    </form>`;
}

export interface Offer {
  readonly market: Market;
  readonly plans: readonly PlanJson[];
  /** What can be registered now. */
  readonly ways: readonly Way[];
}

export function plansPage(
  voice: ShopVoice,
  { market, plans, ways }: Offer,
  customer: CustomerJson | undefined,
): Html {
  const { say } = voice;
  const hints: readonly TextKey[] = plans.some((plan) => plan.capture === "manual")
    ? [...market.guide, "guideCapture"]
    : market.guide;
  const body = html`<h1>${say("choosePlan")}</h1>
    <nav class="markets" aria-label="${say("chooseMarket")}">
      ${markets.map((it) => marketLink(voice, it, it === market))}
    </nav>
    <div class="plans">${plans.map((plan) => planCard(voice, ways, plan))}</div>
    <h2>${say("guideTitle")}</h2>
    <ol>
      ${hints.map((key) => html`<li>${say(key)}</li>`)}
    </ol>`;
  return shopPage(voice, say("choosePlan"), customer, body);
}

function marketLink({ say }: ShopVoice, { currency, label, look, place }: Market, isHere: boolean) {
  const here = isHere ? html`aria-current="page"` : "";
  return html`<a class="${look}" href="/?market=${currency}" ${here}>
    <strong>${say(label)}</strong><span>${say(place)} · ${currency}</span>
  </a>`;
}

function planCard({ say, language }: ShopVoice, ways: readonly Way[], plan: PlanJson): Html {
  const interval = { unit: plan.interval, count: plan.intervalCount };
  const notes = [
    formatInterval(interval, language),
    ...(plan.trialDays > 0 ? [say("trial", { days: plan.trialDays })] : []),
    ...(plan.capture === "manual" ? [say("paidWhenShipped")] : []),
  ];
  return html`<div class="card">
    <h3>${plan.name}</h3>
    <p class="amount">${formatMoney(money(plan.amount, plan.currency), language)}</p>
    <p class="soft">${notes.join(" · ")}</p>
    <form method="post" action="/subscribe">
      <input type="hidden" name="planId" value="${plan.id}" />
      ${ways.map(
        ({ id, look, words }) =>
          html`<button class="${look}" name="way" value="${id}">
            ${say("subscribe", { way: say(words) })}
          </button>`,
      )}
    </form>
  </div>`;
}

/** What somebody who is not known yet has chosen. */
export interface Choice {
  readonly planId: string;
  readonly way: Way;
  readonly market: Market;
}

export function signInPage(voice: ShopVoice, { planId, way, market }: Choice): Html {
  const { say } = voice;
  const body = html`<h1>${say("signInTitle")}</h1>
    <div class="card">
      <p class="soft">
        ${say("signInLead")} ${planId === "" ? "" : say("signInWay", { way: say(way.words) })}
      </p>
      <form method="post" action="/sign-in">
        <input type="hidden" name="planId" value="${planId}" />
        <input type="hidden" name="way" value="${way.id}" />
        <label
          >${say("name")}
          <input
            type="text"
            name="name"
            value="${market.sampleName}"
            maxlength="50"
            required
            autocomplete="off"
          />
        </label>
        <button class="wide" type="submit">${say("signIn")}</button>
      </form>
    </div>`;
  return shopPage(voice, say("signInTitle"), undefined, body);
}

export function problemPage(voice: ShopVoice, message: string): Html {
  const { say } = voice;
  const body = html`<h1>${say("problemTitle")}</h1>
    <p class="alert" role="alert">${message}</p>
    <p><a href="/account">${say("back")}</a></p>`;
  return shopPage(voice, say("problemTitle"), undefined, body);
}
