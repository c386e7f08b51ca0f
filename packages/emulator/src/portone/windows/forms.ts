/**
 * What people type into the windows. Every form has a schema whose error messages are keys of
 * texts.ts. Spaces and hyphens in numbers are taken out.
 */
import { z } from "zod";
import { bankNames, isCardNumber } from "../institutions.ts";
import { isTextKey, type TextKey } from "./texts.ts";

/** Field name to what was typed, as it is shown again after a mistake. */
export type Typed = Readonly<Record<string, string>>;
/** Field name to the text that explains the mistake. */
export type Mistakes = Readonly<Record<string, TextKey>>;

type Submission<T> =
  | { readonly ok: true; readonly data: T; readonly typed: Typed }
  | { readonly ok: false; readonly mistakes: Mistakes; readonly typed: Typed };

const required = (mistake: TextKey = "required") => z.string(mistake).trim();

/** Digits of a number that people write with spaces, dots or hyphens. */
function digits(pattern: RegExp, mistake: TextKey) {
  return required(mistake)
    .transform((text) => text.replaceAll(/[\s.-]/g, ""))
    .pipe(z.string().regex(pattern, mistake));
}

export const logInForm = z.object({ phone: digits(/^01[016789]\d{7,8}$/, "phoneInvalid") });

export const meansForm = z.object({ meansId: required("meansInvalid").min(1, "meansInvalid") });

export const accountForm = z.object({
  bankCode: required("bankInvalid").refine((code) => code in bankNames, {
    error: "bankInvalid" satisfies TextKey,
  }),
  number: digits(/^\d{10,14}$/, "accountNumberInvalid"),
});

const card = {
  number: digits(/^\d{14,16}$/, "cardNumberInvalid").refine(isCardNumber, {
    error: "cardNumberInvalid" satisfies TextKey,
  }),
  expiry: required("expiryInvalid").regex(
    /^20\d\d-(0[1-9]|1[0-2])$/,
    "expiryInvalid" satisfies TextKey,
  ),
};

export const walletCardForm = z.object(card);

/** The card window asks for everything at once. */
export const cardWindowForm = z.object({
  ...card,
  birth: digits(/^(\d{6}|\d{10})$/, "birthInvalid"),
  passwordTwoDigits: required("twoDigitsInvalid").regex(
    /^\d{2}$/,
    "twoDigitsInvalid" satisfies TextKey,
  ),
  agree: z.literal("on", "mustAgree" satisfies TextKey),
});

/** The password that plays a wrong one. */
const wrongPassword = "000000";

export const consentForm = z.object({
  agree: z.literal("on", "mustAgree" satisfies TextKey),
  password: required("passwordInvalid")
    .regex(/^\d{6}$/, "passwordInvalid" satisfies TextKey)
    .refine((typed) => typed !== wrongPassword, { error: "passwordWrong" satisfies TextKey }),
});

export const failForm = z.object({ message: z.string().trim().max(200).default("") });

export const balanceForm = z.object({
  meansId: required(),
  balance: digits(/^\d{1,15}$/, "amountInvalid").transform(Number),
});

/** What "fill in an example" puts into a form. */
export const samples = {
  logIn: { phone: "010-1234-5678" },
  account: { bankCode: "004", number: "201602181111" },
  card: {
    number: "5365-1000-2000-3005",
    expiry: "2099-12",
    birth: "900101",
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
