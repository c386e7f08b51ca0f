/**
 * Webhooks: the emulated PortOne telling merchants which payment to look up. Unsigned, tried once
 * unless the merchant has asked for retries, to the console's addresses or, where a payment names
 * its own (`notice_url`), to those instead.
 *
 * PortOne developer documentation, "웹훅 연동하기" V1 (read 2026-11): 30 seconds for the first try
 * and 15 for another, up to five retries a minute apart, on no answer or 5xx only. Unlike the real
 * one it also delivers to localhost.
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import type { EmulatorClock } from "../clock.ts";
import type { Store, Table } from "../store.ts";
import { webhookFormats, type Merchant, type Payment } from "./records.ts";
import type { PortOneSwitches } from "./switches.ts";
import { randomId } from "./tokens.ts";

const firstTimeoutMs = 30_000;
const laterTimeoutMs = 15_000;

const endpointSchema = z.object({
  id: z.string(),
  provider: z.literal("portone"),
  url: z.string(),
  /** Null hears of every merchant. */
  impCode: z.string().nullable(),
  /** The console has one address for test payments and one for real ones; `all` hears of both. */
  mode: z.enum(["all", "test", "live"]),
});
type WebhookEndpoint = z.infer<typeof endpointSchema>;

const deliverySchema = z.object({
  id: z.string(),
  /** 1, 2, 3, … in the order of the events. */
  sequence: z.int(),
  provider: z.literal("portone"),
  url: z.string(),
  /** The status that is told. */
  eventType: z.string(),
  format: z.enum(webhookFormats),
  /** The same in every try. */
  body: z.string(),
  retries: z.int(),
  status: z.enum(["pending", "delivered", "failed"]),
  /** Null once it is over. */
  nextAttemptAt: z.string().nullable(),
  attempts: z.array(
    z.object({
      at: z.string(),
      /** An HTTP status, or why there was none. */
      outcome: z.union([z.int(), z.string()]),
    }),
  ),
});
type WebhookDelivery = z.infer<typeof deliverySchema>;

/** What a webhook says; whoever can reach the address can say it too. */
export interface WebhookContent {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly status: string;
  readonly cancellation_id?: string | undefined;
}

export interface PortOneWebhooks {
  readonly endpoints: Table<WebhookEndpoint>;
  readonly deliveries: Table<WebhookDelivery>;
  register(url: string, impCode: string | null, mode: WebhookEndpoint["mode"]): WebhookEndpoint;
  /** Tells of a payment as it is. */
  notify(merchant: Merchant, payment: Payment, cancellationId: string | undefined): void;
  /** Sends any content to every address: a forged, early or repeated notice. */
  sendToAll(content: WebhookContent, format: WebhookDelivery["format"]): WebhookDelivery[];
  /** A new delivery of the same content, to the same address; undefined without the delivery. */
  resend(deliveryId: string): WebhookDelivery | undefined;
  /** Takes up what a stopped emulator still had to deliver. */
  resume(): void;
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly switches: () => PortOneSwitches;
}

export function createPortOneWebhooks({ store, clock, switches }: Deps): PortOneWebhooks {
  const endpoints = store.table("portone.webhookEndpoints", endpointSchema);
  const { deliveries, queue, resume } = createQueue(store, clock);
  return {
    endpoints,
    deliveries,
    resume,
    register(url, impCode, mode) {
      const id = randomId("webhook");
      const endpoint: WebhookEndpoint = { id, provider: "portone", url, impCode, mode };
      endpoints.put(id, endpoint);
      return endpoint;
    },
    notify({ webhookFormat, webhookRetries }, payment, cancellationId) {
      const times = { once: 1, twice: 2, never: 0 }[switches().webhookDelivery];
      const content = {
        imp_uid: payment.impUid,
        merchant_uid: payment.merchantUid,
        status: payment.status,
        cancellation_id: cancellationId,
      };
      for (const url of addressesOf(endpoints.values(), payment)) {
        for (let sent = 0; sent < times; sent += 1) {
          queue(messageOf(url, content, webhookFormat, webhookRetries));
        }
      }
    },
    sendToAll: (content, format) =>
      endpoints.values().map(({ url }) => queue(messageOf(url, content, format, 0))),
    resend(deliveryId) {
      const delivery = deliveries.get(deliveryId);
      if (delivery === undefined) return undefined;
      const { url, eventType, format, body, retries } = delivery;
      return queue({ url, eventType, format, body, retries });
    },
  };
}

