/** Where Toss Payments is. */
import { readOrigin, readUrl, type AddressSetting } from "../address.ts";

/** Toss Payments, "인증 및 기타 헤더 설정" (read 2026-11): one host, the key decides test or live. */
export const tossApiHost = "https://api.tosspayments.com";

/** Toss Payments SDK 2.8.1, `@tosspayments/tosspayments-sdk`: the script that it loads. */
export const tossSdkUrl = "https://js.tosspayments.com/v2/standard";

/**
 * Reads the API's host, such as `https://api.tosspayments.com` or an emulator's
 * `http://127.0.0.1:4011`.
 *
 * @returns The origin, without a slash at its end.
 * @throws {GatewayError} `configuration`.
 */
export function readApiHost(text: string): string {
  return readOrigin(setting("apiHost"), text);
}

/** @throws {GatewayError} `configuration`. */
export function readSdkUrl(text: string): string {
  return readUrl(setting("sdkUrl"), text).href;
}

function setting(name: string): AddressSetting {
  return { provider: "toss", name, example: tossApiHost };
}
