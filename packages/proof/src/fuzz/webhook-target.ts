/**
 * Webhooks of all three providers: their bytes mutated, as JSON and as a form, true ones, forged ones
 * and none. Each is answered, processed, and changes nothing about money: a webhook is a hint.
 */
import type { Chance } from "../chance.ts";
import { processNotifications } from "../../../server/src/notifications/process-notifications.ts";
import { hostileDocument, hostileText } from "./hostile-values.ts";
import { createJudge, type Attempt } from "./judge.ts";
import { drawMutations, mutate } from "./mutations.ts";
import { baseUrl } from "./running-app.ts";
import type { Shop } from "./shop.ts";
import type { Scene, Stage } from "./stage.ts";
import type { Target } from "./target.ts";

export function webhookTarget(stage: Stage): Target {
  return {
    name: "webhook",
    share: 6,
    casesPerBlock: 200,
    async open(seed) {
      const scene = await stage.open(seed);
      const judge = await createJudge(scene, baseUrl, () => []);
      const before = await moneyOf(scene);
      return {
        async run(chance) {
          const result = await judge.judge(drawWebhook(chance, scene.shop));
          await processNotifications(scene.engine);
          await judge.skipChanges();
          const errors = scene.takeErrors().map((error) => `is processed with ${error}`);
          const after = await moneyOf(scene);
          const moved = after === before ? [] : [`changes money: ${before} became ${after}`];
          return { ...result, violations: [...result.violations, ...errors, ...moved] };
        },
        finish: () => Promise.resolve([]),
        close: () => scene.close(),
      };
    },
  };
}

/** What no webhook may change by itself. */
async function moneyOf({ engine }: Scene): Promise<string> {
  const [row] = await engine.database.query<{ money: string }>(
    `select concat_ws(' ',
       (select count(*) || ' captured of ' || sum(captured_minor) from charges where captured_minor > 0),
       (select count(*) from attempts) || ' attempts',
       (select count(*) from refunds) || ' refunds',
       (select count(*) from invoices where status = 'paid') || ' paid') as money`,
  );
  return row?.money ?? "";
}

function drawWebhook(chance: Chance, shop: Shop): Attempt {
  const tokens = Object.values(shop.notificationTokens).filter((token) => token !== "");
  const token = chance.pick(tokens);
  const address = chance.happens(0.93) ? token : mutate(token, drawMutations(chance, 2));
  const { body, type } = drawBody(chance, shop);
  const headers: [string, string][] = [["content-type", type]];
  if (chance.happens(0.3)) {
    const id = chance.happens(0.5) ? `whtrans_${chance.below(50)}` : hostileText(chance);
    headers.push(["tosspayments-webhook-transmission-id", id]);
  }
  if (chance.happens(0.1)) {
    headers.push(["tosspayments-webhook-transmission-retried-count", hostileText(chance)]);
  }
  return {
    method: chance.happens(0.03) ? chance.pick(["GET", "PUT", "DELETE"]) : "POST",
    path: `/notifications/${encodeURIComponent(address.toWellFormed())}`,
    headers,
    body: chance.happens(0.05) ? chance.bytes(chance.between(1, 300)) : body,
  };
}

function drawBody(chance: Chance, shop: Shop): { readonly body: string; readonly type: string } {
  const message = drawMessage(chance, shop);
  const isForm = chance.happens(0.3);
  const text = isForm ? new URLSearchParams(flat(message)).toString() : JSON.stringify(message);
  const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
  const kind = chance.below(10);
  if (kind < 3) return { body: text, type };
  if (kind < 9) return { body: mutate(text, drawMutations(chance, 3)), type };
  return { body: hostileDocument(chance), type };
}

/** As the providers write them, about payments and keys that there are, and others. */
function drawMessage(chance: Chance, shop: Shop): Readonly<Record<string, unknown>> {
  const paymentId = chance.happens(0.6) ? chance.pick(shop.paymentIds) : hostileText(chance);
  const orderId = chance.happens(0.6) ? chance.pick(shop.orderIds) : hostileText(chance);
  const createdAt = "2026-11-22T10:15:00.000000";
  const status = chance.pick(["DONE", "CANCELED", "ABORTED", "paid", "cancelled", "failed"]);
  const isDeleted = chance.happens(0.15);
  if (isDeleted) {
    const billingKey = chance.happens(0.3) ? chance.pick(shop.billingKeys) : hostileText(chance);
    const data = { billingKey, reason: hostileText(chance) };
    return { eventType: "BILLING_DELETED", createdAt, data };
  }
  return chance.happens(0.5)
    ? { imp_uid: paymentId, merchant_uid: orderId, status }
    : {
        eventType: "PAYMENT_STATUS_CHANGED",
        createdAt,
        data: { paymentKey: paymentId, orderId, status, totalAmount: 9_900 },
      };
}

function flat(message: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(message).map(([name, value]): [string, string] => {
    return [name, typeof value === "string" ? value.toWellFormed() : JSON.stringify(value)];
  });
  return Object.fromEntries(entries);
}