/** Deliveries, tried at once and again while they may be. */
function createQueue(store: Store, clock: EmulatorClock) {
  const deliveries = store.table("portone.webhookDeliveries", deliverySchema);

  function queue(message: Message): WebhookDelivery {
    const delivery: WebhookDelivery = {
      id: randomId("delivery"),
      sequence: deliveries.size + 1,
      provider: "portone",
      ...message,
      status: "pending",
      nextAttemptAt: clock.nowText(),
      attempts: [],
    };
    deliveries.put(delivery.id, delivery);
    clock.at(clock.now(), () => attempt(delivery.id));
    return delivery;
  }

  async function attempt(deliveryId: string): Promise<void> {
    const delivery = deliveries.get(deliveryId);
    if (delivery?.status !== "pending") return;
    const at = clock.now();
    const outcome = await post(delivery, clock.stopped);
    const isGone = deliveries.get(deliveryId) === undefined; // A reset came meanwhile.
    if (isGone || clock.stopped.aborted) return;
    const attempts = [...delivery.attempts, { at: at.toString(), outcome }];
    const next = afterAttempt({ ...delivery, attempts }, at);
    deliveries.put(deliveryId, next);
    if (next.nextAttemptAt !== null) {
      clock.at(Temporal.Instant.from(next.nextAttemptAt), () => attempt(deliveryId));
    }
  }

  function resume(): void {
    for (const { id, nextAttemptAt } of deliveries.values()) {
      if (nextAttemptAt === null) continue;
      clock.at(Temporal.Instant.from(nextAttemptAt), () => attempt(id));
    }
  }
  return { deliveries, queue, resume };
}

type Message = Pick<WebhookDelivery, "url" | "eventType" | "format" | "body" | "retries">;

function messageOf(
  url: string,
  content: WebhookContent,
  format: WebhookDelivery["format"],
  retries: number,
): Message {
  const told = Object.entries(content).filter(([, value]) => value !== undefined);
  const members = Object.fromEntries(told) as Record<string, string>;
  const body =
    format === "json" ? JSON.stringify(members) : new URLSearchParams(members).toString();
  return { url, eventType: content.status, format, body, retries };
}

/** The payment's own addresses, else those of the console. */
function addressesOf(endpoints: readonly WebhookEndpoint[], payment: Payment): readonly string[] {
  const { noticeUrls, impCode, channel } = payment;
  if (noticeUrls.length > 0) return noticeUrls;
  const mode = channel.isSandbox ? "test" : "live";
  return endpoints
    .filter((endpoint) => endpoint.impCode === null || endpoint.impCode === impCode)
    .filter((endpoint) => endpoint.mode === "all" || endpoint.mode === mode)
    .map(({ url }) => url);
}

/** What a delivery becomes once its last attempt has an outcome. */
function afterAttempt(delivery: WebhookDelivery, at: Temporal.Instant): WebhookDelivery {
  const { attempts, retries } = delivery;
  const outcome = attempts.at(-1)?.outcome;
  if (outcome === 200) return { ...delivery, status: "delivered", nextAttemptAt: null };
  const isWorthAnother = typeof outcome !== "number" || outcome >= 500;
  if (isWorthAnother && attempts.length <= retries) {
    return { ...delivery, nextAttemptAt: at.add({ minutes: 1 }).toString() };
  }
  return { ...delivery, status: "failed", nextAttemptAt: null };
}

async function post(
  { url, format, body, attempts }: WebhookDelivery,
  stopped: AbortSignal,
): Promise<number | string> {
  const timeoutMs = attempts.length === 0 ? firstTimeoutMs : laterTimeoutMs;
  const type = format === "json" ? "application/json" : "application/x-www-form-urlencoded";
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": type },
      body,
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), stopped]),
    });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "timeout" : "no connection";
  }
}
