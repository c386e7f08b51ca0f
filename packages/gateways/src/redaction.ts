/**
 * Redaction: what of a call to a provider may be kept as evidence. Members that hold a secret or
 * personal data are replaced by name, wherever they are nested; the secrets themselves are replaced
 * wherever they turn up in any other text, such as a message that quotes the billing key.
 */

/** Replaces texts that must not be seen. */
export interface Redactor {
  text(text: string): string;
  /** A parsed JSON value, copied with its secret members replaced. `null` stays `null`. */
  json(value: unknown): unknown;
}

/** Pairs of a secret and the label that is shown instead. */
export type Secrets = readonly (readonly [secret: string, label: string])[];

/** A provider's redaction, made from the names of the members that nobody may see. */
export interface Redaction {
  /** @param secrets Empty ones are left out. */
  readonly createRedactor: (secrets: Secrets) => Redactor;
  /** The secret texts in a JSON value, by the names of their members, to be replaced elsewhere too. */
  readonly secretsIn: (value: unknown) => Secrets;
}

/** @param labelOf What is shown instead of a member of this name; undefined when it may be seen. */
export function redactionBy(labelOf: (name: string) => string | undefined): Redaction {
  const secretsIn = (value: unknown): Secrets => {
    if (Array.isArray(value)) return value.flatMap(secretsIn);
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, member]) => {
      const label = labelOf(name);
      if (label !== undefined && typeof member === "string") return [[member, label] as const];
      return secretsIn(member);
    });
  };
  return { createRedactor: (secrets) => redactor(secrets, labelOf), secretsIn };
}

function redactor(secrets: Secrets, labelOf: (name: string) => string | undefined): Redactor {
  // Longest first, so that a secret that contains another is replaced as a whole.
  const replacements = secrets
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
