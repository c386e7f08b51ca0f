/**
 * Deleting a billing key. Answers 200 with an empty body; what a second deletion answers was never
 * measured and is a switch.
 *
 * Toss Payments core API 2022-11-16, "빌링키 삭제" (read 2026-11).
 */
import type { TossCall } from "./call.ts";
import { refused } from "./refusals.ts";

/** DELETE /v1/billing/{billingKey} */
export function deleteBillingKey({ state, merchant, parameter }: TossCall): undefined {
  const key = state.billingKeys.get(parameter);
  if (key === undefined || key.merchantId !== merchant.merchantId) {
    throw refused("NOT_FOUND_BILLING");
  }
  if (state.removeBillingKey(parameter, "API를 통한 삭제")) return undefined;
  const { repeatDelete } = state.switches();
  if (repeatDelete === "200") return undefined;
  throw refused(repeatDelete);
}
