/** PortOne V1 for the conformance suite: our client against our emulator, over real HTTP. */
import { startEmulator } from "@maedal/emulator";
import {
  createHttpSender,
  money,
  type HttpSender,
  type OrderedWindow,
  type ScriptOrder,
} from "@maedal/gateways";
import { createPortOneGateway, type PortOneGatewayOptions } from "@maedal/gateways/portone";
import { randomUUID } from "node:crypto";
import { controlOf, type EmulatorControl } from "../support/emulator-control.ts";
import { startNotificationReceiver } from "./notification-receiver.ts";
import { newOrderId } from "./orders.ts";
import type {
  Difference,
  Operation,
  ProviderUnderTest,
  ScriptCustomer,
  Trouble,
  LeftWindow,
} from "./provider-under-test.ts";

/** `chai` registers without taking money; the window of `kakaopay` takes what it is opened with. */
export type PortOneTestChannel = "chai" | "kakaopay";

export interface PortOneProvider extends ProviderUnderTest {
  readonly customer: ScriptCustomer;
  readonly control: EmulatorControl;
  readonly sender: HttpSender;
  /** What the working gateway was made of. */
  readonly options: PortOneGatewayOptions;
  turn(switches: Readonly<Record<string, unknown>>): Promise<void>;
  /** The next request of this kind is spoiled, once; see `POST /faults`. */
  fault(operation: string, action: Readonly<Record<string, unknown>>): Promise<void>;
  /** Moves the emulator's clock on, by an ISO 8601 duration. */
  wait(duration: string): Promise<void>;
  /** Every switch, fault and balance as at the start; registered keys are gone. */
  reset(): Promise<void>;
}

const provider = "portone";

/** What the emulator calls what we ask of it; PortOne has no other operations. */
const operations: Readonly<Partial<Record<Operation, string>>> = {
  register: "payments",
  charge: "again",
  refund: "cancel",
  look_up: "find_all",
  delete: "delete_customer",
};

const error = { type: "error", status: 500, code: "-1" };

const troubles: Readonly<Record<Trouble, Readonly<Record<string, unknown>>>> = {
  soft_decline: { type: "decline", code: "OVER_LIMIT" },
  hard_decline: { type: "decline", code: "LOST" },
  dead_key: { type: "kill_key", when: "before" },
  maintenance: { type: "decline", code: "MaintenanceOngoing" },
  silence_before: { type: "drop_request" },
  silence_after: { type: "drop_answer" },
  cut_before: { type: "close_before" },
  cut_after: { type: "close_after" },
  error_before: { ...error, when: "before" },
  error_after: { ...error, when: "after" },
  garbage_after: { type: "garbage", when: "after" },
  slow_before: { type: "delay", ms: 2_000, when: "before" },
  unavailable_before: { type: "outage" },
  rate_limit: { type: "rate_limit", retryAfterSeconds: 7 },
  not_visible_yet: { type: "stale_lookup" },
};

