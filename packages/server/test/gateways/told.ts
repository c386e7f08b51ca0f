/**
 * `expect(answer).toTell(expected)`: whole values, as `toEqual` compares them, except that an answer
 * may leave out what `ifTold` marks. An asymmetric matcher cannot say this: `toEqual` does not ask
 * it about `undefined`.
 */
import { expect } from "vitest";

class IfTold {
  readonly expected: unknown;

  constructor(expected: unknown) {
    this.expected = expected;
  }
}

/** What not every provider's answer tells: this, or nothing. */
export function ifTold(expected: unknown): unknown {
  return new IfTold(expected);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && value.constructor === Object;
}

/** What is expected of this answer, now that it is known what it leaves out. */
function expectedOf(expected: unknown, answer: unknown): unknown {
  if (expected instanceof IfTold) {
    return answer === undefined ? undefined : expected.expected;
  }
  if (Array.isArray(expected)) {
    return expected.map((each, index) =>
      expectedOf(each, Array.isArray(answer) ? answer[index] : undefined),
    );
  }
  if (!isPlainObject(expected)) return expected;
  const members = isPlainObject(answer) ? answer : {};
  return Object.fromEntries(
    Object.entries(expected).map(([name, each]) => [name, expectedOf(each, members[name])]),
  );
}

expect.extend({
  toTell(answer: unknown, expected: unknown) {
    const wanted = expectedOf(expected, answer);
    return {
      pass: this.equals(answer, wanted),
      message: () => "The answer does not tell what was expected.",
      actual: answer,
      expected: wanted,
    };
  },
});

declare module "vitest" {
  interface Matchers {
    toTell(expected: unknown): void;
  }
}
