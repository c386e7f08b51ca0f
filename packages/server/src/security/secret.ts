/**
 * Secret: a value that cannot be printed by accident. Loggers, JSON, templates, `util.inspect` and
 * error messages all see `[secret]`; the one way in is `reveal()`, which is easy to search for and
 * easy to review. The value sits in a private field, so copying or cloning the object loses it.
 */
import { inspect } from "node:util";

/** What stands in place of every secret, in every output. */
export const secretPlaceholder = "[secret]";

export class Secret<T extends string | Uint8Array = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Never put it into an error, a log or an answer. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return secretPlaceholder;
  }

  toJSON(): string {
    return secretPlaceholder;
  }

  [Symbol.toPrimitive](): string {
    return secretPlaceholder;
  }

  [inspect.custom](): string {
    return secretPlaceholder;
  }
}
