/**
 * A merchant's shop on an origin of its own: it loads the official npm packages as ES modules,
 * points their `src` at the emulator, and has as strict a content security policy as a merchant can
 * have who uses the SDK.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Hono } from "hono";
import { html } from "hono/html";

const require = createRequire(import.meta.url);

/** The packages' ES modules stand beside what `require` finds. */
function esModule(packageName: string, commonJs: string, esm: string): string {
  return readFileSync(require.resolve(packageName).replace(commonJs, esm), "utf8");
}

const standardSdk = esModule("@tosspayments/tosspayments-sdk", "index.cjs.js", "index.esm.js");
const legacySdk = esModule(
  "@tosspayments/payment-sdk",
  "tosspayments.cjs.js",
  "tosspayments.esm.js",
);

/**
 * `shop.standard(...)` and `shop.legacy(...)` start a registration; what became of the promise is
 * in `shop.outcome`, as plain data.
 */
const shopScript = `
  import { loadTossPayments, ANONYMOUS } from "/standard-sdk.js";
  import { loadTossPayments as loadLegacy } from "/legacy-sdk.js";

  const reported = (work) =>
    work.then(
      () => "resolved",
      (error) => ({ code: error.code }),
    );

  window.shop = {
    anonymous: ANONYMOUS,
    outcome: undefined,
    payment: undefined,
    async standard({ src, clientKey, customerKey, request }) {
      const toss = await loadTossPayments(clientKey, { src });
      shop.payment = toss.payment({ customerKey });
      shop.outcome = reported(shop.payment.requestBillingAuth(request));
    },
    async legacy({ src, clientKey, method, params }) {
      const toss = await loadLegacy(clientKey, { src });
      shop.outcome = reported(toss.requestBillingAuth(method, params));
    },
    reported,
  };
`;

/** @param emulatorOrigin The one foreign origin the shop lets in. */
export function merchantShop(emulatorOrigin: string): Hono {
  const javascript = { "Content-Type": "text/javascript; charset=utf-8" };
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${emulatorOrigin}`,
    `frame-src ${emulatorOrigin}`,
    "img-src data:",
    "base-uri 'none'",
  ].join("; ");
  const shopPage = html`<!doctype html>
    <html lang="ko">
      <head>
        <meta charset="utf-8" />
        <title>가게</title>
        <link rel="icon" href="data:," />
        <script type="module" src="/shop.js"></script>
      </head>
      <body>
        <h1>구독 상점</h1>
        <button type="button">계좌 등록하기</button>
      </body>
    </html>`;
  return new Hono()
    .get("/", (context) => context.html(shopPage, 200, { "Content-Security-Policy": policy }))
    .get("/shop.js", (context) => context.body(shopScript, 200, javascript))
    .get("/standard-sdk.js", (context) => context.body(standardSdk, 200, javascript))
    .get("/legacy-sdk.js", (context) => context.body(legacySdk, 200, javascript))
    .get("/success", (context) => context.html("<h1>success</h1>"))
    .get("/fail", (context) => context.html("<h1>fail</h1>"));
}
