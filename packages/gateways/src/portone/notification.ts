/**
 * Webhooks of PortOne V1 ("웹훅 연동하기", read 2026-08). They are not signed and carry neither amount nor
 * key: a hint to look the payment up. Ordinary failures send none, and by default one that is lost is
 * not sent again.
 */
import * as z from "zod";
import { parseLosslessJson } from "../lossless-json.ts";
import type { Notification } from "../gateway.ts";
import { isImpUid, isMerchantUid } from "./limits.ts";

const webhook = z.looseObject({
  imp_uid: z.string().refine(isImpUid),
  merchant_uid: z.string().refine(isMerchantUid).nullish().catch(undefined),
  /** What it says of the payment is not believed. */
  status: z.enum(["ready", "paid", "failed", "cancelled"]),
});

/** A longer body is none of PortOne's. */
const maximumLength = 10_000;

/** @param body JSON or a form, as the console sets it. */
export function readNotification(body: string): Notification | "unreadable" {
  const read = webhook.safeParse(membersOf(body)).data;
  if (read === undefined) return "unreadable";
  return {
    kind: "payment_changed",
    paymentId: read.imp_uid,
    orderId: read.merchant_uid ?? undefined,
    createdAt: undefined,
  };
}

function membersOf(body: string): unknown {
  if (body.length > maximumLength) return undefined;
  if (!body.trimStart().startsWith("{")) return Object.fromEntries(new URLSearchParams(body));
  try {
    return parseLosslessJson(body);
  } catch {
    return undefined;
  }
}
