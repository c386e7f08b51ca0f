/**
 * What people type into the windows. Every form has a schema whose error messages are keys of
 * texts.ts, and an example that fills it in. Spaces and hyphens in numbers are taken out.
 */
import { z } from "zod";
import { bankNames } from "../institutions.ts";
import { cardOwners } from "./sessions.ts";
import { isTextKey, type TextKey } from "./texts.ts";

/** Field name to what was typed, as it is shown again after a mistake. */
export type Typed = Readonly<Record<string, string>>;
/** Field name to the text that explains the mistake. */
export type Mistakes = Readonly<Record<string, TextKey>>;

export type Submission<T> =
  | { readonly ok: true; readonly data: T; readonly typed: Typed }
  | { readonly ok: false; readonly mistakes: Mistakes; readonly typed: Typed };

const required = (mistake: TextKey = "required") => z.string(mistake).trim();
const agreed = z.literal("on", "mustAgree" satisfies TextKey);

/** Digits of a number that people write with spaces, dots or hyphens. */
function digits(pattern: RegExp, mistake: TextKey) {
  return required()
    .transform((text) => text.replaceAll(/[\s.-]/g, ""))
    .pipe(z.string().regex(pattern, mistake));
}

const identity = {
  phone: digits(/^01[016789]\d{7,8}$/, "phoneInvalid"),
  /** No message is sent in the test environment; the code is 000000 (Toss Payments docs, "자동결제"). */
  code: required().regex(/^000000$/, "codeInvalid" satisfies TextKey),
};

export const logInForm = z.object(identity);

export const signUpForm = z.object({
  name: required()
    .min(1, "nameInvalid" satisfies TextKey)
    .max(50, "nameInvalid" satisfies TextKey),
  ...identity,
  agreeService: agreed,
  agreePrivacy: agreed,
  agreeIdentity: agreed,
});

export const accountForm = z.object({
  bankCode: required().refine(
    (code) => Object.hasOwn(bankNames, code),
    "bankInvalid" satisfies TextKey,
  ),
  number: digits(/^\d{10,14}$/, "accountNumberInvalid"),
});

export const accountChoiceForm = z.object({
  accountId: z
    .string("accountChoiceInvalid" satisfies TextKey)
    .min(1, "accountChoiceInvalid" satisfies TextKey),
});

export const consentForm = z.object({ agreeRecurring: agreed });

export const cardForm = z
  .object({
    owner: z.enum(cardOwners, "cardTypeInvalid" satisfies TextKey),
    number: digits(/^\d{14,20}$/, "cardNumberInvalid"),
    expiryMonth: required().regex(/^(0[1-9]|1[0-2])$/, "monthInvalid" satisfies TextKey),
    expiryYear: required().regex(/^\d{2}$/, "yearInvalid" satisfies TextKey),
    identityNumber: digits(/^(\d{6}|\d{10})$/, "identityNumberInvalid"),
    passwordTwoDigits: required().regex(/^\d{2}$/, "passwordInvalid" satisfies TextKey),
    agreeCard: agreed,
    agreePrivacy: agreed,
  })
  .refine((card) => card.identityNumber.length === (card.owner === "PERSONAL" ? 6 : 10), {
    path: ["identityNumber"],
    message: "identityNumberInvalid" satisfies TextKey,
  });

export const failForm = z.object({ message: z.string().trim().max(200).optional() });

export const balanceForm = z.object({
  accountId: required(),
  balance: required()
    .transform((text) => text.replaceAll(/[\s,]/g, ""))
    .pipe(z.string().regex(/^\d{1,15}$/, "balanceInvalid" satisfies TextKey))
    .transform(Number),
});

export const withdrawForm = z.object({ confirm: agreed });

/** What "fill in an example" puts into each form. Ticks are left to the person. */
export const samples = {
  signUp: { name: "김매달", phone: "010-2345-6789", code: "000000" },
  logIn: { phone: "010-1234-5678", code: "000000" },
  account: { bankCode: "90", number: "3333-01-2345678" },
  card: {
    owner: "PERSONAL",
    number: "9410 0000 1234 5678",
    expiryMonth: "12",
    expiryYear: "31",
    identityNumber: "900101",
    passwordTwoDigits: "12",
  },
} as const satisfies Record<string, Typed>;

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
    mistakes[String(path[0])] ??= isTextKey(message) ? message : "required";
  }
  return mistakes;
}
