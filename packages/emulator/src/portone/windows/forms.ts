/**
 * What people type into the windows. Every form has a schema whose error messages are keys of
 * texts.ts. Spaces and hyphens in numbers are taken out.
 */
import { z } from "zod";
import type { FormState as FormStateIn } from "../../windows/form-parts.ts";
import {
  digits,
  readForm as readTyped,
  required,
  type Mistakes as MistakesIn,
  type Typed,
} from "../../windows/forms.ts";
import { bankNames, isCardNumber } from "../institutions.ts";
import { isTextKey, type TextKey } from "./texts.ts";

/** Field name to the text that explains the mistake. */
export type Mistakes = MistakesIn<TextKey>;
/** What a form shows. */
export type FormState = FormStateIn<TextKey>;

export const logInForm = z.object({
  phone: digits(/^01[016789]\d{7,8}$/, "phoneInvalid" satisfies TextKey),
});

export const meansForm = z.object({
  meansId: required("meansInvalid" satisfies TextKey).min(1, "meansInvalid" satisfies TextKey),
});

export const accountForm = z.object({
  bankCode: required("bankInvalid" satisfies TextKey).refine((code) => code in bankNames, {
    error: "bankInvalid" satisfies TextKey,
  }),
  number: digits(/^\d{10,14}$/, "accountNumberInvalid" satisfies TextKey),
});

const card = {
  number: digits(/^\d{14,16}$/, "cardNumberInvalid" satisfies TextKey).refine(isCardNumber, {
    error: "cardNumberInvalid" satisfies TextKey,
  }),
  expiry: required("expiryInvalid" satisfies TextKey).regex(
    /^20\d\d-(0[1-9]|1[0-2])$/,
    "expiryInvalid" satisfies TextKey,
  ),
};

export const walletCardForm = z.object(card);

/** The card window asks for everything at once. */
export const cardWindowForm = z.object({
  ...card,
  birth: digits(/^(\d{6}|\d{10})$/, "birthInvalid" satisfies TextKey),
  passwordTwoDigits: required("twoDigitsInvalid" satisfies TextKey).regex(
    /^\d{2}$/,
    "twoDigitsInvalid" satisfies TextKey,
  ),
  agree: z.literal("on", "mustAgree" satisfies TextKey),
});

/** The password that plays a wrong one. */
const wrongPassword = "000000";

export const consentForm = z.object({
  agree: z.literal("on", "mustAgree" satisfies TextKey),
  password: required("passwordInvalid" satisfies TextKey)
    .regex(/^\d{6}$/, "passwordInvalid" satisfies TextKey)
    .refine((typed) => typed !== wrongPassword, { error: "passwordWrong" satisfies TextKey }),
});

export const failForm = z.object({ message: z.string().trim().max(200).default("") });

export const balanceForm = z.object({
  meansId: required(),
  balance: digits(/^\d{1,15}$/, "amountInvalid" satisfies TextKey).transform(Number),
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

/** Reads a form's body; its mistakes are keys of our texts. */
export function readForm<T>(schema: z.ZodType<T>, body: Readonly<Record<string, unknown>>) {
  return readTyped(schema, body, isTextKey);
}
