/**
 * Where the customer stands. 0000 is "still waiting", not a success.
 *
 * LINE Pay Online API v3, "Check payment status" (read 2026-11).
 */
import { getReservation, type LinePayAnswer, type LinePayCall } from "./call.ts";
import { refusal } from "./refusals.ts";
import { checkCode } from "./reservations.ts";

/** GET /v3/payments/requests/{transactionId}/check */
export function checkRequest(call: LinePayCall): LinePayAnswer {
  const code = checkCode(getReservation(call));
  return code === "0000" ? { code, message: "reserved transaction." } : refusal(code);
}
