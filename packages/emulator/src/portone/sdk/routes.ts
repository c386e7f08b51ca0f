/** The browser scripts of the PortOne port, readable across origins. */
import { Hono, type Context } from "hono";
import { scriptHeaders } from "../../windows/browser-script.ts";
import { iamportScript } from "./iamport-script.ts";

/**
 * Routes `/v1/iamport.js` and `/js/iamport.payment-{version}.js`. They need nothing from outside:
 * the script learns the host of the emulator from its own address.
 */
export function portOneSdk(): Hono {
  const script = (context: Context) => context.body(iamportScript, 200, scriptHeaders);
  return new Hono()
    .get("/v1/iamport.js", script)
    .get("/js/:file{iamport\\.payment(-\\d+\\.\\d+\\.\\d+)?\\.js}", script);
}
