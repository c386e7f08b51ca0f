/**
 * Webhooks of Toss Payments ("웹훅 이벤트", "웹훅 연동하기", read 2026-11). Billing events are not
 * signed: they are hints. A payment event is looked up; `BILLING_DELETED` cannot be, so it may
 * suspend a key that we hold and nothing more. No webhook is sent when a billing charge completes.
 */
import type { Temporal } from "temporal-polyfill";
import * as z from "zod";
import { parseLosslessJson } from "../lossless-json.ts";
import { readTossTime } from "./time.ts";

export interface TossWebhookDelivery {
  /** `whtrans_…`. Unverified: whether retries keep it, so deduplicate by content as well. */
  readonly transmissionId: string | undefined;
  /** 0 for the first try; at most 7 follow. */
  readonly retriedCount: number | undefined;
  readonly transmittedAt: Temporal.Instant | undefined;
}

export type TossWebhookEvent =
  | {
      readonly eventType: "BILLING_DELETED";
      readonly billingKey: string;
      /** Text for people; Unverified: its values. */
      readonly reason: string | undefined;
      readonly createdAt: Temporal.Instant | undefined;
    }
  | {
      readonly eventType: "PAYMENT_STATUS_CHANGED";
      readonly paymentKey: string;
      readonly orderId: string | undefined;
      readonly status: string | undefined;
      readonly createdAt: Temporal.Instant | undefined;
    }
  /** An event that says nothing about billing. */
  | { readonly eventType: "ignored"; readonly name: string };

export type TossWebhook = TossWebhookEvent & { readonly delivery: TossWebhookDelivery };

const text = z.string().nullish().catch(undefined);

const envelope = z.looseObject({
  eventType: z.string().min(1),
  createdAt: text,
  data: z.unknown().optional(),
});
/** The only event without an envelope. */
const depositCallback = z.looseObject({ secret: z.string(), transactionKey: z.string() });
/** Half a character pair could be neither asked for nor stored. */
const identifier = z
  .string()
  .min(1)
  .max(200)
  .refine((given) => given.isWellFormed());
const deletedKey = z.looseObject({ billingKey: identifier, reason: text });
const changedPayment = z.looseObject({
  paymentKey: identifier,
  orderId: text,
  status: text,
});

/**
 * Reads a webhook.
 *
 * @param body The bytes as received, as text.
 * @param headers Names in any case.
 * @returns "unreadable" when the body is no event of Toss Payments; answer 200 all the same only
 *   once it is stored.
 */
export function readTossWebhook(
  body: string,
  headers: Readonly<Record<string, string>>,
): TossWebhook | "unreadable" {
  const event = readEvent(parse(body));
  return event === "unreadable" ? event : { ...event, delivery: readDelivery(headers) };
}

function readEvent(value: unknown): TossWebhookEvent | "unreadable" {
  const { data: event } = envelope.safeParse(value);
  if (event === undefined) {
    return depositCallback.safeParse(value).success
      ? { eventType: "ignored", name: "DEPOSIT_CALLBACK" }
      : "unreadable";
  }
  const createdAt = event.createdAt == null ? undefined : readTossTime(event.createdAt);
  if (event.eventType === "BILLING_DELETED") {
    const deleted = readDeletedKey(event.data);
    if (deleted === undefined) return "unreadable";
    const { billingKey, reason } = deleted;
    return { eventType: "BILLING_DELETED", billingKey, reason: reason ?? undefined, createdAt };
  }
  if (event.eventType === "PAYMENT_STATUS_CHANGED") {
    const { data: changed } = changedPayment.safeParse(event.data);
    if (changed === undefined) return "unreadable";
    return {
      eventType: "PAYMENT_STATUS_CHANGED",
      paymentKey: changed.paymentKey,
      orderId: changed.orderId ?? undefined,
      status: changed.status ?? undefined,
      createdAt,
    };
  }
  return { eventType: "ignored", name: event.eventType };
}

/** The guide types `data` as a string, its example is an object: a JSON text or the bare key pass. */
function readDeletedKey(data: unknown): z.infer<typeof deletedKey> | undefined {
  if (typeof data !== "string") return deletedKey.safeParse(data).data;
  const inner = deletedKey.safeParse(parse(data)).data;
  if (inner !== undefined) return inner;
  return /^[A-Za-z0-9_=+/.-]{1,200}$/.test(data)
    ? { billingKey: data, reason: undefined }
    : undefined;
}

function readDelivery(headers: Readonly<Record<string, string>>): TossWebhookDelivery {
  const named = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
  );
  const read = (part: string) => named.get(`tosspayments-webhook-transmission-${part}`);
  const count = read("retried-count");
  return {
    transmissionId: read("id"),
    retriedCount: count !== undefined && /^\d{1,9}$/.test(count) ? Number(count) : undefined,
    transmittedAt: readTossTime(read("time") ?? ""),
  };
}

function parse(json: string): unknown {
  try {
    return parseLosslessJson(json);
  } catch {
    return undefined;
  }
}
