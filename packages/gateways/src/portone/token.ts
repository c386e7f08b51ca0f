/**
 * The access token: shared by every call, and by every other server that has the same API key.
 *
 * PortOne V1, "V1 API 인증 방법" (read 2026-08): a token lives 30 minutes. Asked again while more than a
 * minute is left, PortOne hands back the same token with the same end; within the last minute the same
 * token with five minutes more; afterwards a new one. So nobody's token is ever invalidated by another
 * server, and asking early gains nothing.
 */

export interface IssuedToken {
  readonly token: string;
  /** By PortOne's own clock: its end minus its present time. */
  readonly lifeMs: number;
}

export interface TokenSource {
  /** A token with some life left; asks for one only when there is none, once for all who wait. */
  get(): Promise<string>;
  /** Drops a token that was refused; a newer one stays. */
  drop(token: string): void;
}

/** Inside the last minute, where PortOne prolongs the token, and long enough for a call to arrive. */
const renewalMs = 30_000;

/**
 * @param issue Asks PortOne for a token.
 * @param monotonicMs A clock that never goes back: the wall clocks of two machines may differ.
 */
export function createTokenSource(
  issue: () => Promise<IssuedToken>,
  monotonicMs: () => number,
): TokenSource {
  let held: { readonly token: string; readonly endsAtMs: number } | undefined;
  let asking: Promise<string> | undefined;

  async function ask(): Promise<string> {
    const askedAtMs = monotonicMs();
    const { token, lifeMs } = await issue();
    held = { token, endsAtMs: askedAtMs + lifeMs };
    return token;
  }

  return {
    async get() {
      if (held !== undefined && monotonicMs() < held.endsAtMs - renewalMs) return held.token;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return await asking;
    },
    drop(token) {
      if (held?.token === token) held = undefined;
    },
  };
}
