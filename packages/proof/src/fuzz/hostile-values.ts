/**
 * Values that programs trip over: text that is no text, numbers at the edge of their types, dates
 * that do not exist, and structures that are too deep or too large.
 */
import type { Chance } from "../chance.ts";

const texts: readonly string[] = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "a\udc00b",
  "\udfff\ud800",
  "\ufeff",
  "\uffff",
  "\u202edrowssap",
  "\u200f\u05e9\u05dc\u05d5\u05dd",
  "𠮷野家🧾👨‍👩‍👧‍👦",
  "Z\u0351\u036b\u0343a\u0328l\u0345go",
  "ﬀ ı İ ß",
  "매달 ".trim(),
  "null",
  "undefined",
  "true",
  "NaN",
  "__proto__",
  "constructor",
  "toString",
  "' or 1=1 --",
  "\\",
  "%",
  "_",
  "%00",
  "%ff",
  "../../etc/passwd",
  "<script>alert(1)</script>",
  "{{7*7}}${7*7}",
  "a\r\nSet-Cookie: a=b",
  "=1+1",
  "0",
  "-1",
  "1e309",
  "9007199254740993",
  "0x10",
  "１２３",
  "+275760-09-13T00:00:00Z",
  "2026-02-30",
  "2026-12-31T23:59:60Z",
  "0000-00-00",
  "1969-12-31T23:59:59Z",
  "2999-12-31T23:59:59.999999999Z",
  "Asia/Seoul",
  "Etc/GMT+14",
  "+09:00",
  "http://127.0.0.1:1/",
  "http://169.254.169.254/latest",
  "javascript:alert(1)",
  "file:///etc/passwd",
  "https://user:password@example.com/",
];

const numbers: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.000_000_000_000_001,
  100,
  101,
  2 ** 31,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  -(2 ** 63),
  1e21,
  1e308,
  Number.MIN_VALUE,
];

export function hostileText(chance: Chance): string {
  if (chance.happens(0.1)) return chance.pick(texts).repeat(chance.between(2, 400)).slice(0, 4_000);
  if (chance.happens(0.1)) return randomText(chance, chance.between(1, 300));
  return chance.pick(texts);
}

function hostileNumber(chance: Chance): number {
  return chance.happens(0.2) ? chance.between(-1_000, 1_000_000) : chance.pick(numbers);
}

/** Any JSON value, small. */
export function hostileValue(chance: Chance): unknown {
  switch (chance.below(8)) {
    case 0:
      return null;
    case 1:
      return chance.happens(0.5);
    case 2:
      return hostileNumber(chance);
    case 3:
      return [];
    case 4:
      return {};
    case 5:
      return [hostileText(chance), hostileNumber(chance), null];
    case 6:
      return { [hostileText(chance)]: hostileText(chance), id: hostileNumber(chance) };
    default:
      return hostileText(chance);
  }
}

/** JSON that is too deep, too long, cut, or none at all. */
export function hostileDocument(chance: Chance): string {
  const depth = chance.pick([50, 1_000, 20_000]);
  return chance.pick([
    () => "[".repeat(depth) + "]".repeat(depth),
    () => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
    () => JSON.stringify(Object.fromEntries(manyMembers(chance.pick([100, 3_000])))),
    () => JSON.stringify({ name: "가".repeat(chance.pick([1_000, 21_000, 40_000])) }),
    () => `{"amount": 1${"0".repeat(chance.pick([20, 400, 5_000]))}}`,
    () => '{"name": "a", "name": "b", "__proto__": {"amount": 1}}',
    () => '{"name": "\\ud800", "phone": "\\u0000"}',
    () => "",
    () => "null",
    () => '"text"',
    () => "[]",
    () => "{",
    () => '{"a":1}{"b":2}',
    () => "\ufeff{}",
    () => "<xml/>",
    () => "NaN",
  ])();
}

function manyMembers(count: number): [string, number][] {
  return Array.from({ length: count }, (_, index) => [`m${index}`, index]);
}

function randomText(chance: Chance, length: number): string {
  const units = Array.from({ length }, () =>
    chance.pick([chance.below(128), chance.below(65_536)]),
  );
  return String.fromCharCode(...units);
}
