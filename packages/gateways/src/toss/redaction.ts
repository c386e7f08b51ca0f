/**
 * Redaction: what of a call to Toss Payments may be kept as evidence. Members that hold a secret or
 * personal data are replaced by name, wherever they are nested; the secrets themselves are replaced
 * wherever they turn up in any other text, such as a message that quotes the billing key.
 */

const labels: Readonly<Record<string, string>> = {
  authkey: "[auth key]",
  authorization: "[authorization]",
  billingkey: "[billing key]",
  cardexpirationmonth: "[card expiry]",
  cardexpirationyear: "[card expiry]",
  cardpassword: "[card password]",
  customeremail: "[email]",
  customeridentitynumber: "[identity number]",
  customerkey: "[customer key]",
  customermobilephone: "[phone number]",
  customername: "[name]",
  depositorname: "[name]",
  holdername: "[name]",
  number: "[card number]",
  secret: "[secret]",
  secretkey: "[secret key]",
};

/** `bankAccountNumber`, `accountNumber` and `cardNumber` end the same way, masked or not. */
function labelOf(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (lower.endsWith("accountnumber")) return "[account number]";
  if (lower.endsWith("cardnumber")) return "[card number]";
  return Object.hasOwn(labels, lower) ? labels[lower] : undefined;
}

/** Replaces texts that must not be seen. */
export interface Redactor {
  text(text: string): string;
  /** A parsed JSON value, copied with its secret members replaced. `null` stays `null`. */
  json(value: unknown): unknown;
}

/**
 * @param secrets Pairs of a secret and its label; empty secrets are left out.
 */
export function createRedactor(secrets: Iterable<readonly [string, string]>): Redactor {
  // Longest first, so that a secret that contains another is replaced as a whole.
  const replacements = [...secrets]
    .filter(([secret]) => secret !== "")
    .flatMap(([secret, label]) => spellings(secret).map((spelling) => [spelling, label] as const))
    .sort(([a], [b]) => b.length - a.length);

  const text = (plain: string): string =>
    replacements.reduce((kept, [secret, label]) => kept.replaceAll(secret, label), plain);

  const json = (value: unknown): unknown => {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(json);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        const label = member === null ? undefined : labelOf(name);
        return [text(name), label ?? json(member)];
      }),
    );
  };
  return { text, json };
}

/** As it is, and as it looks in a URL. An answer may hold half a surrogate pair: not encodable. */
function spellings(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret.replaceAll(/\p{Cs}/gu, "\uFFFD"));
  return encoded === secret ? [secret] : [secret, encoded];
}

/** The secret texts in a JSON value, by the names of their members, to be replaced elsewhere too. */
export function secretsIn(value: unknown): readonly (readonly [string, string])[] {
  if (Array.isArray(value)) return value.flatMap(secretsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const label = labelOf(name);
    if (label !== undefined && typeof member === "string") return [[member, label] as const];
    return secretsIn(member);
  });
}
