/** Where Toss Payments is, and the rule that keys travel unencrypted on this machine only. */
import { GatewayError } from "../gateway-error.ts";

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
  const url = readUrl("apiHost", text);
  if (url.pathname !== "/" || url.search !== "") {
    throw wrong("apiHost is more than a host: leave out the path and everything after it.");
  }
  return url.origin;
}

/** @throws {GatewayError} `configuration`. */
export function readSdkUrl(text: string): string {
  return readUrl("sdkUrl", text).href;
}

function readUrl(name: string, text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw wrong(`${name} is not a URL: write it out, such as ${tossApiHost}.`);
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw wrong(`${name} carries a user name, a password or a fragment: leave those out.`);
  }
  const isAllowed =
    url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  if (!isAllowed) {
    throw wrong(
      `${name} must begin with https://; http:// is for an emulator on this machine only.`,
    );
  }
  return url;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

function wrong(message: string): GatewayError {
  return new GatewayError(message, { provider: "toss", failure: "configuration" });
}
