/**
 * Webhooks on their way from the emulated providers to an API server: lost, doubled or late, and now
 * and then forged by somebody who has learnt the address and an order id.
 */
import type { Arrival } from "./network.ts";
import type { PeopleDeps } from "./people.ts";
import { noteFailure } from "./desk.ts";
import type { Chance } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import type { VirtualProcess } from "./virtual-process.ts";
import type { Weather } from "./weather.ts";

const second = 1_000;
const day = 24 * 60 * 60 * second;
const patienceMs = 10 * second;

/**
 * The emulator sends webhooks with `fetch`; here they go to the virtual processes instead.
 *
 * @returns A function that puts the real `fetch` back.
 */
export function carryWebhooks(
  scheduler: Scheduler,
  weather: Weather,
  chance: Chance,
  processes: () => readonly VirtualProcess[],
): () => void {
  const real = globalThis.fetch;
  const own = chance.fork("webhooks");

  async function carry(url: string, init: RequestInit): Promise<Response> {
    const fate = weather.webhookFate();
    const answer = new Promise<Response>((resolve, reject) => {
      scheduler.at(scheduler.nowMs() + patienceMs, () => reject(new Error("no answer")));
      const copies = { ok: 1, doubled: 2, lost: 0 }[fate];
      for (let copy = 0; copy < copies; copy += 1) {
        scheduler.at(scheduler.nowMs() + own.between(5, 30 * second), () => {
          deliver(url, init).then(resolve, reject);
        });
      }
    });
    return await answer;
  }

  async function deliver(url: string, init: RequestInit): Promise<Response> {
    const apis = processes().filter(({ isDead, kind }) => kind === "api" && !isDead);
    const app = apis.length === 0 ? undefined : own.pick(apis).app;
    if (app === undefined) throw new Error("nobody listens");
    const { signal: _, redirect: __, ...request } = init;
    return await app.request(url, request);
  }

  globalThis.fetch = (address, init = {}) => {
    return carry(address instanceof Request ? address.url : address.toString(), init);
  };
  return () => {
    globalThis.fetch = real;
  };
}

export interface ForgeryDeps extends PeopleDeps {
  readonly arrivals: readonly Arrival[];
}

/** Now and then somebody claims that an order is paid, about which the provider has said nothing. */
export function forgeWebhooks(deps: ForgeryDeps): void {
  const chance = deps.chance.fork("forger");
  const work = async () => {
    for (;;) {
      await deps.desk.wait(chance.between(day, 30 * day));
      if (deps.scheduler.nowMs() > deps.endMs) return;
      const floods = chance.happens(0.05) ? 12 : 1;
      for (let n = 0; n < floods; n += 1) forge(deps, chance);
    }
  };
  work().catch((error: unknown) => noteFailure(deps.onBug, "the forger", error));
}

function forge({ arrivals, desk, shop, onBug }: ForgeryDeps, chance: Chance): void {
  const connection = chance.pick(shop.connections);
  const recent = arrivals.filter(({ entry }) => entry.orderId !== undefined).slice(-20);
  if (recent.length === 0) return;
  const orderId = chance.pick(recent).entry.orderId ?? "";
  const id = Buffer.from(chance.bytes(6)).toString("hex");
  const data = { paymentKey: `forged_${id}`, orderId, status: "DONE" };
  const content =
    connection.provider === "toss"
      ? { eventType: "PAYMENT_STATUS_CHANGED", createdAt: "2026-01-01T00:00:00.000000", data }
      : { imp_uid: `imp_${id}`, merchant_uid: orderId, status: "paid" };
  const init = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
  };
  const url = `http://127.0.0.1:4000/notifications/${connection.notificationToken}`;
  desk
    .visit(async ({ app }) => await app?.request(url, init))
    .catch((error: unknown) => noteFailure(onBug, "a forged webhook", error));
}
