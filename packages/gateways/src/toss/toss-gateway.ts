/** Toss Payments behind the interface that all gateways share: quick transfer and card. */
import { GatewayError } from "../gateway-error.ts";
import type {
  Gateway,
  GatewayCapabilities,
  Notification,
  Observation,
  ProviderPayment,
  ProviderTransaction,
  RefundOrder,
  RegisteredBillingKey,
} from "../gateway.ts";
import type { Exchange } from "../exchange.ts";
import type { HttpSender } from "../http.ts";
import { readSdkUrl, tossApiHost, tossSdkUrl } from "./address.ts";
import { billingLabel, type TossBilling } from "./billing.ts";
import { cancelPayment } from "./cancel-payment.ts";
import { chargeBillingKey } from "./charge-billing-key.ts";
import { deleteBillingKey } from "./delete-billing-key.ts";
import { refusedByUs } from "./failures.ts";
import { getPayment, getPaymentByOrderId, type FoundPayment } from "./get-payment.ts";
import { issueBillingKey } from "./issue-billing-key.ts";
import { tossKeyProblems, type TossMode } from "./keys.ts";
import { checkAmount, maximumOrderNameLength, tossLimits } from "./limits.ts";
import { listTransactions, type TossTransaction } from "./list-transactions.ts";
import { toProviderPayment } from "./provider-payment.ts";
import { readTossTime } from "./time.ts";
import {
  createTossTransport,
  minimumLiveReadMs,
  tossTimeouts,
  type TossTimeouts,
} from "./transport.ts";
import { readTossWebhook } from "./webhook.ts";

export interface TossGatewayOptions {
  /** `test` accepts `test_` keys only and moves no money; `live` accepts `live_` keys only. */
  readonly mode: TossMode;
  readonly secretKey: string;
  readonly clientKey: string;
  readonly sender: HttpSender;
  /** Default `https://api.tosspayments.com`; `http://` for an emulator on this machine only. */
  readonly apiHost?: string | undefined;
  /** The browser script. Default `https://js.tosspayments.com/v2/standard`. */
  readonly sdkUrl?: string | undefined;
  /** `Payment.version` that this key is known to have; another one is observed, not refused. */
  readonly apiVersion?: string | undefined;
  /** Default 10 s and 65 s; in live mode at least 60 s for the answer. */
  readonly timeouts?: TossTimeouts | undefined;
}

/** @throws {GatewayError} `configuration`, naming what is wrong with keys, addresses or timeouts. */
export function createTossGateway(options: TossGatewayOptions): Gateway {
  const { apiVersion, clientKey, secretKey, sender, timeouts = tossTimeouts } = options;
  const problems = [...tossKeyProblems(options)];
  if (options.mode === "live" && timeouts.readMs < minimumLiveReadMs) {
    problems.push(
      `An approval may take 60 s: set the read timeout to ${minimumLiveReadMs} ms or more.`,
    );
  }
  if (problems.length > 0) {
    throw new GatewayError(problems.join(" "), { provider: "toss", failure: "configuration" });
  }
  const apiHost = options.apiHost ?? tossApiHost;
  const transport = createTossTransport({ secretKey, sender, apiHost, timeouts });
  const sdkUrl = readSdkUrl(options.sdkUrl ?? tossSdkUrl);
  const read = ({ payment, exchange }: FoundPayment): ProviderPayment =>
    toProviderPayment(payment, exchange, apiVersion);

  return {
    provider: "toss",
    label: "토스페이먼츠",
    capabilities: capabilitiesWith(timeouts),

    window: {
      kind: "script",
      script: { url: sdkUrl, clientKey, global: "TossPayments" },
      async exchange(handle) {
        const { billing, exchange } = await issueBillingKey(transport, handle);
        return registeredBillingKey(billing, exchange);
      },
    },

    async chargeBillingKey(order) {
      if (order.capture === "manual") {
        throw refusedByUs("Toss captures what it charges at once: charge without manual capture.");
      }
      return read(await chargeBillingKey(transport, order));
    },

    async lookUpByOrderId(orderId) {
      const found = await getPaymentByOrderId(transport, orderId);
      return found === "not_found" ? found : read(found);
    },

    async lookUpByPaymentId(paymentId) {
      const found = await getPayment(transport, paymentId);
      return found === "not_found" ? found : read(found);
    },

    async refund(order) {
      const { payment, cancel, exchange } = await cancelPayment(transport, cancelOf(order));
      const { refunds, refundedMinor, observations } = read({ payment, exchange });
      const refund = refunds.find(({ transactionId }) => transactionId === cancel.transactionKey);
      if (refund === undefined) throw new Error("a cancel of the payment is not in its refunds");
      return { refund, refundedMinor, observations, exchange };
    },

    async *listTransactions(range) {
      for await (const transaction of listTransactions(transport, range)) {
        yield providerTransaction(transaction);
      }
    },

    async deleteBillingKey({ billingKey }) {
      await deleteBillingKey(transport, billingKey);
    },

    readNotification,
  };
}

