/** Where LINE Pay is. Production and sandbox are two hosts, and credentials do not tell them apart. */
import { readOrigin } from "../address.ts";
import { GatewayError } from "../gateway-error.ts";

/** `test` is the sandbox, or an emulator; `live` takes money. */
export type LinePayMode = "test" | "live";

/** LINE Pay Online API v3, "Overview" (read 2026-11). */
export const linePayApiHosts: Readonly<Record<LinePayMode, string>> = {
  test: "https://sandbox-api-pay.line.me",
  live: "https://api-pay.line.me",
};

/**
 * Reads the API's host, and refuses the one of the other mode: production takes sandbox credentials
 * without complaint and answers look-ups with "not found" (seen by an implementer, 2026), and a
 * sandbox merchant that calls it takes real money.
 *
 * @param text Undefined: LINE Pay's own host of the mode.
 * @returns The origin, without a slash at its end.
 * @throws {GatewayError} `configuration`.
 */
export function readLinePayHost(mode: LinePayMode, text: string | undefined): string {
  const right = linePayApiHosts[mode];
  const setting = { provider: "line_pay", name: "apiHost", example: right };
  const origin = readOrigin(setting, text ?? right);
  const other = mode === "live" ? "test" : "live";
  if (new URL(origin).hostname === new URL(linePayApiHosts[other]).hostname) {
    const kind = other === "live" ? "production" : "the sandbox";
    throw new GatewayError(
      `apiHost is ${kind} and this connection is in ${mode} mode: use ${right}, or change the mode.`,
      { provider: "line_pay", failure: "configuration" },
    );
  }
  return origin;
}
