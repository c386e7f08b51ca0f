/** Giving out access tokens. */
import { z } from "zod";
import { optionalText, parse, type PortOneAnswer } from "./call.ts";
import { texts, unauthorized } from "./refusals.ts";
import type { Members } from "./request.ts";
import type { PortOneState } from "./state.ts";

const getTokenSchema = z.object({ imp_key: optionalText, imp_secret: optionalText });

/** POST /users/getToken, the one call without a token. */
export function getToken(state: PortOneState, body: Members): PortOneAnswer {
  const { imp_key: apiKey, imp_secret: apiSecret } = parse(getTokenSchema, body);
  const merchant = state.findMerchantByApiKey(apiKey ?? "");
  if (merchant === undefined || merchant.apiSecret !== apiSecret) {
    throw unauthorized(texts.wrongCredentials);
  }
  const { accessToken, expiresAtSeconds } = state.issueToken(merchant);
  const now = Math.floor(state.clock.nowMs() / 1000);
  return { response: { access_token: accessToken, now, expired_at: expiresAtSeconds } };
}
