/** The frame of every hosted page: one card on a calm ground, made for a phone first. */
import { html, raw } from "hono/html";
import type { Html } from "../answer.ts";
import { customerLanguages, type CustomerLanguage } from "../format.ts";
import { languageNames, type Say } from "./texts.ts";

/** What every hosted page needs to speak. */
export interface Voice {
  readonly language: CustomerLanguage;
  readonly say: Say;
  readonly nonce: string;
}

const style = `
  :root { --ink: #1c2333; --soft: #5b6478; --line: #e4e7ef; --ground: #f3f4f9; --accent: #3a46c8;
    --accent-dark: #2d37a6; --good: #0f7b55; --bad: #b42332; --warn: #8a5a00; color-scheme: light; }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--ground); color: var(--ink); line-height: 1.55;
    font-family: system-ui, -apple-system, "Apple SD Gothic Neo", "Noto Sans KR", "Malgun Gothic",
      sans-serif; overflow-wrap: anywhere; }
  :lang(ko) body { word-break: keep-all; }
  :lang(zh-TW) body { font-family: system-ui, -apple-system, "PingFang TC", "Noto Sans TC",
    "Microsoft JhengHei", sans-serif; line-break: strict; }
  :lang(ja) body { font-family: system-ui, -apple-system, "Hiragino Sans", "Noto Sans JP",
    "Yu Gothic UI", Meiryo, sans-serif; line-break: strict; }
  :lang(th) body { font-family: system-ui, -apple-system, Thonburi, "Noto Sans Thai", "Leelawadee UI",
    Tahoma, sans-serif; line-height: 1.7; }
  .test { background: #fff3d1; color: #6b4a00; text-align: center; font-size: 13px;
    padding: 7px 12px; }
  main { max-width: 460px; margin: 0 auto; padding: 20px 16px 40px; }
  header { display: flex; align-items: center; gap: 10px; margin: 4px 2px 16px; }
  header .mark { flex: none; width: 36px; height: 36px; border-radius: 12px; background: var(--accent);
    color: #fff; font-weight: 700; display: grid; place-items: center; }
  header strong { flex: 1; font-size: 17px; }
  .languages { position: relative; color: var(--soft); font-size: 14px; }
  .languages summary { padding: 8px 4px; cursor: pointer; border-radius: 8px; }
  .languages nav { position: absolute; right: 0; z-index: 1; min-width: 148px; padding: 6px;
    background: #fff; border-radius: 14px; border: 1px solid var(--line);
    box-shadow: 0 12px 32px rgba(28, 35, 51, 0.14); }
  .languages a { display: block; padding: 9px 12px; border-radius: 9px; color: var(--ink);
    text-decoration: none; }
  .languages a:hover { background: var(--ground); }
  .languages a[aria-current] { font-weight: 700; color: var(--accent); }
  .card { background: #fff; border-radius: 20px; padding: 26px 22px;
    box-shadow: 0 1px 2px rgba(28, 35, 51, 0.06), 0 12px 32px rgba(28, 35, 51, 0.07); }
  h1 { font-size: 23px; line-height: 1.35; margin: 0 0 8px; letter-spacing: -0.01em; }
  h2 { font-size: 15px; margin: 24px 0 8px; }
  p { margin: 0 0 12px; }
  .hello, .soft { color: var(--soft); }
  .hello { margin-bottom: 2px; font-size: 15px; }
  dl { margin: 18px 0; border-top: 1px solid var(--line); }
  dl div { display: flex; justify-content: space-between; gap: 16px; padding: 11px 0;
    border-bottom: 1px solid var(--line); }
  dt { color: var(--soft); flex: none; }
  dd { margin: 0; text-align: end; font-weight: 600; }
  ul { margin: 0; padding-left: 20px; color: var(--soft); font-size: 14.5px; }
  li { margin: 5px 0; }
  button, .button { display: block; width: 100%; border: 0; border-radius: 14px; padding: 15px;
    font: inherit; font-size: 17px; font-weight: 700; text-align: center; text-decoration: none;
    background: var(--accent); color: #fff; cursor: pointer; margin-top: 22px; }
  button:hover, .button:hover { background: var(--accent-dark); }
  button:focus-visible, a:focus-visible, summary:focus-visible { outline: 3px solid #9aa4ff; outline-offset: 2px; }
  button:disabled { background: #a7acd9; cursor: progress; }
  button.second { background: #fff; color: var(--accent); margin-top: 4px;
    box-shadow: inset 0 0 0 1.5px var(--accent); }
  button.second:hover { background: #eef0ff; }
  .opened { margin-top: 24px; }
  .opened + form button, .opened ~ form #register { margin-top: 12px; }
  button.quiet, .button.quiet { background: none; color: var(--soft); font-weight: 500;
    font-size: 15px; margin-top: 8px; padding: 11px; }
  button.quiet:hover, .button.quiet:hover { background: var(--ground); }
  .offer { border-radius: 14px; padding: 14px 16px; margin: 18px 0; background: #eef0ff; }
  .offer p { margin: 0; }
  .offer p + p { margin-top: 6px; }
  .notice { border-radius: 12px; padding: 12px 14px; margin: 0 0 16px; font-size: 15px;
    background: #eef0ff; }
  .notice.bad { background: #fdeef0; color: var(--bad); }
  .stays { margin: 18px 0 0; font-size: 14px; text-align: center; }
  form + form button.second { margin-top: 10px; }
  .notice:empty { display: none; }
  .sign { width: 60px; height: 60px; border-radius: 30px; display: grid; place-items: center;
    font-size: 29px; font-weight: 700; margin: 2px 0 16px; background: #eef0ff; color: var(--accent); }
  .sign.good { background: #e2f6ec; color: var(--good); }
  .sign.bad { background: #fdeef0; color: var(--bad); }
  .sign.wait::after { content: ""; width: 26px; height: 26px; border-radius: 50%;
    border: 3px solid #c9cef8; border-top-color: var(--accent); animation: turn 0.9s linear infinite; }
  @keyframes turn { to { transform: rotate(360deg); } }
  @media (prefers-reduced-motion: reduce) { .sign.wait::after { animation-duration: 6s; } }
  blockquote { margin: 14px 0; padding: 10px 14px; border-left: 3px solid var(--line);
    color: var(--soft); font-size: 15px; }
  blockquote cite { display: block; font-size: 13px; font-style: normal; }
  footer { text-align: center; color: var(--soft); font-size: 13px; margin-top: 20px; }
`;

