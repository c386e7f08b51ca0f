/**
 * Signed token: a small, expiring claim that we made ourselves and can check without a database, for
 * links to hosted pages and for operators' cookies. Signed, not encrypted: whoever holds it can read
 * it, so no secret goes in. It cannot be taken back before it expires; what must be revocable names a
 * row in its payload.
 *
 *   base64url(JSON of { expiresAtMs, payload }) "." base64url(HMAC-SHA-256)
 *
 * The signing key is derived per purpose, so a page link is never taken for an operator's cookie.
 */
import { timingSafeEqual } from "node:crypto";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { deriveKey, keyedHash } from "./derived-key.ts";
import type { Secret } from "./secret.ts";

export interface TokenKey {
  /** At least 32 random bytes, such as a master key's. */
  readonly key: Secret<Uint8Array>;
  /** What the tokens are for, in fixed words: `hosted page`, `operator session`. */
  readonly purpose: string;
}

export type TokenReading =
  | {
      readonly kind: "valid";
      /** As JSON gave it back: parse it with a schema. */
      readonly payload: unknown;
      readonly expiresAt: Temporal.Instant;
    }
  /** Ours, but its time is over: offer a new link. */
  | { readonly kind: "expired"; readonly expiresAt: Temporal.Instant }
  /** Not signed with this key for this purpose, changed, or no token at all. */
  | { readonly kind: "invalid" };

/** Cookies and links hold about 4 KB; nothing longer is even hashed. */
const maximumLength = 4_000;

const bodySchema = z.object({ expiresAtMs: z.int(), payload: z.unknown() });

/**
 * @param payload JSON; keep it small.
 * @param expiresAt The first moment at which the token no longer counts; kept in milliseconds.
 * @throws {RangeError} when the token would be too long for a link or a cookie.
 */
export function signToken(
  tokenKey: TokenKey,
  payload: unknown,
  expiresAt: Temporal.Instant,
): string {
  const json = JSON.stringify({ expiresAtMs: expiresAt.epochMilliseconds, payload });
  const body = Buffer.from(json, "utf8").toString("base64url");
  const token = `${body}.${signature(tokenKey, body)}`;
  if (token.length > maximumLength) {
    throw new RangeError(
      `The token has ${token.length} characters, more than ${maximumLength}: put an id into its payload, not the thing`,
    );
  }
  return token;
}

/** Reads a token as it came back. Never throws, whatever the text. */
export function readToken(tokenKey: TokenKey, text: string, now: Temporal.Instant): TokenReading {
  if (text.length > maximumLength) return { kind: "invalid" };
  const [body, given, ...rest] = text.split(".");
  if (body === undefined || given === undefined || rest.length > 0) return { kind: "invalid" };
  // Texts are compared, not the bytes they decode to: base64url spells the same bytes in many ways.
  if (!isSameText(signature(tokenKey, body), given)) return { kind: "invalid" };

  const json: unknown = JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
  const read = bodySchema.safeParse(json);
  if (!read.success) return { kind: "invalid" }; // Signed by another version of Maedal.
  const { expiresAtMs, payload } = read.data;
  const expiresAt = Temporal.Instant.fromEpochMilliseconds(expiresAtMs);
  if (Temporal.Instant.compare(now, expiresAt) >= 0) return { kind: "expired", expiresAt };
  return { kind: "valid", payload, expiresAt };
}

function signature({ key, purpose }: TokenKey, body: string): string {
  const signingKey = deriveKey(key, `token ${purpose}`);
  return Buffer.from(keyedHash(signingKey, body)).toString("base64url");
}

function isSameText(expected: string, given: string): boolean {
  const a = Buffer.from(expected, "utf8");
  const b = Buffer.from(given, "utf8");
  return a.length === b.length && timingSafeEqual(a, b);
}
