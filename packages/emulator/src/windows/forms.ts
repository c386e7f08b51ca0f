/** What people type into the windows of Toss and PortOne, and how it is read. */
import { z } from "zod";
import type { CommonKey } from "./texts.ts";

/** Field name to what was typed, as it is shown again after a mistake. */
export type Typed = Readonly<Record<string, string>>;
/** Field name to the text that explains the mistake. */
export type Mistakes<Key extends string> = Readonly<Record<string, Key | CommonKey>>;

type Submission<T, Key extends string> =
  | { readonly ok: true; readonly data: T; readonly typed: Typed }
  | { readonly ok: false; readonly mistakes: Mistakes<Key>; readonly typed: Typed };

/** A text field. `missing` is the key of what is said when it is not there. */
export function required(missing: string = "required" satisfies CommonKey) {
  return z.string(missing).trim();
}

/** Digits of a number that people write with spaces, dots or hyphens; keys as for `required`. */
export function digits(pattern: RegExp, mistake: string, missing = mistake) {
  return required(missing)
    .transform((text) => text.replaceAll(/[\s.-]/g, ""))
    .pipe(z.string().regex(pattern, mistake));
}

/**
 * Reads the body of a form whose schema names its errors by key. Files and unknown fields are left
 * out; nothing typed is lost.
 */
export function readForm<T, Key extends string>(
  schema: z.ZodType<T>,
  body: Readonly<Record<string, unknown>>,
  isTextKey: (text: string) => text is Key,
): Submission<T, Key> {
  const texts = Object.entries(body).filter((field): field is [string, string] => {
    return typeof field[1] === "string";
  });
  const typed = Object.fromEntries(texts);
  const parsed = schema.safeParse(typed);
  if (parsed.success) return { ok: true, data: parsed.data, typed };
  return { ok: false, mistakes: mistakesOf(parsed.error, isTextKey), typed };
}

/** The first mistake of each field. */
function mistakesOf<Key extends string>(
  error: z.ZodError,
  isTextKey: (text: string) => text is Key,
): Mistakes<Key> {
  const mistakes: Record<string, Key | CommonKey> = {};
  for (const { path, message } of error.issues) {
    mistakes[String(path[0])] ??= isTextKey(message) ? message : "required";
  }
  return mistakes;
}
