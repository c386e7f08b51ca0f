/** The frame of the operator pages, and the pieces they are made of. */
import { html, raw } from "hono/html";
import type { Html } from "../answer.ts";
import type { Language } from "../format.ts";
import type { Operator } from "./session.ts";
import { wordIn, type Say, type TextKey } from "./texts.ts";

export interface Desk {
  readonly language: Language;
  readonly say: Say;
  readonly nonce: string;
  /** Undefined on the log-in page. */
  readonly operator: Operator | undefined;
}

const style = `
  :root { --ink: #1c2333; --soft: #5b6478; --line: #e2e5ee; --ground: #f5f6fa; --accent: #3a46c8;
    --good: #0f7b55; --bad: #b42332; --warn: #8a5a00; color-scheme: light; }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--ground); color: var(--ink); font-size: 15px; line-height: 1.5;
    font-family: system-ui, -apple-system, "Apple SD Gothic Neo", "Noto Sans KR", "Malgun Gothic",
      sans-serif; word-break: keep-all; overflow-wrap: anywhere; }
  a { color: var(--accent); }
  nav { background: #fff; border-bottom: 1px solid var(--line); }
  nav > div { max-width: 1080px; margin: 0 auto; padding: 10px 16px; display: flex; flex-wrap: wrap;
    align-items: center; gap: 4px 6px; }
  nav strong { margin-right: 12px; }
  nav a { text-decoration: none; padding: 6px 10px; border-radius: 9px; color: var(--ink); }
  nav a[aria-current] { background: #eef0ff; color: var(--accent); font-weight: 600; }
  nav .end { margin-left: auto; display: flex; gap: 4px; align-items: center; }
  nav .end button { background: none; color: var(--soft); padding: 6px 8px; }
  main { max-width: 1080px; margin: 0 auto; padding: 20px 16px 60px; }
  h1 { font-size: 23px; margin: 4px 0 16px; }
  h2 { font-size: 17px; margin: 28px 0 10px; }
  .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; }
  .tile { background: #fff; border: 1px solid var(--line); border-radius: 14px; padding: 14px 16px;
    text-decoration: none; color: inherit; }
  .tile span { display: block; color: var(--soft); font-size: 13.5px; }
  .tile b { font-size: 22px; }
  .tile.bad b { color: var(--bad); }
  .sheet { background: #fff; border: 1px solid var(--line); border-radius: 14px; overflow-x: auto; }
  .sheet.pad { padding: 14px 18px; }
  table { width: 100%; border-collapse: collapse; }
  th, td { text-align: left; padding: 9px 14px; border-bottom: 1px solid var(--line);
    vertical-align: top; }
  th { color: var(--soft); font-weight: 500; font-size: 13.5px; white-space: nowrap; }
  tr:last-child td { border-bottom: 0; }
  td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
  .badge { display: inline-block; border-radius: 20px; padding: 1px 10px; font-size: 13.5px;
    background: #eceef4; white-space: nowrap; }
  .badge.good { background: #e2f6ec; color: var(--good); }
  .badge.bad { background: #fdeef0; color: var(--bad); }
  .badge.warn { background: #fff3d1; color: var(--warn); }
  .soft, .none { color: var(--soft); }
  .none { margin: 0; padding: 12px 16px; }
  code { font-size: 13px; }
  pre { background: #fff; border: 1px solid var(--line); padding: 12px 16px; border-radius: 14px;
    overflow-x: auto; font-size: 12.5px; white-space: pre-wrap; }
  details { margin: 6px 0 16px; }
  summary { cursor: pointer; padding: 4px 0; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 7px 18px; margin: 0; }
  dt { color: var(--soft); }
  dd { margin: 0; }
  button { border: 0; border-radius: 10px; padding: 9px 15px; font: inherit; font-weight: 600;
    background: var(--accent); color: #fff; cursor: pointer; }
  button.plain { background: #eceef4; color: var(--ink); }
  button.danger { background: #fdeef0; color: var(--bad); }
  .sheet + .row, .sheet + .sheet { margin-top: 10px; }
  .row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
  .row form { margin: 0; }
  .filters { margin: 0 0 12px; display: flex; flex-wrap: wrap; gap: 6px; }
  .filters a { text-decoration: none; background: #fff; border: 1px solid var(--line); padding: 3px 12px;
    border-radius: 20px; color: var(--ink); }
  .filters a[aria-current] { background: var(--accent); border-color: var(--accent); color: #fff; }
  label { display: block; margin: 8px 0; }
  .row label.row { display: flex; margin: 0; }
  input[type="text"], input[type="password"], input[type="date"], textarea { font: inherit;
    padding: 9px 11px; border: 1px solid #c6cbd9; border-radius: 10px; width: 100%; }
  input[type="date"] { width: auto; }
  select { font: inherit; padding: 8px 10px; border: 1px solid #c6cbd9; border-radius: 10px;
    background: #fff; max-width: 100%; }
  progress { width: 100%; height: 14px; accent-color: var(--accent); }
  .notice { border-radius: 12px; padding: 12px 16px; margin: 0 0 16px; background: #fff3d1;
    color: #6b4a00; }
  .notice.bad { background: #fdeef0; color: var(--bad); }
  .log-in { max-width: 420px; margin: 8vh auto 0; }
  @media (max-width: 640px) { th, td { padding: 8px 10px; } nav .end { margin-left: 0; } }
`;

