/** Where PortOne V1 is. Test and live are one host with one set of credentials. */
import { readOrigin, readUrl, type AddressSetting } from "../address.ts";

/**
 * `test` expects test channels, `live` expects live ones. The identification code, the API key and
 * the API secret are the same for both: which one a payment went through is told by its `sandbox`
 * member, and for a channel by the account's list of channels.
 */
export type PortOneMode = "test" | "live";

/** PortOne V1 API schema (read 2026-08). */
export const portOneApiHost = "https://api.iamport.kr";

/** PortOne V1 JavaScript SDK (read 2026-08): needs no jQuery, leaves `IMP`. */
export const portOneSdkUrl = "https://cdn.iamport.kr/v1/iamport.js";

/**
 * Reads the API's host, such as `https://api.iamport.kr` or an emulator's `http://127.0.0.1:4012`.
 *
 * @returns The origin, without a slash at its end.
 * @throws {GatewayError} `configuration`.
 */
export function readApiHost(text: string): string {
  return readOrigin(setting("apiHost", portOneApiHost), text);
}

/** @throws {GatewayError} `configuration`. */
export function readSdkUrl(text: string): string {
  return readUrl(setting("sdkUrl", portOneSdkUrl), text).href;
}

function setting(name: string, example: string): AddressSetting {
  return { provider: "portone", name, example };
}
