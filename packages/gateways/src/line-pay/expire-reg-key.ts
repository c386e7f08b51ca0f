import type { Exchange } from "../exchange.ts";
import { classifyLinePayAnswer, linePayFailure } from "./failures.ts";
import type { LinePayTransport } from "./transport.ts";

/**
 * Ends a key; LINE Pay wants that of keys that are charged no more. Safe to repeat: a key that is gone
 * already is a success.
 *
 * @throws {GatewayError} the key may still be charged.
 * @see LINE Pay Online API v3, "Expire regKey" (read 2026-11), which lists the codes that mean "expired
 *   before".
 */
export async function expireRegKey(
  transport: LinePayTransport,
  regKey: string,
): Promise<{ readonly exchange: Exchange }> {
  const answer = await transport.send({
    operation: "expire",
    method: "POST",
    path: ["preapprovedPay", { secret: regKey, label: "[billing key]" }, "expire"],
    body: {},
  });
  if (classifyLinePayAnswer(answer) !== "gone") throw linePayFailure(answer);
  return { exchange: answer.exchange };
}
