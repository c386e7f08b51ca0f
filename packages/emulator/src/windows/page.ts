/**
 * The frame around every page of the windows of Toss and PortOne. Plain HTML that works without
 * JavaScript; hono/html escapes every value.
 */
import { html } from "hono/html";
import type { CommonKey, Language, Say } from "./texts.ts";

export type Html = ReturnType<typeof html>;

/** The merchant's page around an iframe, and the name under which it listens for the outcome. */
export interface FrameParent {
  /** `*` for a page without an origin, where the provider opens its window for one. */
  readonly merchantOrigin: string;
  readonly channel: string;
}

interface PageContent {
  readonly language: Language;
  readonly say: Say<CommonKey>;
  readonly title: string;
  readonly body: Html;
  /** Below the panel: how to leave the window. */
  readonly foot?: Html | undefined;
  /** The page that shows this one in an iframe. */
  readonly parent?: FrameParent | undefined;
  /** Whose name and colours it wears, where a provider stands for several. */
  readonly brand?: { readonly name: string; readonly pg: string };
  /** What the page's script tells the merchant's page as soon as it runs. */
  readonly message?: object | undefined;
}

/** One whole page. Its style and script are files, so that no inline code is needed. */
export function page(content: PageContent): Html {
  const { language, say, title, body, foot, parent, brand, message } = content;
  const other = language === "ko" ? "en" : "ko";
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${brand === undefined ? title : `${title} · ${brand.name}`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/windows/assets/window.css" />
        <script src="/windows/assets/window.js" defer></script>
      </head>
      <body
        ${brand === undefined ? "" : html`data-pg="${brand.pg}"`}
        ${parent === undefined ? "" : parentAttributes(parent)}
        ${message === undefined ? "" : html`data-message="${JSON.stringify(message)}"`}
      >
        <header class="notice">
          <p>${say("notice")}</p>
          <a href="?lang=${other}" hreflang="${other}" lang="${other}">${say("switchLanguage")}</a>
        </header>
        <main>
          ${brand === undefined ? "" : html`<p class="brand">${brand.name}</p>`}
          <h1>${title}</h1>
          ${body}
        </main>
        ${foot ?? ""}
      </body>
    </html>`;
}

function parentAttributes({ merchantOrigin, channel }: FrameParent): Html {
  return html`data-merchant-origin="${merchantOrigin}" data-channel="${channel}"`;
}