const sections = [
  ["overview", "/operator"],
  ["subscriptions", "/operator/subscriptions"],
  ["charges", "/operator/charges"],
  ["reviews", "/operator/reviews"],
  ["sweeps", "/operator/sweeps"],
  ["connections", "/operator/connections"],
  ["clocks", "/operator/test-clocks"],
] as const satisfies readonly (readonly [TextKey, string])[];

export type Section = (typeof sections)[number][0];

export function operatorPage(
  desk: Desk,
  page: { readonly title: string; readonly section?: Section; readonly body: Html },
): Html {
  const { language, nonce } = desk;
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title} · Maedal</title>
        <link rel="icon" href="data:," />
        <style nonce="${nonce}">
          ${raw(style)}
        </style>
      </head>
      <body>
        ${desk.operator === undefined ? "" : navigation(desk, desk.operator, page.section)}
        <main>
          <h1>${page.title}</h1>
          ${page.body}
        </main>
      </body>
    </html>`;
}

function navigation(desk: Desk, operator: Operator, current: Section | undefined): Html {
  const { say, language } = desk;
  const other = language === "ko" ? "en" : "ko";
  return html`<nav>
    <div>
      <strong>
        ${operator.account.name}
        <span class="badge ${operator.account.mode === "test" ? "warn" : "good"}"
          >${say(operator.account.mode)}</span
        >
      </strong>
      ${sections.map(
        ([key, path]) =>
          html`<a href="${path}" ${key === current ? raw('aria-current="page"') : ""}
            >${say(key)}</a
          >`,
      )}
      <span class="end">
        <a href="?lang=${other}">${say("otherLanguage")}</a>
        ${postForm(desk, "/operator/log-out", html`<button type="submit">${say("logOut")}</button>`)}
      </span>
    </div>
  </nav>`;
}

/** A form with the session's token in it; every change goes through one. */
export function postForm({ operator }: Desk, action: string, fields: Html): Html {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="formToken" value="${operator?.formToken ?? ""}" />
    ${fields}
  </form>`;
}

export function buttonForm(
  desk: Desk,
  action: string,
  label: string,
  options: {
    readonly look?: "plain" | "danger";
    readonly values?: Readonly<Record<string, string>>;
  } = {},
): Html {
  const hidden = Object.entries(options.values ?? {}).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  const button = html`<button class="${options.look ?? ""}" type="submit">${label}</button>`;
  return postForm(desk, action, html`${hidden}${button}`);
}

const looks: Readonly<Record<string, "good" | "bad" | "warn">> = {
  active: "good",
  paid: "good",
  captured: "good",
  trialing: "good",
  past_due: "bad",
  unpaid: "bad",
  failed: "bad",
  declined: "bad",
  refused: "bad",
  uncollectible: "bad",
  in_review: "warn",
  reconciling: "warn",
  authorized: "warn",
  capturing: "warn",
  voiding: "warn",
  expired: "warn",
  done: "good",
  finished: "good",
  running: "warn",
  late_success: "warn",
  orphan: "warn",
  second_payment: "bad",
  amount_differs: "bad",
  missing_at_provider: "bad",
  state_differs: "warn",
  released: "bad",
  unknown: "warn",
  paused: "bad",
  sunset: "warn",
  charging: "good",
  stopped: "bad",
  open: "warn",
  incomplete: "warn",
};

export function badge({ language }: Desk, status: string): Html {
  return html`<span class="badge ${looks[status] ?? ""}">${wordIn(language, status)}</span>`;
}

export type Cell = Html | string;

/** @param heads Names of the columns; one that begins with `#` holds numbers. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  none: string,
): Html {
  if (rows.length === 0) return html`<div class="sheet"><p class="none">${none}</p></div>`;
  const isNumber = heads.map((head) => head.startsWith("#"));
  return html`<div class="sheet">
    <table>
      <thead>
        <tr>
          ${heads.map(
            (head) =>
              html`<th class="${head.startsWith("#") ? "number" : ""}">
                ${head.replace(/^#/, "")}
              </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map(
                (cell, column) =>
                  html`<td class="${isNumber[column] === true ? "number" : ""}">${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function facts(pairs: readonly (readonly [string, Cell])[]): Html {
  return html`<div class="sheet pad">
    <dl>
      ${pairs.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
  </div>`;
}

/** Links that narrow a list down by status. */
export function filters(
  { say, language }: Desk,
  path: string,
  statuses: readonly string[],
  current: string | undefined,
): Html {
  const link = (label: string, href: string, isCurrent: boolean) =>
    html`<a href="${href}" ${isCurrent ? raw('aria-current="true"') : ""}>${label}</a>`;
  return html`<div class="filters">
    ${link(say("all"), path, current === undefined)}
    ${statuses.map((status) =>
      link(wordIn(language, status), `${path}?status=${status}`, status === current),
    )}
  </div>`;
}

/** What was sent and answered, folded away; nothing when nothing was recorded. */
export function evidence({ say }: Desk, exchange: unknown): Html | string {
  if (exchange === undefined || exchange === null) return "";
  return html`<details>
    <summary>${say("evidence")}</summary>
    <pre>${JSON.stringify(inReadingOrder(exchange), null, 2)}</pre>
  </details>`;
}

const readingOrder = ["method", "path", "requestBody", "status", "answerBody", "traceId"];

/** The database keeps no order of members: the request first, then the answer. */
function inReadingOrder(exchange: unknown): unknown {
  if (typeof exchange !== "object" || exchange === null) return exchange;
  const place = (name: string) => {
    const at = readingOrder.indexOf(name);
    return at === -1 ? readingOrder.length : at;
  };
  const members = Object.entries(exchange).toSorted(([a], [b]) => place(a) - place(b));
  return Object.fromEntries(members);
}
