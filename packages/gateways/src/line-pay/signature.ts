/** The signature that authenticates every call to LINE Pay. */
import { createHmac } from "node:crypto";

export interface SignedMessage {
  /** As issued, used as text: not to be decoded from hexadecimal. */
  readonly channelSecret: string;
  /** From `/v3/…` on, percent-encoded as sent, without host and query. */
  readonly path: string;
  /** The body of a POST or the query of a GET without its `?`, byte for byte as sent. */
  readonly payload: string;
  readonly nonce: string;
}

/**
 * Base64 of HMAC-SHA256 over secret, path, payload and nonce, keyed with the same secret.
 *
 * @see LINE Pay Online API v3, "Prerequisites", API authentication (read 2026-11).
 */
export function linePaySignature({ channelSecret, path, payload, nonce }: SignedMessage): string {
  return createHmac("sha256", channelSecret)
    .update(`${channelSecret}${path}${payload}${nonce}`, "utf8")
    .digest("base64");
}
