/**
 * Webhooks on their way to an API server: from the emulated providers, lost, doubled or late; and
 * forged.
 */
import type { PeopleDeps } from "./people.ts";
import { noteFailure } from "./desk.ts";
import type { Chance } from "../chance.ts";
import type { Scheduler } from "./scheduler.ts";
import type { VirtualProcess } from "./virtual-process.ts";
import type { Weather } from "./weather.ts";

const second = 1_000;
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

/**
 * Somebody who has learnt an address and an order id claims that it is paid, about which the provider
 * has said nothing: most often of an order that was sent a moment ago, now and then in a flood.
 */
export function createForger(deps: PeopleDeps): (orderId: string) => void {
  const chance = deps.chance.fork("forger");
  return (orderId) => {
    if (!chance.happens(0.06)) return;
    const claims = chance.happens(0.03) ? 15 : 1;
    for (let n = 0; n < claims; n += 1) {
      const waitMs = chance.between(second, 4 * 60 * second);
      const forged = () => forge(deps, chance, orderId);
      deps.scheduler.at(deps.scheduler.nowMs() + waitMs, forged);
    }
  };
}

function forge({ desk, onBug, shop }: PeopleDeps, chance: Chance, orderId: string): void {
  const connection = chance.pick(shop.connections);
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
