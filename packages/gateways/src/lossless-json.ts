/**
 * JSON without silent rounding. A number that a double cannot carry to its last digit stays the text
 * that was sent: LINE Pay's 19-digit transaction ids end in other digits after `JSON.parse`.
 */

/** The text is not JSON. Says nothing of its content, which may hold a billing key. */
export class InvalidJsonError extends Error {
  override readonly name = "InvalidJsonError";
}

/** A double carries every decimal of up to 15 significant digits there and back. */
const exactDigits = 15;

/** No provider nests further; what reads an answer may therefore recurse. */
const maximumDepth = 100;

/** ECMAScript 2025, in Node since 21; the compiler's library for ES2023 does not know it yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

/**
 * Parses JSON. Numbers of 16 digits and more, and those outside the safe range, come back as
 * strings, digit for digit as sent; all others as numbers.
 *
 * @throws {InvalidJsonError} when the text is not JSON, or nested too deeply to be an answer.
 */
export function parseLosslessJson(text: string): unknown {
  let parsed: unknown;
  try {
    parsed = parseWithSource(text, (_name, value, { source }) =>
      typeof value === "number" && source !== undefined && !isExact(value, source) ? source : value,
    );
  } catch {
    // The engine's own message quotes the text, so it is not kept as a cause.
    throw new InvalidJsonError(`Not JSON: a text of ${text.length} characters`);
  }
  if (isDeeperThan(parsed, maximumDepth)) {
    throw new InvalidJsonError(`JSON nested more than ${maximumDepth} levels deep`);
  }
  return parsed;
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}

function isExact(value: number, source: string): boolean {
  const digits = source.replace(/e.*$/i, "").replaceAll(/\D/g, "");
  return digits.length <= exactDigits && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}
