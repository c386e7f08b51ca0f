import type { Exchange } from "../exchange.ts";
import { classifyLinePayAnswer, linePayFailure } from "./failures.ts";
import { checkTransactionId } from "./limits.ts";
import type { LinePayVerdict } from "./return-codes.ts";
import type { LinePayTransport } from "./transport.ts";

export interface RequestState {
  /**
   * `waiting` for the customer; `approved`: confirm now; `over`: canceled, failed or timed out;
   * `paid`: confirmed; `no_such_request`: LINE Pay has none (any more), which alone does not tell
   * whether it was paid before.
   */
  readonly state: "waiting" | "approved" | "over" | "paid" | "no_such_request";
  readonly exchange: Exchange;
}

/**
 * Where the customer stands in a window. Ask once a second at most.
 *
 * @throws {GatewayError} `outcome_unknown`, whatever went wrong: nothing is known of the window.
 * @see LINE Pay Online API v3, "Check payment status" (read 2026-11). Unverified: how long a window
 *   that is over stays known; an unknown one was seen to be 1159 (sandbox, 2026).
 */
export async function checkRequest(
  transport: LinePayTransport,
  transactionId: string,
): Promise<RequestState> {
  checkTransactionId("check_request", transactionId);
  const answer = await transport.send({
    operation: "check_request",
    method: "GET",
    path: ["requests", transactionId, "check"],
  });
  const state = classifyLinePayAnswer(answer);
  if (!isState(state)) throw linePayFailure(answer);
  return { state, exchange: answer.exchange };
}

function isState(verdict: LinePayVerdict): verdict is RequestState["state"] {
  return ["waiting", "approved", "over", "paid", "no_such_request"].includes(verdict);
}
