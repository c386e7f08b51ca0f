/**
 * Import row: one line of a merchant's file, which says who pays, with which billing key, and, where
 * there is a subscription, for which plan and from which day on.
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { isKnownZone } from "../calendar/billing-period.ts";
import { newCustomerSchema } from "../contract/customers.ts";
import { idOf, textOf } from "../contract/values.ts";
import type { Refusal } from "./refusal.ts";

/** Columns that a file may have. The first two it must have. */
export const importColumns = [
  "customer_uid",
  "external_id",
  "name",
  "email",
  "phone",
  "locale",
  "zone",
  "plan_id",
  "next_charge_on",
  "charge_time",
  "anchor_day",
] as const;

export type ImportColumn = (typeof importColumns)[number];

export const requiredColumns: readonly ImportColumn[] = ["customer_uid", "external_id"];

/** A line of the file by column; an empty field is left out. */
export interface FileRow {
  /** Of the file, from 1: the header is line 1. */
  readonly line: number;
  readonly fields: Readonly<Partial<Record<ImportColumn, string>>>;
  /** What is wrong with the line as a whole. */
  readonly problem?: string | undefined;
}

/** A detail of the customer that the file may tell. */
export type CustomerDetail = "name" | "email" | "phone" | "locale" | "zone";

export interface ImportRow {
  readonly line: number;
  /** The merchant's own name for the key. A secret. */
  readonly keyName: string;
  readonly externalId: string;
  /** What the file says of the customer; undefined: nothing. */
  readonly details: Readonly<Record<CustomerDetail, string | undefined>>;
  /** Undefined: customer and key only. */
  readonly subscription: WantedSubscription | undefined;
}

export interface WantedSubscription {
  readonly planId: string;
  /** In the customer's zone. */
  readonly nextChargeOn: Temporal.PlainDate;
  /** Local time in the customer's zone; undefined: the usual one. */
  readonly chargeTime: Temporal.PlainTime | undefined;
  /** Day of the month, 1 to 31, that the cycle is counted from; undefined: that of `nextChargeOn`. */
  readonly anchorDay: number | undefined;
}

const { externalId, name, email, phone, locale, zone } = newCustomerSchema.shape;
const date = "must be a date, such as 2027-02-28";
const day = "must be a day of the month, 1 to 31";

const rowSchema = z
  .object({
    customer_uid: textOf(200),
    external_id: externalId.unwrap(),
    name,
    email,
    phone,
    locale: locale.unwrap().optional(),
    zone: zone
      .unwrap()
      .refine(isKnownZone, "must be an IANA time zone, such as Asia/Seoul")
      .optional(),
    plan_id: idOf("plan").optional(),
    next_charge_on: z.iso
      .date(date)
      .refine((text) => text >= "1970" && text < "3000", date)
      .transform((text) => Temporal.PlainDate.from(text))
      .optional(),
    charge_time: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day, such as 10:00")
      .transform((text) => Temporal.PlainTime.from(text))
      .optional(),
    anchor_day: z
      .string()
      .regex(/^([1-9]|[12]\d|3[01])$/, day)
      .transform(Number)
      .optional(),
  })
  .superRefine((row, context) => {
    const add = (column: ImportColumn, message: string) =>
      context.addIssue({ code: "custom", path: [column], message });
    if (row.plan_id !== undefined && row.next_charge_on === undefined) {
      add("next_charge_on", "must be there, because there is a plan_id");
    }
    if (row.plan_id !== undefined) return;
    for (const column of ["next_charge_on", "charge_time", "anchor_day"] as const) {
      if (row[column] !== undefined) add(column, "must not be there without a plan_id");
    }
  });

/** Reads what a line says. */
export function readRow({ line, fields, problem }: FileRow): ImportRow | Refusal {
  if (problem !== undefined) return { code: "bad_row", message: problem };
  const parsed = rowSchema.safeParse(fields);
  if (!parsed.success) return { code: "bad_row", message: sentenceOf(parsed.error, fields) };
  const row = parsed.data;
  return {
    line,
    keyName: row.customer_uid,
    externalId: row.external_id,
    details: {
      name: row.name,
      email: row.email,
      phone: row.phone,
      locale: row.locale,
      zone: row.zone,
    },
    subscription: subscriptionOf(row),
  };
}

function subscriptionOf(row: z.output<typeof rowSchema>): WantedSubscription | undefined {
  const { plan_id: planId, next_charge_on: nextChargeOn } = row;
  if (planId === undefined || nextChargeOn === undefined) return undefined;
  return { planId, nextChargeOn, chargeTime: row.charge_time, anchorDay: row.anchor_day };
}

/** Each column once, with what it must be. */
function sentenceOf(error: z.ZodError, fields: FileRow["fields"]): string {
  const messages = new Map<string, string>();
  for (const { path, message } of error.issues) {
    const column = String(path[0]) as ImportColumn;
    const text = fields[column] === undefined && !message.startsWith("must") ? absent : message;
    if (!messages.has(column)) messages.set(column, text);
  }
  const mends = [...messages].map(([column, message]) => `${column} ${message}`);
  return `Mend this row: ${mends.join("; ")}.`;
}

const absent = "must not be empty";
