/**
 * Webhooks: the emulated Toss telling merchants what happened. A delivery is tried at once and then
 * up to seven times more, on the emulator's clock, until it is answered with 200.
 *
 * Toss Payments, "웹훅 연동하기" and "웹훅 이벤트" (read 2026-11): 10 seconds, HTTP 200 only, the
 * schedule and the three headers. Unlike the real one it also delivers to localhost.
 */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import type { EmulatorClock } from "../clock.ts";
import type { Store, Table } from "../store.ts";
import { withoutOffset } from "./korean-time.ts";
import type { TossSwitches } from "./switches.ts";
import { randomId } from "./tokens.ts";

const retryMinutes = [1, 4, 16, 64, 256, 1024, 4096] as const;
const answerTimeoutMs = 10_000;
/** Out of order: the first of two waits this long on the emulator's clock, the second does not. */
const outOfOrderWait = Temporal.Duration.from({ seconds: 2 });

const endpointSchema = z.object({
  id: z.string(),
  provider: z.literal("toss"),
  url: z.string(),
  /** Null hears of every merchant. */
  merchantId: z.string().nullable(),
});
type WebhookEndpoint = z.infer<typeof endpointSchema>;

const deliverySchema = z.object({
  id: z.string(),
  /** 1, 2, 3, … in the order of the events. */
  sequence: z.int(),
  endpointId: z.string(),
  url: z.string(),
  eventType: z.string(),
  /** The JSON text, the same in every try. */
  body: z.string(),
  transmissionId: z.string(),
  status: z.enum(["pending", "delivered", "failed"]),
  /** Null once it is over. */
  nextAttemptAt: z.string().nullable(),
  attempts: z.array(
    z.object({
      at: z.string(),
      transmissionId: z.string(),
      /** An HTTP status, or why there was none. */
      outcome: z.union([z.int(), z.string()]),
    }),
  ),
});
type WebhookDelivery = z.infer<typeof deliverySchema>;

export interface WebhookSender {
  readonly endpoints: Table<WebhookEndpoint>;
  readonly deliveries: Table<WebhookDelivery>;
  register(url: string, merchantId: string | null): WebhookEndpoint;
  /** Queues an event for everyone who listens to the merchant. */
  send(merchantId: string, eventType: string, data: unknown): void;
  /** A new delivery of the same event; undefined when there is no such delivery. */
  resend(deliveryId: string): WebhookDelivery | undefined;
  /** Takes up what a stopped emulator still had to deliver. */
  resume(): void;
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly switches: () => TossSwitches;
}

export function createWebhookSender({ store, clock, switches }: Deps): WebhookSender {
  const endpoints = store.table("toss.webhookEndpoints", endpointSchema);
  const deliveries = store.table("toss.webhookDeliveries", deliverySchema);

  function queue(endpoint: { id: string; url: string }, event: Event, at: Temporal.Instant) {
    const delivery: WebhookDelivery = {
      id: randomId("delivery"),
      sequence: deliveries.size + 1,
      endpointId: endpoint.id,
      url: endpoint.url,
      ...event,
      status: "pending",
      nextAttemptAt: at.toString(),
      attempts: [],
    };
    deliveries.put(delivery.id, delivery);
    clock.at(at, () => attempt(delivery.id));
    return delivery;
  }

  async function attempt(deliveryId: string): Promise<void> {
    const delivery = deliveries.get(deliveryId);
    if (delivery?.status !== "pending") return;
    const isFirst = delivery.attempts.length === 0;
    const isStable = isFirst || switches().webhookTransmissionId === "stable";
    const transmissionId = isStable ? delivery.transmissionId : randomId("whtrans");
    const at = clock.now();
    const outcome = await post(delivery, transmissionId, at, clock.stopped);
    const isGone = deliveries.get(deliveryId) === undefined; // A reset came meanwhile.
    if (isGone || clock.stopped.aborted) return;
    const tried = { at: at.toString(), transmissionId, outcome };
    const next = afterAttempt({ ...delivery, attempts: [...delivery.attempts, tried] }, at);
    deliveries.put(deliveryId, next);
    if (next.nextAttemptAt !== null) {
      clock.at(Temporal.Instant.from(next.nextAttemptAt), () => attempt(deliveryId));
    }
  }

  return {
    endpoints,
    deliveries,
    register(url, merchantId) {
      const endpoint = { id: randomId("webhook"), provider: "toss", url, merchantId } as const;
      endpoints.put(endpoint.id, endpoint);
      return endpoint;
    },
    send(merchantId, eventType, data) {
      const { createdAtFractionDigits, webhookOrder } = switches();
      const createdAt = withoutOffset(clock.now(), createdAtFractionDigits);
      const body = JSON.stringify({ eventType, createdAt, data });
      for (const endpoint of endpoints.values()) {
        if (endpoint.merchantId !== null && endpoint.merchantId !== merchantId) continue;
        const event = { eventType, body, transmissionId: randomId("whtrans") };
        const isHeld = webhookOrder === "out_of_order" && deliveries.size % 2 === 0;
        queue(endpoint, event, isHeld ? clock.now().add(outOfOrderWait) : clock.now());
        if (webhookOrder === "duplicate") queue(endpoint, event, clock.now());
      }
    },
    resend(deliveryId) {
      const delivery = deliveries.get(deliveryId);
      if (delivery === undefined) return undefined;
      const { endpointId: id, url, eventType, body, transmissionId } = delivery;
      return queue({ id, url }, { eventType, body, transmissionId }, clock.now());
    },
    resume() {
      for (const { id, nextAttemptAt } of deliveries.values()) {
        if (nextAttemptAt === null) continue;
        clock.at(Temporal.Instant.from(nextAttemptAt), () => attempt(id));
      }
    },
  };
}

type Event = Pick<WebhookDelivery, "eventType" | "body" | "transmissionId">;

/** What a delivery becomes once its last attempt has an outcome. */
function afterAttempt(delivery: WebhookDelivery, at: Temporal.Instant): WebhookDelivery {
  const { attempts } = delivery;
  if (attempts.at(-1)?.outcome === 200) {
    return { ...delivery, status: "delivered", nextAttemptAt: null };
  }
  const minutes = retryMinutes[attempts.length - 1];
  if (minutes === undefined) return { ...delivery, status: "failed", nextAttemptAt: null };
  return { ...delivery, nextAttemptAt: at.add({ minutes }).toString() };
}

async function post(
  delivery: WebhookDelivery,
  transmissionId: string,
  at: Temporal.Instant,
  stopped: AbortSignal,
): Promise<number | string> {
  const sentAt = at.toZonedDateTimeISO("+09:00").toString({ timeZoneName: "never" });
  try {
    const response = await fetch(delivery.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "tosspayments-webhook-transmission-time": sentAt,
        "tosspayments-webhook-transmission-retried-count": String(delivery.attempts.length),
        "tosspayments-webhook-transmission-id": transmissionId,
      },
      body: delivery.body,
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(answerTimeoutMs), stopped]),
    });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "timeout" : "no connection";
  }
}
