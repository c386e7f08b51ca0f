/**
 * How pages are answered: never kept, never framed, no address passed on, and only the scripts and
 * styles that carry this answer's nonce.
 */
import type { Context } from "hono";
import type { html } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Random } from "../effects.ts";

export type Html = ReturnType<typeof html>;

/** Hosts that a provider's browser script opens windows on and talks to, beside our own. */
export interface ForeignOrigins {
  readonly script: string;
  /** For frames, requests, images and form posts of the script. */
  readonly others: readonly string[];
}

/** Nonce of one answer, for its `<style>` and `<script>` elements. */
export function newNonce(random: Random): string {
  return Buffer.from(random.bytes(16)).toString("base64");
}

export async function answerPage(
  context: Context,
  body: Html,
  nonce: string,
  options: { readonly status?: ContentfulStatusCode; readonly foreign?: ForeignOrigins } = {},
): Promise<Response> {
  const headers = { ...pageHeaders, "Content-Security-Policy": policy(nonce, options.foreign) };
  return context.html(await body, options.status ?? 200, headers);
}

export const pageHeaders = {
  "Cache-Control": "no-store",
  // Addresses of these pages hold ids, and for a moment an auth key.
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  // Lets a provider's window that opens as a pop-up report back (Toss Payments, header guide, 2026-11).
  "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
  "X-Robots-Tag": "noindex",
} as const;

function policy(nonce: string, foreign: ForeignOrigins | undefined): string {
  const others = foreign === undefined ? "" : ` ${foreign.others.join(" ")}`;
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'${foreign === undefined ? "" : ` ${foreign.script}`}`,
    `style-src 'nonce-${nonce}'`,
    // A provider's script lays its window over the page with style attributes.
    ...(foreign === undefined ? [] : ["style-src-attr 'unsafe-inline'", `frame-src${others}`]),
    `connect-src 'self'${others}`,
    `img-src data:${others}`,
    `form-action 'self'${others}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/**
 * Unverified: which hosts the live scripts use beside their own. Of Toss Payments everything of the two
 * domains is let in that its windows are known to be on. PortOne's windows are those of the company
 * behind the channel, on hosts of its own: frames and forms may lead to any that is encrypted, scripts
 * come from PortOne alone.
 */
const foreignHosts: readonly { readonly domain: string; readonly others: readonly string[] }[] = [
  { domain: "tosspayments.com", others: ["https://*.tosspayments.com", "https://*.toss.im"] },
  { domain: "iamport.kr", others: ["https:"] },
];

/** The origins that a connection's script needs; an emulator is only its own. */
export function originsOfScript(scriptUrl: string): ForeignOrigins {
  const { origin, hostname } = new URL(scriptUrl);
  const isOf = (domain: string) => hostname === domain || hostname.endsWith(`.${domain}`);
  const others = foreignHosts.find(({ domain }) => isOf(domain))?.others ?? [origin];
  return { script: origin, others };
}

/** JSON for a `<script type="application/json">` element: `<` cannot end the element early. */
export function jsonForPage(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
