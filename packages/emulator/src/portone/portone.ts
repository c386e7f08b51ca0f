/** The emulated PortOne V1 put together: state, webhooks, API, windows and browser scripts. */
import { Hono } from "hono";
import type { EmulatorClock } from "../clock.ts";
import type { Ledger } from "../ledger.ts";
import type { NodeEnv } from "../listen.ts";
import type { Stage } from "../stage.ts";
import type { Store } from "../store.ts";
import { portOneApi } from "./routes.ts";
import { portOneSdk } from "./sdk/routes.ts";
import { createPortOneState, type PortOneState } from "./state.ts";
import { createPortOneWebhooks, type PortOneWebhooks } from "./webhook-sender.ts";
import { portOneWindows } from "./windows/routes.ts";
import { createWindowSessions } from "./windows/sessions.ts";

export interface PortOne {
  readonly app: Hono<NodeEnv>;
  readonly state: PortOneState;
  readonly webhooks: PortOneWebhooks;
  /** Puts the seed back after the store was cleared. */
  reset(): void;
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly ledger: Ledger;
  readonly stage: Stage;
}

export function createPortOne({ store, clock, ledger, stage }: Deps): PortOne {
  const webhooks = createPortOneWebhooks({ store, clock, switches: () => state.switches() });
  const state: PortOneState = createPortOneState({
    store,
    clock,
    ledger,
    notify(payment, cancellationId) {
      const merchant = state.merchants.get(payment.impCode);
      if (merchant !== undefined) webhooks.notify(merchant, payment, cancellationId);
    },
  });
  const inProgress = new Map<string, number>();
  const sessions = createWindowSessions(clock);
  state.seed();
  state.resume();
  webhooks.resume();

  const app = new Hono<NodeEnv>({ strict: false }); // Some clients end a path with a slash.
  app.route("/", portOneSdk());
  app.route("/", portOneWindows({ state, sessions }));
  app.route("/", portOneApi({ state, stage, inProgress }));
  return {
    app,
    state,
    webhooks,
    reset() {
      inProgress.clear();
      state.seed();
      state.resumeRecoveries();
    },
  };
}