export function hostedPage(
  voice: Voice,
  page: {
    readonly title: string;
    /** Undefined where the visitor may not know whose page it is. */
    readonly merchant?: string | undefined;
    readonly isTest?: boolean;
    /** Reloads while something is under way; where a script of the page asks, only without it. */
    readonly refresh?: { readonly seconds: number; readonly by: "page" | "script" };
    /** Another address that the page leads to by itself. */
    readonly goesTo?: string;
    readonly body: Html;
  },
): Html {
  const { language, say, nonce } = voice;
  const { goesTo, merchant, refresh } = page;
  const reload = refresh && html`<meta http-equiv="refresh" content="${refresh.seconds}" />`;
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${merchant === undefined ? page.title : `${page.title} · ${merchant}`}</title>
        <link rel="icon" href="data:," />
        <style nonce="${nonce}">
          ${raw(style)}
        </style>
        ${refresh?.by === "script" ? html`<noscript>${reload}</noscript>` : (reload ?? "")}
        ${goesTo === undefined ? "" : html`<meta http-equiv="refresh" content="0; url=${goesTo}" />`}
      </head>
      <body>
        ${page.isTest === true ? html`<div class="test">${say("testMode")}</div>` : ""}
        <main>
          <header>
            <span class="mark" aria-hidden="true">${(merchant ?? "달").slice(0, 1)}</span>
            <strong>${merchant ?? "Maedal"}</strong>
            ${languageMenu(voice)}
          </header>
          <div class="card">${page.body}</div>
          <footer>${say("poweredBy")}</footer>
        </main>
      </body>
    </html>`;
}

function languageMenu({ language, say }: Voice): Html {
  return html`<details class="languages">
    <summary aria-label="${say("language")}: ${languageNames[language]}">
      ${languageNames[language]}
    </summary>
    <nav aria-label="${say("language")}">
      ${customerLanguages.map(
        (it) =>
          html`<a
            href="?lang=${it}"
            hreflang="${it}"
            lang="${it}"
            ${it === language ? raw('aria-current="true"') : ""}
            >${languageNames[it]}</a
          >`,
      )}
    </nav>
  </details>`;
}

/** A page that only says something: the link is over, or is not for this browser. */
export function messagePage(voice: Voice, title: string, lead: string): Html {
  const body = html`<h1>${title}</h1>
    <p class="soft">${lead}</p>`;
  return hostedPage(voice, { title, body });
}

export function facts(pairs: readonly (readonly [string, string])[]): Html {
  return html`<dl>
    ${pairs.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
