/**
 * What people type into the windows. Every form has a schema whose error messages are keys of
 * texts.ts, and an example that fills it in. Spaces and hyphens in numbers are taken out.
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
import { bankNames } from "../institutions.ts";
import { cardOwners } from "./sessions.ts";
import { isTextKey, type TextKey } from "./texts.ts";

/** Field name to the text that explains the mistake. */
export type Mistakes = MistakesIn<TextKey>;
/** What a form shows. */
export type FormState = FormStateIn<TextKey>;

const agreed = z.literal("on", "mustAgree" satisfies TextKey);

const identity = {
  phone: digits(
    /^01[016789]\d{7,8}$/,
    "phoneInvalid" satisfies TextKey,
    "required" satisfies TextKey,
  ),
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
  number: digits(
    /^\d{10,14}$/,
    "accountNumberInvalid" satisfies TextKey,
    "required" satisfies TextKey,
  ),
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
    number: digits(
      /^\d{14,20}$/,
      "cardNumberInvalid" satisfies TextKey,
      "required" satisfies TextKey,
    ),
    expiryMonth: required().regex(/^(0[1-9]|1[0-2])$/, "monthInvalid" satisfies TextKey),
    expiryYear: required().regex(/^\d{2}$/, "yearInvalid" satisfies TextKey),
    identityNumber: digits(
      /^(\d{6}|\d{10})$/,
      "identityNumberInvalid" satisfies TextKey,
      "required" satisfies TextKey,
    ),
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

/** Reads a form's body; its mistakes are keys of our texts. */
export function readForm<T>(schema: z.ZodType<T>, body: Readonly<Record<string, unknown>>) {
  return readTyped(schema, body, isTextKey);
}
