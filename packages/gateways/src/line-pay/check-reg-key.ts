import type { KeyHealth } from "../gateway.ts";
import { classifyLinePayAnswer, linePayFailure, messageOf } from "./failures.ts";
import type { LinePayTransport } from "./transport.ts";

export interface RegKeyCheck {
  readonly regKey: string;
  /** Also authorizes the smallest amount on the card. Taiwan only, by arrangement with LINE Pay. */
  readonly creditCardAuth?: boolean | undefined;
}

/**
 * Asks whether a key can still be charged. Tells no expiry date; no call does.
 *
 * @throws {GatewayError} when the question got no clear answer: nothing is known of the key.
 * @see LINE Pay Online API v3, "Check regKey" (read 2026-11). Unverified: whether it counts as a use
 *   of the key.
 */
export async function checkRegKey(
  transport: LinePayTransport,
  { regKey, creditCardAuth }: RegKeyCheck,
): Promise<KeyHealth> {
  const answer = await transport.send({
    operation: "check_key",
    method: "GET",
    path: ["preapprovedPay", { secret: regKey, label: "[billing key]" }, "check"],
    ...(creditCardAuth === true ? { query: new URLSearchParams({ creditCardAuth: "true" }) } : {}),
  });
  const state = classifyLinePayAnswer(answer);
  if (state !== "usable" && state !== "blocked" && state !== "gone") throw linePayFailure(answer);
  const { code = "", exchange } = answer;
  return { state, code, message: messageOf(answer) ?? "", exchange };
}
