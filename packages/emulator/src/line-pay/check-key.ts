/**
 * Whether a key can be used, as LINE Pay sees it; with `creditCardAuth` also a card authorization of
 * the smallest amount, which needs a contract and exists in Taiwan only.
 *
 * LINE Pay Online API v3, "Check regKey status" (read 2026-11); 1190 for an unknown key as seen live
 * (2026), 1141 for a card that refuses from the v2 manual. Unverified: 2103 without the contract.
 */
import { success, type LinePayAnswer, type LinePayCall } from "./call.ts";
import { getLivingKey } from "./charge.ts";
import { refused } from "./refusals.ts";

/** GET /v3/payments/preapprovedPay/{regKey}/check */
export function checkKey(call: LinePayCall): LinePayAnswer {
  const { state, merchant, query } = call;
  const authorizes = query.get("creditCardAuth") === "true";
  if (authorizes && !(merchant.creditCardAuthContract && merchant.currency === "TWD")) {
    throw refused("2103", "Parameter is not allowed [creditCardAuth:true]");
  }
  const key = getLivingKey(call);
  const problem = state.methodProblem(key, 0, merchant.currency);
  const isCard = key.method !== "balance";
  const isOfPayer = problem === "1101" || problem === "1102" || problem === "1141";
  if (problem !== undefined && isOfPayer) throw refused(problem);
  if (problem !== undefined && isCard && authorizes) throw refused("1141");
  if (state.switches().checkRenewsKey) state.renewKey(key.regKey);
  return success();
}
