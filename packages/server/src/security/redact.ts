/**
 * Redactor: takes secrets out of whatever is about to be logged. The last line of defence, behind
 * the Secret type and the gateways' own redaction: it replaces what it knows by the member's name
 * (`billingKey`, `authorization`), by the value (registered credentials) and by its shape (bearer
 * tokens, our API keys, Toss' secret keys, card numbers). An unknown secret under an unknown name is
 * not found.
 *
 * Redacting an object makes a plain copy of it, fit for JSON; the original is never changed.
 */
import { Secret, secretPlaceholder } from "./secret.ts";

export interface Redactor {
  /**
   * From now on the value is replaced wherever it appears: as it is, percent-encoded, or as the user
   * of HTTP basic authentication. For long-lived credentials, not for each billing key.
   *
   * @returns a function that forgets the value again.
   * @throws {RangeError} when it is so short that ordinary text would be replaced.
   */
  register(secret: Secret): () => void;
  /** A copy of a log object, an error included, with every known secret replaced. */
  redact(value: unknown): unknown;
  redactText(text: string): string;
}

/** As they appear on the wire and in our code; case, `_` and `-` do not count. */
const secretMembers = [
  "accessToken",
  "accountNumber",
  "apiKey",
  "apiSecret",
  "authKey",
  "authorization",
  "billingKey",
  "cardNumber",
  "cardPassword",
  "channelSecret",
  "clientSecret",
  "cookie",
  "customerIdentityNumber",
  "customerKey",
  "customerUid",
  "databaseUrl",
  "dataKey",
  "impKey",
  "impSecret",
  "leaseToken",
  "masterKey",
  "password",
  "pwd2digit",
  "regKey",
  "secret",
  "secretKey",
  "setCookie",
  "signingSecret",
  "token",
  "webhookSecret",
  "xLineAuthorization",
] as const;

const minimumSecretLength = 8;
/** Log objects are shallow; what lies deeper is left out instead of followed without end. */
const maximumDepth = 10;

const plainName = (name: string) => name.replaceAll(/[^a-z0-9]/gi, "").toLowerCase();
const secretNames = new Set(secretMembers.map(plainName));

/** `billingKey` also matches `billing_key` and `billing-key`. */
const memberPattern = secretMembers
  .map((name) => name.replaceAll(/[A-Z0-9]/g, (letter) => `[_-]?${letter}`))
  .join("|");

const authorizationScheme = /\b(Bearer|Basic)\s+[\w+/=.~-]{8,}/gi;
/** A quoted value up to its closing quote, one inside escaped JSON, or a bare one. */
const anyValue = `(["'])(?:\\\\.|(?!\\3)[^\\\\])*|(\\\\+["'])[^"'\\\\]*|[^\\s"'\\\\&,;{}[\\]]+`;
/** `"billingKey":"…"`, `billing_key=…` and `customerKey: …`. */
const namedValue = new RegExp(
  `(?<![a-z0-9])(${memberPattern})(\\\\*["']?\\s*[:=]\\s*)(?:${anyValue})`,
  "gi",
);
/** Paths that carry a billing key: Toss Payments, LINE Pay v3, PortOne V1 (read 2026-11). */
const secretInPath =
  /(\/v1\/billing\/|\/preapprovedPay\/|\/subscribe\/customers\/)(?!authorizations\b)[^\s/?#"'\\]+/gi;
const ownApiKey = /\bmdl_(test|live)_[0-9a-z]{16,}/g;
/** `test_sk_…`, `live_gsk_…`. Toss Payments guide, "API 키" (read 2026-11). */
const tossSecretKey = /\b(test|live)_(g?sk)_[A-Za-z0-9]{8,}/g;
const passwordInUrl = /(\w:\/\/[^\s:/@]*):[^\s/@]+@/g;
/** 15 or 16 digits, in groups or not; LINE Pay's 19-digit transaction ids are longer. */
const cardDigits = /(?<![\w-])\d(?:[ -]?\d){14,15}(?![\w-])/g;

export function createRedactor(): Redactor {
  const spellings = new Map<Secret, readonly string[]>();

  function redactText(text: string): string {
    let clean = text;
    // The longest first: a secret that begins with another one must not leave its end behind.
    const longestFirst = [...spellings.values()].flat().sort((a, b) => b.length - a.length);
    for (const spelling of longestFirst) {
      clean = clean.replaceAll(spelling, secretPlaceholder);
    }
    return redactShapes(clean);
  }

  return {
    register(secret) {
      const value = secret.reveal();
      if (value.length < minimumSecretLength) {
        throw new RangeError(
          `A secret of ${value.length} characters is too short to be searched for: use at least ${minimumSecretLength}`,
        );
      }
      spellings.set(secret, spellingsOf(value));
      return () => void spellings.delete(secret);
    },
    redactText,
    redact: (value) => redactValue(value, redactText, []),
  };
}

function spellingsOf(value: string): readonly string[] {
  const basic = Buffer.from(`${value}:`, "utf8").toString("base64");
  return [...new Set([value, encodeURIComponent(value), basic])];
}

function redactShapes(text: string): string {
  return text
    .replaceAll(authorizationScheme, `$1 ${secretPlaceholder}`)
    .replaceAll(namedValue, `$1$2$3$4${secretPlaceholder}`)
    .replaceAll(secretInPath, `$1${secretPlaceholder}`)
    .replaceAll(ownApiKey, `mdl_$1_${secretPlaceholder}`)
    .replaceAll(tossSecretKey, `$1_$2_${secretPlaceholder}`)
    .replaceAll(passwordInUrl, `$1:${secretPlaceholder}@`)
    .replaceAll(cardDigits, (digits) => (isCardNumber(digits) ? "[card number]" : digits));
}

function redactValue(
  value: unknown,
  redactText: (text: string) => string,
  parents: readonly object[],
): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Secret) return secretPlaceholder;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (parents.includes(value)) return "[circular]";
  if (parents.length >= maximumDepth) return "[too deep]";

  const redactInner = (inner: unknown) => redactValue(inner, redactText, [...parents, value]);
  if (Array.isArray(value)) return value.map(redactInner);
  if (value instanceof Map) return redactInner(Object.fromEntries(value));
  if (value instanceof Set) return [...value].map(redactInner);
  // Instants, dates and URLs say themselves how they are written.
  if ("toJSON" in value && typeof value.toJSON === "function") return redactInner(value.toJSON());
  return Object.fromEntries(
    membersOf(value).map(([name, inner]) => [
      redactText(name),
      secretNames.has(plainName(name)) && inner !== undefined && inner !== null
        ? secretPlaceholder
        : redactInner(inner),
    ]),
  );
}

/** An error's name, message, stack and cause are not enumerable, yet they are what logs are for. */
function membersOf(value: object): readonly [string, unknown][] {
  const own = Object.entries(value);
  if (!(value instanceof Error)) return own;
  const { name, message, stack, cause } = value;
  const errors: unknown = value instanceof AggregateError ? value.errors : undefined;
  const hidden = Object.entries({ name, message, stack, cause, errors });
  return [...hidden.filter(([, member]) => member !== undefined), ...own];
}

/** The check digit of ISO/IEC 7812 (Luhn), so that most other long numbers stay readable. */
function isCardNumber(text: string): boolean {
  const digits = Array.from(text.replaceAll(/\D/g, ""), Number).toReversed();
  const sum = digits.reduce((total, digit, place) => {
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
