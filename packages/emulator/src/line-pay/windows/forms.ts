/**
 * What people type into the LINE Pay pages. Every form has a schema whose error messages are keys
 * of texts.ts. Spaces and hyphens in numbers are taken out.
 */
import { z } from "zod";
import type { Card } from "../records.ts";
import { isTextKey, type TextKey } from "./texts.ts";

/** Field name to what was typed, as it is shown again after a mistake. */
export type Typed = Readonly<Record<string, string>>;
/** Field name to the text that explains the mistake. */
export type Mistakes = Readonly<Record<string, TextKey>>;

type Submission<T> =
  | { readonly ok: true; readonly data: T; readonly typed: Typed }
  | { readonly ok: false; readonly mistakes: Mistakes; readonly typed: Typed };

const text = (mistake: TextKey) => z.string(mistake).trim();

/** Digits of a number that people write with spaces or hyphens. */
function digits(pattern: RegExp, mistake: TextKey) {
  return text(mistake)
    .transform((typed) => typed.replaceAll(/[\s-]/g, ""))
    .pipe(z.string().regex(pattern, mistake));
}

export const logInForm = z.object({
  identity: text("identityUnknown").max(200, "identityUnknown" satisfies TextKey),
});

export const methodForm = z.object({
  method: z.string("chooseMethod" satisfies TextKey).min(1, "chooseMethod" satisfies TextKey),
});

export const automaticMethodForm = methodForm.extend({
  agreeAutomatic: z.literal("on", "mustAgree" satisfies TextKey),
});

/** The password that plays a wrong one. */
const wrongPassword = "000000";

export const passwordForm = z.object({
  password: text("passwordInvalid")
    .regex(/^\d{6}$/, "passwordInvalid" satisfies TextKey)
    .refine((password) => password !== wrongPassword, "passwordWrong" satisfies TextKey),
});

/** Prefix of a card number to its brand, as LINE Pay writes it. The first that fits counts. */
const brandPrefixes = [
  ["34", "AMEX"],
  ["37", "AMEX"],
  ["35", "JCB"],
  ["36", "DINERS"],
  ["38", "DINERS"],
  ["2", "MASTER"],
  ["5", "MASTER"],
  ["4", "VISA"],
] as const;

function brandOf(number: string): Card["brand"] | undefined {
  return brandPrefixes.find(([prefix]) => number.startsWith(prefix))?.[1];
}

/** Of a card's number no more than its last four digits leaves the form. */
export const cardForm = z.object({
  number: digits(/^\d{14,16}$/, "cardNumberInvalid").transform((number, context) => {
    const brand = brandOf(number);
    if (brand !== undefined) return { brand, last4: number.slice(-4) };
    context.addIssue({ code: "custom", message: "cardNumberInvalid" satisfies TextKey });
    return z.NEVER;
  }),
  nickname: text("cardNicknameInvalid")
    .max(40, "cardNicknameInvalid" satisfies TextKey)
    .default(""),
});

/** What "fill in an example" puts into the card form. */
export const sampleCard = { number: "4111 1111 1111 4242", nickname: "Everyday" } satisfies Typed;

/** Empty: payments with the card are accepted again. */
export const declineCodeForm = z.object({
  cardId: text("methodGone"),
  declineCode: text("declineCodeInvalid").regex(
    /^([1-9]\d{3})?$/,
    "declineCodeInvalid" satisfies TextKey,
  ),
});

/** Reads a form's body. Files and unknown fields are left out; nothing typed is lost. */
export function readForm<T>(
  schema: z.ZodType<T>,
  body: Readonly<Record<string, unknown>>,
): Submission<T> {
  const texts = Object.entries(body).filter((field): field is [string, string] => {
    return typeof field[1] === "string";
  });
  const typed = Object.fromEntries(texts);
  const parsed = schema.safeParse(typed);
  if (parsed.success) return { ok: true, data: parsed.data, typed };
  return { ok: false, mistakes: mistakesOf(parsed.error), typed };
}

/** The first mistake of each field. */
function mistakesOf(error: z.ZodError): Mistakes {
  const mistakes: Record<string, TextKey> = {};
  for (const { path, message } of error.issues) {
    mistakes[String(path[0])] ??= isTextKey(message) ? message : "unknownLead";
  }
  return mistakes;
}
