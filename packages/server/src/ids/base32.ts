/**
 * Base32 in Crockford's alphabet: digits and letters without I, L, O and U, so that a number read
 * aloud or typed by hand keeps its meaning, and the order of the texts is the order of the numbers.
 * Fixed widths, lower case; order ids change the case themselves.
 */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** @throws {RangeError} when the value is negative or needs more than `width` characters. */
export function encodeBase32(value: bigint, width: number): string {
  if (value < 0n || value >= 1n << BigInt(5 * width)) {
    throw new RangeError(`The number does not fit into ${width} characters of base32`);
  }
  let text = "";
  for (let rest = value; text.length < width; rest >>= 5n) {
    text = alphabet.charAt(Number(rest & 31n)) + text;
  }
  return text;
}

/** Reads lower-case text; undefined when a character is not of the alphabet. */
export function decodeBase32(text: string): bigint | undefined {
  let value = 0n;
  for (const character of text) {
    const digit = alphabet.indexOf(character);
    if (digit === -1) return undefined;
    value = (value << 5n) | BigInt(digit);
  }
  return value;
}

/** The bytes as one number, the first byte the most significant. */
export function bytesToNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