function capabilitiesWith(timeouts: TossTimeouts): GatewayCapabilities {
  return {
    methods: tossLimits,
    keyCheck: false, // There is no look-up of a billing key, and a probe charge is not acceptable.
    separateCapture: false,
    answerFields: ["orderId", "amount", "currency"],
    lookUpFields: ["orderId", "amount", "currency"],
    listByDate: true,
    deletesUnusedKeys: false,
    idempotencyWindowDays: 15,
    declinedIdReusable: false,
    recurringOnly: true,
    maximumOrderNameLength,
    payerDetails: [],
    timeouts,
  };
}

/** Billing's Korean literal in the words of the SDK, which our capabilities use. */
const methodsByLiteral: Readonly<Record<string, keyof typeof tossLimits>> = {
  계좌이체: "TRANSFER",
  카드: "CARD",
};

function registeredBillingKey(billing: TossBilling, exchange: Exchange): RegisteredBillingKey {
  const { billingKey, customerKey, card } = billing;
  const literal = billing.method ?? "";
  const method = Object.hasOwn(methodsByLiteral, literal) ? methodsByLiteral[literal] : undefined;
  const observations: Observation[] = [];
  if (method === undefined) {
    const detail = "The method of the billing key is neither 계좌이체 nor 카드.";
    observations.push({ code: "unknown_method", detail });
  }
  return {
    secret: { billingKey, customerKey },
    method: method ?? (card ? "CARD" : "TRANSFER"),
    methodLabel: billingLabel(billing),
    observations,
    exchange,
  };
}

function cancelOf(order: RefundOrder): Parameters<typeof cancelPayment>[1] {
  const { paymentId, amount, refundableMinor, reason, idempotencyKey } = order;
  if (amount !== undefined) checkAmount(amount);
  return {
    paymentKey: paymentId,
    cancelReason: reason,
    cancelAmountMinor: amount?.amountMinor,
    refundableMinor,
    idempotencyKey,
  };
}

function providerTransaction(transaction: TossTransaction): ProviderTransaction {
  const { transactionKey, paymentKey, orderId, status, amount, transactionAt } = transaction;
  // Unverified: the sign of a cancellation. Without it one of everything looks like the payment itself.
  const isCancellation = status === "CANCELED" || status === "PARTIAL_CANCELED";
  const signed = isCancellation && amount != null ? -Math.abs(amount) : amount;
  return {
    transactionId: transactionKey,
    paymentId: paymentKey,
    orderId,
    providerStatus: status,
    amountMinor: signed ?? undefined,
    happenedAt: transactionAt == null ? undefined : readTossTime(transactionAt),
  };
}

function readNotification(
  body: string,
  headers: Readonly<Record<string, string>>,
): Notification | "unreadable" {
  const webhook = readTossWebhook(body, headers);
  if (webhook === "unreadable") return webhook;
  const deliveryId = webhook.delivery.transmissionId;
  if (webhook.eventType === "ignored") {
    return { kind: "ignored", eventType: webhook.name, deliveryId };
  }
  const { createdAt } = webhook;
  if (webhook.eventType === "BILLING_DELETED") {
    const { billingKey, reason } = webhook;
    return { kind: "billing_key_deleted", billingKey, reason, createdAt, deliveryId };
  }
  const { paymentKey, orderId } = webhook;
  return { kind: "payment_changed", paymentId: paymentKey, orderId, createdAt, deliveryId };
}
