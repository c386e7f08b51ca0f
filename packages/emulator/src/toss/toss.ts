/** The emulated Toss Payments put together: state, webhooks, API, windows and browser scripts. */
import { Hono } from "hono";
import type { EmulatorClock } from "../clock.ts";
import type { Ledger } from "../ledger.ts";
import type { NodeEnv } from "../listen.ts";
import type { Stage } from "../stage.ts";
import type { Store } from "../store.ts";
import { createIdempotencyKeys } from "./idempotency.ts";
import { paymentObject } from "./payment-object.ts";
import { tossApi } from "./routes.ts";
import { tossSdk } from "./sdk/routes.ts";
import { createTossState, type TossEvents, type TossState } from "./state.ts";
import { createWebhookSender, type WebhookSender } from "./webhook-sender.ts";
import { tossWindows } from "./windows/routes.ts";

export interface Toss {
  readonly app: Hono<NodeEnv>;
  readonly state: TossState;
  readonly webhooks: WebhookSender;
  /** Puts the seed back after the store was cleared. */
  reset(): void;
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly ledger: Ledger;
  readonly stage: Stage;
}

export function createToss({ store, clock, ledger, stage }: Deps): Toss {
  const webhooks = createWebhookSender({ store, clock, switches: () => state.switches() });
  const events: TossEvents = {
    billingKeyRemoved({ merchantId, billingKey, method }, reason) {
      const { billingDeletedForCards, billingDeletedReason } = state.switches();
      if (method === "CARD" && !billingDeletedForCards) return;
      const data = billingDeletedReason ? { billingKey, reason } : { billingKey };
      webhooks.send(merchantId, "BILLING_DELETED", data);
    },
    paymentStatusChanged(payment) {
      const data = paymentObject(state, payment, false);
      webhooks.send(payment.merchantId, "PAYMENT_STATUS_CHANGED", data);
    },
  };
  const state: TossState = createTossState({ store, clock, ledger, events });
  const idempotency = createIdempotencyKeys(state.replays, clock);
  state.seed();
  webhooks.resume();

  const app = new Hono<NodeEnv>();
  app.route("/", tossSdk()); // Before the API, whose /v1/* would answer for the script at /v1.
  app.route("/", tossWindows({ state }));
  app.route("/", tossApi({ state, stage, idempotency }));
  return {
    app,
    state,
    webhooks,
    reset() {
      idempotency.forget();
      state.seed();
    },
  };
}
