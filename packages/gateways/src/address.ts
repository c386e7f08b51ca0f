/** Addresses from the configuration, and the rule that keys travel unencrypted on this machine only. */
import { GatewayError } from "./gateway-error.ts";

/** Which setting of which provider an address is, for the message that names the fix. */
export interface AddressSetting {
  readonly provider: string;
  readonly name: string;
  /** A right one, such as `https://api.tosspayments.com`. */
  readonly example: string;
}

/**
 * Reads an API's host, such as `https://api.tosspayments.com` or an emulator's
 * `http://127.0.0.1:4011`.
 *
 * @returns The origin, without a slash at its end.
 * @throws {GatewayError} `configuration`.
 */
export function readOrigin(setting: AddressSetting, text: string): string {
  const url = readUrl(setting, text);
  if (url.pathname !== "/" || url.search !== "") {
    throw wrong(setting, "is more than a host: leave out the path and everything after it.");
  }
  return url.origin;
}

/** @throws {GatewayError} `configuration` unless it is `https://`, or `http://` on this machine. */
export function readUrl(setting: AddressSetting, text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw wrong(setting, `is not a URL: write it out, such as ${setting.example}.`);
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw wrong(setting, "carries a user name, a password or a fragment: leave those out.");
  }
  if (!isEncryptedOrLocal(url)) {
    throw wrong(
      setting,
      "must begin with https://; http:// is for an emulator on this machine only.",
    );
  }
  return url;
}

export function isEncryptedOrLocal(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

function wrong({ provider, name }: AddressSetting, problem: string): GatewayError {
  return new GatewayError(`${name} ${problem}`, { provider, failure: "configuration" });
}

/**
 * Whether a key or an id can be one segment of a path: it is not empty, not made of dots, which would
 * lead elsewhere, and without half a character pair, which cannot be encoded.
 */
export function isPathSegment(text: string): boolean {
  return !/^\.{0,2}$/.test(text) && text.isWellFormed();
}
