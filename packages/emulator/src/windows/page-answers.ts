/** How the routes of the windows of Toss and PortOne answer with pages and what pages load. */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Mistakes, Typed } from "./forms.ts";
import { windowScript } from "./page-script.ts";
import type { Html } from "./page.ts";
import { languages, type Language } from "./texts.ts";

/**
 * For every page and asset. A page may be framed by any merchant, also one that is isolated across
 * origins, and is never kept: going back to an ended window must say that it has ended.
 */
const pageHeaders = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** An app for everything below `/windows`, with the files that its pages load. */
export function pageApp(windowStyle: string): Hono {
  return new Hono()
    .use("/windows/*", async (context, next) => {
      await next();
      for (const [name, value] of Object.entries(pageHeaders)) context.header(name, value);
    })
    .use("/windows/*", bodyLimit({ maxSize: 64 * 1024 }))
    .get("/windows/assets/window.css", (context) =>
      context.body(windowStyle, 200, { "Content-Type": "text/css; charset=utf-8" }),
    )
    .get("/windows/assets/window.js", (context) =>
      context.body(windowScript, 200, { "Content-Type": "text/javascript; charset=utf-8" }),
    );
}

/** Undefined unless the address asks for one of our languages. */
export function askedLanguage(context: Context): Language | undefined {
  const asked = context.req.query("lang");
  return languages.find((language) => language === asked);
}

/** Answers with a page; 422 for a form that has to be corrected. */
export function show(context: Context, content: Html, status: 200 | 404 | 410 | 422 = 200) {
  return context.html(content, status);
}

export function statusFor(mistakes: Mistakes<string>): 200 | 422 {
  return Object.keys(mistakes).length === 0 ? 200 : 422;
}

/** What a form shows before anything is sent: nothing, or its example when asked for. */
export function typedAtFirst(context: Context, sample: Typed): Typed {
  return context.req.query("sample") === undefined ? {} : sample;
}
