/** The emulated LINE Pay put together: state, API and payment pages. */
import { Hono } from "hono";
import type { EmulatorClock } from "../clock.ts";
import type { Ledger } from "../ledger.ts";
import type { NodeEnv } from "../listen.ts";
import type { Stage } from "../stage.ts";
import type { Store } from "../store.ts";
import { callConfirmUrl } from "./confirm-caller.ts";
import { linePayApi } from "./routes.ts";
import { createLinePayState, type LinePayState } from "./state.ts";
import { linePayWindowRoutes } from "./windows/routes.ts";

export interface LinePay {
  readonly app: Hono<NodeEnv>;
  readonly state: LinePayState;
  /** Puts the seed back after the store was cleared. */
  reset(): void;
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly ledger: Ledger;
  readonly stage: Stage;
}

export function createLinePay({ store, clock, ledger, stage }: Deps): LinePay {
  const approved = callConfirmUrl(clock);
  const state = createLinePayState({ store, clock, ledger, approved });
  const inProgress = new Set<string>();
  const nonces = new Set<string>();
  state.seed();
  state.resumeAuthorizations();

  const app = new Hono<NodeEnv>();
  app.route("/", linePayWindowRoutes({ state }));
  app.route("/", linePayApi({ state, stage, inProgress, nonces }));
  return {
    app,
    state,
    reset() {
      inProgress.clear();
      nonces.clear();
      state.seed();
    },
  };
}
