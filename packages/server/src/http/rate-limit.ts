/**
 * Rate limit: a token bucket per API key, in this process. It keeps a client that runs wild from
 * starving the others; it is no quota.
 */
import { createMiddleware } from "hono/factory";
import { AppError } from "../app-error.ts";
import type { Clock } from "../effects.ts";
import type { ApiEnv } from "./api.ts";

export interface RateLimit {
  /** Requests per second that may go on for ever. */
  readonly perSecond: number;
  /** Requests that may come at once after a pause. */
  readonly burst: number;
}

/** Only keys that passed authentication get a bucket, so there are as many as there are keys. */
export function limitRate({ burst, perSecond }: RateLimit, clock: Clock) {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return createMiddleware<ApiEnv>(async (c, next) => {
    const nowMs = clock.monotonicMs();
    const bucket = buckets.get(c.var.keyId) ?? { tokens: burst, atMs: nowMs };
    const refilled = bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * perSecond;
    const tokens = Math.min(burst, refilled);
    buckets.set(c.var.keyId, { tokens: tokens < 1 ? tokens : tokens - 1, atMs: nowMs });
    if (tokens < 1) {
      const seconds = Math.ceil((1 - tokens) / perSecond);
      const headers = { "retry-after": String(seconds) };
      throw new AppError("too_many_requests", `Wait ${seconds} s and send it again.`, { headers });
    }
    await next();
  });
}
