/**
 * Access tokens: one for each API key, shared by everybody who asks.
 *
 * PortOne, "V1 API 인증 방법" (read 2026-11): asked for again it is the same token with the same
 * expiry; in its last minute the same token for five minutes more; after that a new one.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Store } from "../store.ts";
import { tokenSchema, type AccessToken, type Merchant } from "./records.ts";
import { randomAccessToken } from "./tokens.ts";

const lifetimeSeconds = 30 * 60;
const lastSeconds = 60;
const extensionSeconds = 5 * 60;

export interface AccessTokens {
  /** The key's token as asked for now, possibly renewed. */
  issueToken(merchant: Merchant): AccessToken;
  /** The API key that a token is for; undefined when it is unknown or has expired. */
  apiKeyOf(accessToken: string): string | undefined;
}

export function createAccessTokens(store: Store, clock: EmulatorClock): AccessTokens {
  const tokens = store.table("portone.tokens", tokenSchema);
  const byText = tokens.index(({ accessToken }) => accessToken);
  const nowSeconds = () => Math.floor(clock.nowMs() / 1000);
  const isAlive = ({ expiresAtSeconds }: AccessToken) => expiresAtSeconds > nowSeconds();

  function fresh(apiKey: string): AccessToken {
    return {
      accessToken: randomAccessToken(),
      apiKey,
      expiresAtSeconds: nowSeconds() + lifetimeSeconds,
    };
  }

  function renewed(token: AccessToken): AccessToken {
    const isLastMinute = token.expiresAtSeconds - nowSeconds() < lastSeconds;
    if (!isLastMinute) return token;
    return { ...token, expiresAtSeconds: token.expiresAtSeconds + extensionSeconds };
  }

  return {
    issueToken({ apiKey }) {
      const known = tokens.get(apiKey);
      const token = known === undefined || !isAlive(known) ? fresh(apiKey) : renewed(known);
      if (token !== known) tokens.put(apiKey, token);
      return token;
    },
    apiKeyOf: (accessToken) => byText(accessToken).find(isAlive)?.apiKey,
  };
}
