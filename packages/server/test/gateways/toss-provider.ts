/** Toss Payments for the conformance suite: our client against our emulator, over real HTTP. */
import { startEmulator } from "@maedal/emulator";
import { createHttpSender, type Gateway, type HttpSender } from "@maedal/gateways";
import { createTossGateway, type TossGatewayOptions } from "@maedal/gateways/toss";
import { randomUUID } from "node:crypto";
import { controlOf, type EmulatorControl } from "../support/emulator-control.ts";
import { startNotificationReceiver } from "./notification-receiver.ts";
import type {
  Difference,
  Operation,
  ProviderUnderTest,
  ReceivedNotification,
  ScriptCustomer,
  Trouble,
} from "./provider-under-test.ts";

export type TossMethod = "TRANSFER" | "CARD";

export interface TossProvider extends ProviderUnderTest {
  readonly customer: ScriptCustomer;
  readonly control: EmulatorControl;
  readonly sender: HttpSender;
  /** What the working gateway was made of. */
  readonly options: TossGatewayOptions;
  turn(switches: Readonly<Record<string, unknown>>): Promise<void>;
  /** Every switch, fault and balance as at the start; registered keys are gone. */
  reset(): Promise<void>;
  notificationsOf(act: () => Promise<unknown>): Promise<readonly ReceivedNotification[]>;
  /**
   * As `notificationsOf`, for a merchant's server that answers as told.
   *
   * @param statuses Of its first answers; 200 after that.
   * @param wait How far the provider's clock is moved on for retries, ISO 8601.
   */
  notificationsTo(
    statuses: readonly number[],
    wait: string,
    act: () => Promise<unknown>,
  ): Promise<readonly ReceivedNotification[]>;
}

/** What the emulator calls what we ask of it; Toss has no other operations. */
const operations: Readonly<Partial<Record<Operation, string>>> = {
  register: "issue",
  charge: "charge",
  refund: "cancel",
  look_up: "get_order",
  delete: "delete_key",
};

function troublesOf(method: TossMethod): Readonly<Record<Trouble, Record<string, unknown>>> {
  const isCard = method === "CARD";
  const soft = isCard ? "REJECT_CARD_PAYMENT" : "REJECT_ACCOUNT_PAYMENT";
  const hard = isCard ? "INVALID_STOPPED_CARD" : "ALREADY_CLOSE_ACCOUNT";
  const error = { type: "error", status: 500, code: "FAILED_INTERNAL_SYSTEM_PROCESSING" };
  return {
    soft_decline: { type: "decline", code: soft },
    hard_decline: { type: "decline", code: hard },
    dead_key: { type: "kill_key", when: "before" },
    maintenance: { type: "decline", code: "MAINTAINED_METHOD" },
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
}

/** Starts an emulator of its own, on free ports. */
export async function startTossProvider(method: TossMethod): Promise<TossProvider> {
  const emulator = await startEmulator({ ports: { control: 0, toss: 0 } });
  const control = controlOf(emulator);
  const { url, clientKey, secretKey } = emulator.ready.toss;
  const sender = createHttpSender();
  const options = { mode: "test", clientKey, secretKey, apiHost: url, sender } as const;
  const troubles = troublesOf(method);

  const notificationsTo: TossProvider["notificationsTo"] = async (statuses, wait, act) => {
    const receiver = await startNotificationReceiver(statuses);
    const { id } = await control.post<{ id: string }>("/webhooks", { url: receiver.url });
    try {
      await act();
      await control.post("/clock", { by: wait }); // Answers once all that fell due was delivered.
      return receiver.received;
    } finally {
      await fetch(new URL(`/webhooks/${id}`, emulator.ready.control), { method: "DELETE" });
      await receiver.stop();
    }
  };

  return {
    name: `Toss Payments, ${method}`,
    control,
    sender,
    options,
    gateway: createTossGateway(options),
    method,
    currency: "KRW",
    label: method === "CARD" ? /^하나카드 \*{4}[\d*]{4}$/ : /^토스뱅크 \*{4}\d{4}$/,
    gatewayWith: (difference) => gatewayWith(options, control, difference),
    customer: {
      kind: "script",
      async passWindow() {
        const customerKey = randomUUID();
        const order = { customerKey, method };
        const { authKey } = await control.post<{ authKey: string }>("/toss/billing-auths", order);
        return { authKey, customerKey, idempotencyKey: randomUUID() };
      },
      leaveWindow: undefined,
    },
    unheardOf: [],
    endedKeyFailure: "billing_key_invalid",
    unknownPaymentId: "nobodys-payment",
    outliveAuthorizations: undefined,
    async setFunds(billingKey, funds) {
      const balance = funds === "none" ? 0 : 1_000_000_000;
      await control.post("/accounts", { kind: "change", billingKey, balance });
    },
    async spoil(operation, trouble) {
      const name = operations[operation];
      if (name === undefined) throw new Error(`Toss Payments has no operation ${operation}.`);
      await control.fault({ operation: name, action: troubles[trouble], times: 1 });
    },
    async movements(of) {
      const entries = (await control.ledger()).filter((entry) =>
        "key" in of ? entry.key === of.key : entry.orderId === of.orderId,
      );
      return entries.map(({ kind, amount }) => ({ kind, amountMinor: amount }));
    },
    withdraw:
      method === "CARD"
        ? undefined
        : async (billingKey) => void (await control.post("/toss/withdrawals", { billingKey })),
    tellsOfWithdrawals: true,
    notificationsOf: (act) => notificationsTo([], "PT3S", act),
    notificationsTo,
    turn: async (switches) => void (await control.post("/switches", switches)),
    reset: async () => void (await control.post("/reset", {})),
    async stop() {
      await emulator.stop();
      await sender.close();
    },
  };
}

async function gatewayWith(
  options: TossGatewayOptions,
  control: EmulatorControl,
  difference: Difference,
): Promise<Gateway> {
  switch (difference) {
    case "impatient":
      return createTossGateway({ ...options, timeouts: { connectMs: 5_000, readMs: 1_000 } });
    case "nobody_listens":
      return createTossGateway({ ...options, apiHost: "http://127.0.0.1:1" });
    case "unknown_credentials":
      return createTossGateway({ ...options, secretKey: "test_sk_UnknownSecretKey" });
    case "no_contract": {
      const merchant = { billingContract: false };
      const keys = await control.post<{ clientKey: string; secretKey: string }>(
        "/credentials",
        merchant,
      );
      return createTossGateway({ ...options, ...keys });
    }
  }
}
