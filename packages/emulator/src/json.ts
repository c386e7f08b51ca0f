/**
 * JSON with exact long integers. LINE Pay sends its 19-digit ids as bare numbers, which a
 * JavaScript number cannot hold; here they travel as text that is written without quotes.
 */

/** `JSON` as the language has it; TypeScript's library does not know these members yet. */
interface ExactJson {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
}
const exactJson = JSON as unknown as ExactJson;

/** Something that `JSON.stringify` writes as a number of exactly these digits. */
export function bareNumber(digits: string): object {
  return exactJson.rawJSON(digits);
}

/** Parses JSON so that `JSON.stringify` writes every long integer back digit by digit. */
export function parseExactly(text: string): unknown {
  return exactJson.parse(text, (_, value, { source }) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) && source !== undefined
      ? exactJson.rawJSON(source)
      : value,
  );
}