/** Starts an emulator of its own, on free ports. */
export async function startPortOneProvider(channel: PortOneTestChannel): Promise<PortOneProvider> {
  const emulator = await startEmulator({ ports: { control: 0 } });
  const control = controlOf(emulator);
  const { url: apiHost, impCode, apiKey, apiSecret } = emulator.ready.portone;
  const sender = createHttpSender();
  const account = { impCode, apiKey, apiSecret, apiHost };
  const monotonicMs = () => performance.now();
  const options = { mode: "test", channel, ...account, sender, monotonicMs } as const;
  const gateway = createPortOneGateway(options);
  const { window, capabilities } = gateway;
  if (window.kind !== "script" || window.ordered === undefined) {
    throw new Error("PortOne's window is a script that is opened for an order.");
  }
  const fault: PortOneProvider["fault"] = (operation, action) =>
    control.fault({ provider, operation, action, times: 1 });
  const [method = ""] = Object.keys(capabilities.methods);

  return {
    name: `PortOne V1, ${channel}`,
    control,
    sender,
    options,
    gateway,
    method,
    currency: "KRW",
    label: channel === "chai" ? /^차이$/ : /^카카오페이$/,
    gatewayWith: async (difference) =>
      createPortOneGateway({ ...options, ...(await settingsOf(difference, options, control)) }),
    customer: customerOf(window.ordered, control, impCode),
    unheardOf: [],
    endedKeyFailure: "hard_decline", // PortOne keeps a key that the company behind it has ended.
    unknownPaymentId: "imp_000000000000",
    outliveAuthorizations: undefined,
    async setFunds(customerUid, funds) {
      const balance = funds === "none" ? 0 : 1_000_000_000;
      await control.post("/accounts", { provider, kind: "change", customerUid, balance });
    },
    async spoil(operation, trouble) {
      const name = operations[operation];
      if (name === undefined) throw new Error(`PortOne has no operation ${operation}.`);
      await fault(name, troubles[trouble]);
    },
    async movements(of) {
      const entries = (await control.ledger()).filter((entry) =>
        "key" in of ? entry.key === of.key : entry.orderId === of.orderId,
      );
      return entries.map(({ kind, amount }) => ({ kind, amountMinor: amount }));
    },
    withdraw: async (billingKey) =>
      void (await control.post(`/portone/billing-keys/${billingKey}/end`, {})),
    tellsOfWithdrawals: false,
    async notificationsOf(act) {
      const receiver = await startNotificationReceiver();
      const webhook = { provider, url: receiver.url };
      const { id } = await control.post<{ id: string }>("/webhooks", webhook);
      try {
        await act();
        await control.post("/clock", { by: "PT3S" }); // Answers once all that fell due was delivered.
        return receiver.received;
      } finally {
        await fetch(new URL(`/webhooks/${id}`, emulator.ready.control), { method: "DELETE" });
        await receiver.stop();
      }
    },
    turn: async (switches) => void (await control.post("/switches", { provider, ...switches })),
    fault,
    wait: async (by) => void (await control.post("/clock", { by })),
    reset: async () => void (await control.post("/reset", {})),
    async stop() {
      await emulator.stop();
      await sender.close();
    },
  };
}

/** A customer whose page really calls the script with what the gateway says. */
function customerOf(
  window: OrderedWindow,
  control: EmulatorControl,
  impCode: string,
): ScriptCustomer {
  async function visit(order: ScriptOrder, outcome: "approve" | "cancel"): Promise<LeftWindow> {
    const customerKey = randomUUID();
    const returnUrl = "https://merchant.example/registrations/back";
    const opening = { ...order, orderName: "매달 구독", customerKey, returnUrl };
    const called = { ...window.request(opening), impCode, outcome };
    const { redirect_url: address } = await control.post<{ redirect_url: string }>(
      "/portone/billing-keys",
      called,
    );
    if (!address.startsWith(returnUrl)) throw new Error(`The browser was sent to ${address}.`);
    const said = window.readReturn(Object.fromEntries(new URL(address).searchParams));
    if (said === undefined) throw new Error(`${address} names neither a payment nor an order.`);
    const { authKey } = said;
    return { said, handle: { authKey, customerKey, idempotencyKey: randomUUID(), order } };
  }
  const registration = (): ScriptOrder => ({
    orderId: newOrderId(),
    amount: money(9_900, "KRW"),
    isPayment: false,
  });
  return {
    kind: "script",
    passWindow: async (order = registration()) => (await visit(order, "approve")).handle,
    leaveWindow: (order = registration()) => visit(order, "cancel"),
  };
}

async function settingsOf(
  difference: Difference,
  { sender }: PortOneGatewayOptions,
  control: EmulatorControl,
): Promise<Partial<PortOneGatewayOptions>> {
  switch (difference) {
    case "impatient":
      return { sender: impatient(sender) };
    case "nobody_listens":
      return { apiHost: "http://127.0.0.1:1" };
    case "unknown_credentials":
      return { apiSecret: "f".repeat(80) };
    case "no_contract": {
      const merchant = { provider, isIpBlocked: true };
      const { impCode, apiKey, apiSecret } = await control.post<{
        impCode: string;
        apiKey: string;
        apiSecret: string;
      }>("/credentials", merchant);
      return { impCode, apiKey, apiSecret };
    }
  }
}

/** Patient with what is no part of the call that goes wrong: the token, and long lists of schedules. */
function impatient(sender: HttpSender): HttpSender {
  return {
    send: (request) =>
      sender.send(
        /\/(users\/getToken$|subscribe\/.*schedule)/.test(request.url)
          ? request
          : { ...request, readTimeoutMs: 1_000 },
      ),
    close: async () => undefined,
  };
}
