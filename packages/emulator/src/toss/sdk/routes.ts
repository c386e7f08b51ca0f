/**
 * The browser scripts of the Toss port. A merchant's page on any other origin loads them by giving
 * the official loaders our `src`, so they are readable across origins and in isolated pages.
 */
import { Hono } from "hono";
import { scriptHeaders } from "../../windows/browser-script.ts";
import { legacyScript } from "./legacy-script.ts";
import { standardScript } from "./standard-script.ts";

/**
 * Routes `/v2/standard` and `/v1`. They need nothing from outside: the scripts learn the host of
 * the emulator from their own address.
 *
 * @see Toss Payments docs, "자동결제(빌링) 결제창 연동하기", script addresses (read 2026-11).
 */
export function tossSdk(): Hono {
  return new Hono()
    .get("/v2/standard", (context) => context.body(standardScript, 200, scriptHeaders))
    .get("/v1", (context) => context.body(legacyScript, 200, scriptHeaders));
}
