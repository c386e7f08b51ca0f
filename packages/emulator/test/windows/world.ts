/** The world of the window tests: the emulated Toss, its windows, and a shop on another site. */
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createClock } from "../../src/clock.ts";
import { createLedger } from "../../src/ledger.ts";
import { openStore } from "../../src/store.ts";
import { defaultMerchant } from "../../src/toss/merchants.ts";
import { tossSdk } from "../../src/toss/sdk/routes.ts";
import { createTossState, type TossState } from "../../src/toss/state.ts";
import { tossWindows } from "../../src/toss/windows/routes.ts";
import { merchantShop } from "./merchant-page.ts";

export const clientKey = defaultMerchant.clientKey;

export interface World {
  readonly state: TossState;
  /** Routes of the Toss port, to ask without a browser. */
  readonly toss: Hono;
  readonly tossOrigin: string;
  /** Another host name, so that the browser takes the two for different sites. */
  readonly shopOrigin: string;
  /** Billing keys whose removal merchants were told of. */
  readonly removedKeys: string[];
  stop(): Promise<void>;
}

/** The Toss side alone, without a listening port. */
export function createToss(): Pick<World, "state" | "toss" | "removedKeys"> {
  const store = openStore(undefined);
  const clock = createClock(0, () => undefined);
  const removedKeys: string[] = [];
  const events = {
    billingKeyRemoved: (key: { billingKey: string }) => removedKeys.push(key.billingKey),
    paymentStatusChanged: () => undefined,
  };
  const state = createTossState({ store, clock, ledger: createLedger(store), events });
  state.seed();
  const toss = new Hono().route("/", tossSdk()).route("/", tossWindows({ state }));
  return { state, toss, removedKeys };
}

export async function startWorld(): Promise<World> {
  const toss = createToss();
  const tossServer = await listen(toss.toss);
  const tossOrigin = `http://127.0.0.1:${tossServer.port}`;
  const shopServer = await listen(merchantShop(tossOrigin));
  return {
    ...toss,
    tossOrigin,
    shopOrigin: `http://localhost:${shopServer.port}`,
    async stop() {
      await Promise.all([tossServer.close(), shopServer.close()]);
      toss.state.clock.stop();
    },
  };
}

function listen(app: Hono): Promise<{ port: number; close: () => Promise<void> }> {
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, (address) => {
      const { port } = address satisfies AddressInfo;
      resolve({ port, close: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
