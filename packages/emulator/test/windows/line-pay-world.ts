/** The world of the LINE Pay page tests: the emulated LINE Pay's pages, and a shop elsewhere. */
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createClock } from "../../src/clock.ts";
import { createLedger } from "../../src/ledger.ts";
import { linePayMerchants } from "../../src/line-pay/merchants.ts";
import type { Payer, Reservation } from "../../src/line-pay/records.ts";
import type { ReservationRequest } from "../../src/line-pay/reservations.ts";
import { createLinePayState, type LinePayState } from "../../src/line-pay/state.ts";
import { linePayWindowRoutes } from "../../src/line-pay/windows/routes.ts";
import { openStore } from "../../src/store.ts";

export interface LinePayWorld {
  readonly state: LinePayState;
  /** Routes of the LINE Pay port, to ask without a browser. */
  readonly pages: Hono;
  /** Reservations whose approval was told, in order. */
  readonly approved: string[];
  /** The payer that is there from the start. */
  readonly payer: Payer;
  /** A request call of the TWD merchant's, already answered. */
  readonly reserve: (changes?: Partial<ReservationRequest>) => Reservation;
  /** A key that the payer has registered, paid from the balance unless said otherwise. */
  readonly register: (method?: string) => string;
}

export function createLinePay(): LinePayWorld {
  const store = openStore(undefined);
  const clock = createClock(0, () => undefined);
  const approved: string[] = [];
  const state = createLinePayState({
    store,
    clock,
    ledger: createLedger(store),
    approved: ({ transactionId }) => approved.push(transactionId),
  });
  state.seed();
  const payer = state.payers.first()?.[1];
  if (payer === undefined) throw new Error("The seed has a payer.");
  const { channelId } = linePayMerchants.TWD;
  return {
    state,
    pages: linePayWindowRoutes({ state }),
    approved,
    payer,
    reserve: (changes = {}) => state.reserve({ ...usualRequest, channelId, ...changes }),
    register: (method = "balance") =>
      state.issueKey({ channelId, payerId: payer.id, method, productName: "OTT Premium" }).regKey,
  };
}

const usualRequest: Omit<ReservationRequest, "channelId"> = {
  orderId: "REG-0001",
  amountMinor: 1_000,
  currency: "TWD",
  payType: "PREAPPROVED",
  capture: true,
  productName: "OTT Premium",
  packages: [
    {
      id: "1",
      amountMinor: 1_000,
      userFeeMinor: 0,
      products: [{ name: "OTT Premium", quantity: 1, price: 1_000 }],
    },
  ],
  confirmUrl: "https://shop.example/confirm",
  cancelUrl: "https://shop.example/cancel",
  confirmUrlType: "CLIENT",
  locale: "en",
  checkConfirmUrlBrowser: false,
  regPayRequest: null,
};

/** The address that `paymentUrl.web` names. */
export function waitPath({ webToken }: Reservation): string {
  return `/web/payment/wait?transactionReserveId=${webToken}`;
}

export interface ListeningWorld extends LinePayWorld {
  readonly linePayOrigin: string;
  /** Another host name, so that the browser takes the two for different sites. */
  readonly shopOrigin: string;
  stop(): Promise<void>;
}

export async function startLinePay(): Promise<ListeningWorld> {
  const world = createLinePay();
  const linePay = await listen(world.pages);
  const shop = await listen(
    new Hono().get("/*", (context) => context.html(`<h1>Shop ${context.req.path}</h1>`)),
  );
  return {
    ...world,
    linePayOrigin: `http://127.0.0.1:${linePay.port}`,
    shopOrigin: `http://localhost:${shop.port}`,
    async stop() {
      await Promise.all([linePay.close(), shop.close()]);
      world.state.clock.stop();
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
