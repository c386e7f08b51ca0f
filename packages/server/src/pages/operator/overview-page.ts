/** The first page of the day: what is due, what was captured, what failed and why, what waits. */
import { html } from "hono/html";
import type { Connection } from "../../connections/connection.ts";
import type { Html } from "../answer.ts";
import { formatMoment, formatMoney } from "../format.ts";
import { badge, buttonForm, operatorPage, table, type Cell, type Desk } from "./layout.ts";
import type { ChargeLine, Counts, SubscriptionLine, Totals } from "./operator-reads.ts";
import { wordIn } from "./texts.ts";

export interface Overview {
  readonly totals: readonly Totals[];
  readonly counts: Counts;
  readonly nextDue: readonly SubscriptionLine[];
  readonly refused: readonly ChargeLine[];
  readonly connections: readonly Connection[];
}

export function overviewPage(desk: Desk, overview: Overview): Html {
  const { say, operator } = desk;
  const body = html`${
      operator?.account.chargingStoppedAt === undefined
        ? html`<p><a href="/operator/stop">${say("stopAll")}</a></p>`
        : html`<p class="notice bad">${say("stopped")}</p>
            <p>${buttonForm(desk, "/operator/take-stop-back", say("takeStopBack"))}</p>`
    }
    ${pausedNotices(desk, overview.connections)} ${tiles(desk, overview)}
    <h2>${say("refused")}</h2>
    ${refusedTable(desk, overview.refused)}
    <h2>${say("nextDue")}</h2>
    ${nextDueTable(desk, overview.nextDue)}`;
  return operatorPage(desk, { title: say("overview"), section: "overview", body });
}

function pausedNotices({ say }: Desk, connections: readonly Connection[]): readonly Html[] {
  return connections
    .filter(({ state }) => state === "paused")
    .map(
      ({ name, pausedReason }) =>
        html`<p class="notice bad">
          <a href="/operator/connections">${name}</a> · ${say("pausedBecause")}: ${pausedReason}
        </p>`,
    );
}

function tiles({ say, language }: Desk, { totals, counts }: Overview): Html {
  const tile = (href: string, name: string, value: string, isBad = false) =>
    html`<a class="tile ${isBad ? "bad" : ""}" href="${href}"
      ><span>${name}</span><b>${value}</b></a
    >`;
  const captured = totals.map((it) =>
    tile(
      "/operator/charges?status=captured",
      `${say("capturedToday")} · ${say("times", { count: it.capturedCount })}`,
      formatMoney(it.captured, language),
    ),
  );
  const none = tile("/operator/charges?status=captured", say("capturedToday"), "0");
  const all = "/operator/subscriptions";
  return html`<div class="tiles">
    ${captured.length === 0 ? none : captured}
    ${tile(`${all}?status=active`, say("activeSubscriptions"), String(counts.active))}
    ${tile(`${all}?status=past_due`, say("pastDue"), String(counts.pastDue), counts.pastDue > 0)}
    ${tile(all, say("methodRequired"), String(counts.methodRequired), counts.methodRequired > 0)}
    ${tile("/operator/reviews", say("inReview"), String(counts.inReview), counts.inReview > 0)}
    ${tile("/operator/charges?status=reconciling", say("unresolved"), String(counts.unresolved))}
  </div>`;
}

export function customerCell(line: { readonly customerName: string | undefined }): string {
  return line.customerName ?? "–";
}

function refusedTable(desk: Desk, charges: readonly ChargeLine[]): Html {
  const { say, language } = desk;
  const rows = charges.map((it): Cell[] => [
    html`<a href="/operator/charges/${it.id}">${it.orderName}</a>`,
    customerCell(it),
    formatMoney(it.amount, language),
    badge(desk, it.status),
    reasonCell(desk, it),
  ]);
  const heads = [say("plan"), say("customer"), `#${say("amount")}`, say("status"), say("why")];
  return table(heads, rows, say("allGood"));
}

/** In plain words first, then the provider's own. */
export function reasonCell({ language }: Desk, charge: ChargeLine): Html {
  const { failureClass, failureCode, failureMessage, reviewReason } = charge;
  const said = [failureMessage, failureCode].filter((text) => text !== undefined).join(" · ");
  const word = reviewReason ?? failureClass;
  return html`${word === undefined ? "" : wordIn(language, word)}
  ${said === "" ? "" : html`<div class="soft">${said}</div>`}`;
}

function nextDueTable({ say, language }: Desk, lines: readonly SubscriptionLine[]): Html {
  const rows = lines.map((it): Cell[] => [
    html`${it.nextDueAt === undefined ? "–" : formatMoment(it.nextDueAt, it.zone)}
    ${it.isOnTestClock ? html`<span class="badge">${say("onTestClock")}</span>` : ""}`,
    html`<a href="/operator/subscriptions/${it.id}">${customerCell(it)}</a>`,
    it.planName,
    formatMoney(it.amount, language),
  ]);
  const heads = [say("when"), say("customer"), say("plan"), `#${say("amount")}`];
  return table(heads, rows, say("allGood"));
}
