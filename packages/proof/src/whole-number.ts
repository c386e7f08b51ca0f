import { InvalidArgumentError } from "commander";

/** Reads a flag of a program. @throws {InvalidArgumentError} unless it is a whole number above 0. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("It must be a whole number above 0.");
  }
  return value;
}
