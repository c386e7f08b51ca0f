/**
 * Expiring a key. A key that is gone already answers why.
 *
 * LINE Pay Online API v3, "Expire regKey" (read 2026-11).
 */
import { success, type LinePayAnswer, type LinePayCall } from "./call.ts";
import { getLivingKey } from "./charge.ts";

/** POST /v3/payments/preapprovedPay/{regKey}/expire */
export function expireKey(call: LinePayCall): LinePayAnswer {
  call.state.endKey(getLivingKey(call).regKey, "merchant");
  return success();
}
