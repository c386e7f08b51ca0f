/** Settings of a connection, checked before the first call. */
import { GatewayError } from "../gateway-error.ts";

/**
 * What is wrong with the credentials, as sentences that name the fix and never quote one. Only a call
 * tells whether they are known, and nothing in them tells test from live.
 */
export function credentialProblems(credentials: {
  readonly apiKey: string;
  readonly apiSecret: string;
}): readonly string[] {
  const named = { "API key": credentials.apiKey, "API secret": credentials.apiSecret };
  return Object.entries(named)
    .filter(([, value]) => !/^[\x21-\x7e]+$/.test(value))
    .map(
      ([name]) =>
        `The ${name} is empty or contains a space, a line break or a letter that is not ASCII: copy it again, in PortOne's console, API keys (V1).`,
    );
}

/** @throws {GatewayError} `configuration` when there is a problem. */
export function checkSettings(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new GatewayError(problems.join(" "), { provider: "portone", failure: "configuration" });
}
