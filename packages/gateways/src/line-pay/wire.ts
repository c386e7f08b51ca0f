/**
 * What several answers of LINE Pay have in common. Unknown members and values pass: LINE Pay adds them
 * without a new version.
 */
import * as z from "zod";
import { answeredAmount } from "./amounts.ts";

/** Absent, `null` and another type are all: unknown. */
export const optionalText = z.string().nullish().catch(undefined);

/**
 * 19 digits as a bare JSON number, larger than a double carries: the transport keeps its digits as a
 * text. A shorter one arrives as a number and loses nothing.
 */
export const transactionId = z
  .union([z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative()])
  .transform(String);

/** How a payment was paid: one entry per source of money, points and discounts included. */
export const payInfo = z
  .array(
    z.looseObject({
      /** `CREDIT_CARD`, `BALANCE`, `POINT`; `DISCOUNT` in older manuals. */
      method: optionalText,
      amount: answeredAmount,
      creditCardNickname: optionalText,
      /** `VISA`, `MASTER`, `AMEX`, `DINERS`, `JCB`. */
      creditCardBrand: optionalText,
      /** `**** **** **** 1234`, in Taiwan by application only. */
      maskedCreditCardNumber: optionalText,
    }),
  )
  .nullish();

export type LinePayPayInfo = z.infer<typeof payInfo>;
