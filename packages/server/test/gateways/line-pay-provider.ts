/** LINE Pay for the conformance suite: our client against our emulator, over real HTTP. */
import { linePayMerchants, startEmulator } from "@maedal/emulator";
import { createHttpSender, type Gateway, type HttpSender } from "@maedal/gateways";
import {
  createLinePayGateway,
  type LinePayCurrency,
  type LinePayGatewayOptions,
} from "@maedal/gateways/line-pay";
import { randomUUID } from "node:crypto";
import { controlOf, type EmulatorControl } from "../support/emulator-control.ts";
import type {
  Difference,
  Operation,
  PaymentCustomer,
  ProviderUnderTest,
  Trouble,
} from "./provider-under-test.ts";

export interface LinePayProvider extends ProviderUnderTest {
  readonly customer: PaymentCustomer;
  readonly control: EmulatorControl;
  readonly sender: HttpSender;
  /** What the working gateway was made of. */
  readonly options: LinePayGatewayOptions;
  turn(switches: Readonly<Record<string, unknown>>): Promise<void>;
  /** The next request of this kind is spoiled, once; see `POST /faults`. */
  fault(operation: string, action: Readonly<Record<string, unknown>>): Promise<void>;
  /** Moves the emulator's clock on, by an ISO 8601 duration. */
  wait(duration: string): Promise<void>;
  /** Every switch, fault and balance as at the start; registered keys are gone. */
  reset(): Promise<void>;
}

/** What customers of this provider pay with. */
export type LinePayMethod = "card" | "balance";

const operations: Readonly<Record<Operation, string>> = {
  open_window: "request",
  check_window: "check",
  register: "confirm",
  charge: "charge",
  capture: "capture",
  void: "void",
  refund: "refund",
  look_up: "details",
  check_key: "key_check",
  delete: "expire",
};

type Action = Readonly<Record<string, unknown>>;

/** Declines are not here: which code they take depends on the operation. */
const actions: Readonly<Partial<Record<Trouble, Action>>> = {
  silence_before: { type: "drop_request" },
  silence_after: { type: "drop_answer" },
  cut_before: { type: "close_before" },
  cut_after: { type: "close_after" },
  error_before: { type: "error", code: "9000", when: "before" },
  error_after: { type: "error", code: "9000", when: "after" },
  garbage_after: { type: "garbage", when: "after" },
  slow_before: { type: "delay", ms: 2_000, when: "before" },
  unavailable_before: { type: "bad_gateway", when: "before" },
  rate_limit: { type: "rate_limit", retryAfterSeconds: 7 },
  not_visible_yet: { type: "stale_lookup" },
};

/** Starts an emulator of its own, on free ports. */
export async function startLinePayProvider(
  currency: LinePayCurrency,
  method: LinePayMethod = "card",
): Promise<LinePayProvider> {
  const emulator = await startEmulator({ ports: { control: 0, toss: 0, linePay: 0 } });
  const control = controlOf(emulator);
  const sender = createHttpSender();
  const { channelId, channelSecret } = linePayMerchants[currency];
  const options: LinePayGatewayOptions = {
    mode: "test",
    channelId,
    channelSecret,
    apiHost: emulator.ready.linePay.url,
    sender,
    nonce: randomUUID,
  };
  const provider = "line_pay";
  const fault = (operation: string, action: Action) =>
    control.fault({ provider, operation, action, times: 1 });
  const wait = async (by: string) => void (await control.post("/clock", { by }));
  const change = async (regKey: string, what: Action) =>
    void (await control.post("/accounts", { provider, kind: "change", regKey, ...what }));

  return {
    name: `LINE Pay, ${currency} by ${method}`,
    control,
    sender,
    options,
    gateway: createLinePayGateway(options),
    method: "LINE_PAY",
    currency,
    label: method === "card" ? /^LINE Pay \(VISA\)$/ : /^LINE Pay balance$/,
    gatewayWith: (difference) => gatewayWith(options, control, currency, difference),
    customer: {
      kind: "payment",
      async approve({ windowId }) {
        const path = `/line-pay/requests/${windowId}/approve`;
        const wish = method === "balance" ? { method } : {};
        return (await control.post<{ confirmUrl: string }>(path, wish)).confirmUrl;
      },
      cancel: async ({ windowId }) =>
        void (await control.post(`/line-pay/requests/${windowId}/cancel`, {})),
      ignore: () => wait("PT21M"),
    },
    unheardOf: ["maintenance"], // LINE Pay announces none by a code.
    endedKeyFailure: "billing_key_invalid",
    spoil: (operation, trouble) => spoil(fault, operation, trouble),
    unknownPaymentId: "2026010100000000001",
    outliveAuthorizations: () => wait("P6D"),
    setFunds: (billingKey, funds) =>
      method === "card"
        ? change(billingKey, { declineCode: funds === "none" ? "1288" : null })
        : change(billingKey, { balance: funds === "none" ? 0 : 1_000_000_000 }),
    async movements(of) {
      const entries = (await control.ledger()).filter((entry) =>
        "key" in of ? entry.key === of.key : entry.orderId === of.orderId,
      );
      return entries.map(({ kind, amount }) => ({ kind, amountMinor: amount }));
    },
    withdraw: async (billingKey) =>
      void (await control.post(`/line-pay/keys/${billingKey}/delete`, {})),
    tellsOfWithdrawals: false,
    notificationsOf: undefined, // There is no webhook.
    turn: async (switches) => void (await control.post("/switches", { provider, ...switches })),
    fault,
    wait,
    reset: async () => void (await control.post("/reset", {})),
    async stop() {
      await emulator.stop();
      await sender.close();
    },
  };
}

async function spoil(
  fault: (operation: string, action: Action) => Promise<void>,
  operation: Operation,
  trouble: Trouble,
): Promise<void> {
  const name = operations[operation];
  const action = actions[trouble];
  if (action !== undefined) return await fault(name, action);
  if (trouble === "soft_decline") {
    return operation === "check_key"
      ? await fault(name, { type: "error", code: "1154" })
      : await fault(name, { type: "decline", code: "1280" });
  }
  if (trouble === "dead_key") return await fault(name, { type: "decline", code: "1282" });
  if (trouble !== "hard_decline") throw new Error(`LINE Pay has no ${trouble}.`);
  // Reported stolen, and the key neither usable nor gone when it is asked about.
  await fault(name, { type: "error", code: "1291" });
  await fault(operations.check_key, { type: "error", code: "1154" });
}

async function gatewayWith(
  options: LinePayGatewayOptions,
  control: EmulatorControl,
  currency: LinePayCurrency,
  difference: Difference,
): Promise<Gateway> {
  switch (difference) {
    case "impatient":
      return createLinePayGateway({ ...options, timeouts: { connectMs: 5_000, readMs: 1_000 } });
    case "nobody_listens":
      return createLinePayGateway({ ...options, apiHost: "http://127.0.0.1:1" });
    case "unknown_credentials":
      return createLinePayGateway({ ...options, channelSecret: "f".repeat(32) });
    case "no_contract": {
      const merchant = { provider: "line_pay", currency, preapprovedContract: false };
      const { channelId, channelSecret } = await control.post<{
        channelId: string;
        channelSecret: string;
      }>("/credentials", merchant);
      return createLinePayGateway({ ...options, channelId, channelSecret });
    }
  }
}
