/** PortOne V1 behind the interface that all gateways share: billing keys of one channel. */
import type {
  BillingKeySecret,
  Gateway,
  GatewayCapabilities,
  RefundOrder,
  RefundReceipt,
} from "../gateway.ts";
import { money } from "../money.ts";
import { portOneSdkUrl, readSdkUrl, type PortOneMode } from "./address.ts";
import { cancelPayment } from "./cancel-payment.ts";
import { portOneChannels, readMerchantChannel, type PortOneChannel } from "./channels.ts";
import { chargeBillingKey } from "./charge-billing-key.ts";
import type { PortOneConnection } from "./connection.ts";
import { checkSettings, credentialProblems } from "./credentials.ts";
import { deleteCustomer } from "./customers.ts";
import { diagnose } from "./diagnose.ts";
import { existingKeys } from "./existing-keys.ts";
import { refusedByUs } from "./failures.ts";
import { maximumOrderNameLength } from "./limits.ts";
import { listTransactions } from "./list-transactions.ts";
import { findKeyOfPayment, lookUpByOrderId, lookUpByPaymentId } from "./look-up.ts";
import { readNotification } from "./notification.ts";
import { unscheduleCharges } from "./schedules.ts";
import { scriptWindow } from "./script-window.ts";
import {
  longestReadMs,
  portOneTimeouts,
  timeoutProblems,
  type PortOneTimeouts,
} from "./timeouts.ts";
import { createPortOneTransport, type PortOneTransportOptions } from "./transport.ts";

export interface PortOneGatewayOptions extends PortOneTransportOptions {
  /** The credentials are the same for both: every answer's `sandbox` is compared with this. */
  readonly mode: PortOneMode;
  /** `imp12345678`: public, for the browser's script. */
  readonly impCode: string;
  /** `chai`, `kakaopay` …, or `chai.{merchant id}` where the account has several of one company. */
  readonly channel: string;
  /** From the console; what windows are opened with instead of the deprecated `pg`. */
  readonly channelKey?: string | undefined;
  /** The browser script. Default `https://cdn.iamport.kr/v1/iamport.js`. */
  readonly sdkUrl?: string | undefined;
  /** Whether a payment of a test channel is found by its id. Default: in test mode. */
  readonly includeSandbox?: boolean | undefined;
}

/** @throws {GatewayError} `configuration`, naming what is wrong with credentials, channel, addresses or timeouts. */
export function createPortOneGateway(options: PortOneGatewayOptions): Gateway {
  const { mode, timeouts = portOneTimeouts } = options;
  const merchantChannel = readMerchantChannel(options.channel);
  checkSettings([
    ...credentialProblems(options),
    ...impCodeProblems(options.impCode),
    ...(mode === "live" ? timeoutProblems(timeouts) : []),
    ...(merchantChannel === undefined ? [channelProblem] : []),
  ]);
  if (merchantChannel === undefined) throw new Error("an unknown channel is a problem");
  const transport = createPortOneTransport({ ...options, timeouts });
  const { includeSandbox = mode === "test" } = options;
  const connection: PortOneConnection = { ...merchantChannel, transport, mode, includeSandbox };
  const sdkUrl = readSdkUrl(options.sdkUrl ?? portOneSdkUrl);
  const { channel, impCode, channelKey } = options;

  return {
    provider: "portone",
    label: connection.channel.label,
    capabilities: capabilitiesOf(connection.channel, timeouts),
    window: scriptWindow(connection, { sdkUrl, impCode, channelKey }),
    chargeBillingKey: (order) => chargeBillingKey(connection, order),
    lookUpByOrderId: (orderId) => lookUpByOrderId(connection, orderId),
    lookUpByPaymentId: (paymentId) => lookUpByPaymentId(connection, paymentId),
    findKeyOfPayment: (paymentId) => findKeyOfPayment(connection, paymentId),
    refund: (order) => refund(connection, order),
    listTransactions: (range) => listTransactions(connection, range),
    existingKeys: existingKeys(connection),
    diagnose: () => diagnose(connection, { mode, channel, channelKey }),
    deleteBillingKey: (secret) => deleteBillingKey(connection, secret),
    readNotification,
  };
}

const channelProblem = `The channel is not one whose window issues billing keys: use one of ${portOneChannels.map(({ code }) => code).join(", ")}, with a dot and a merchant id after it where the account has several.`;

function impCodeProblems(impCode: string): readonly string[] {
  if (/^imp\d{1,20}$/.test(impCode)) return [];
  return [
    "The identification code is imp and digits: copy it again, in PortOne's console, merchant information (가맹점 식별코드).",
  ];
}

function capabilitiesOf(
  { buyer, method, minimumMinor }: PortOneChannel,
  timeouts: PortOneTimeouts,
): GatewayCapabilities {
  return {
    methods: { [method]: { KRW: { minimumMinor } } },
    keyCheck: false, // PortOne tells whether it has a key, and does not ask whether it can be charged.
    separateCapture: false,
    answerFields: ["orderId", "amount", "currency"],
    lookUpFields: ["orderId", "amount", "currency"],
    listByDate: true,
    declinedIdReusable: false,
    deletesUnusedKeys: false,
    recurringOnly: false,
    maximumOrderNameLength,
    payerDetails: buyer,
    timeouts: { connectMs: timeouts.connectMs, readMs: longestReadMs(timeouts) },
  };
}

async function refund(
  { transport, channel }: PortOneConnection,
  { paymentId, amount, refundableMinor, reason, isStillInTime }: RefundOrder,
): Promise<RefundReceipt> {
  if (!Number.isSafeInteger(refundableMinor) || refundableMinor <= 0) {
    throw refusedByUs("refund", "nothing is left to refund.");
  }
  const refundable = money(refundableMinor, "KRW");
  const canceled = await cancelPayment(transport, {
    impUid: paymentId,
    amount: amount ?? refundable,
    refundable,
    reason,
    requester: requesterFor(channel),
    isStillInTime,
  });
  const { refundedMinor, exchange } = canceled;
  return { refund: canceled.refund, refundedMinor, observations: [], exchange };
}

/**
 * Revokes what may be scheduled on the key first, because nothing says what becomes of it. Maedal
 * schedules nothing at PortOne; a service that it took over from may have.
 */
async function deleteBillingKey(
  { transport, channel }: PortOneConnection,
  { billingKey: customerUid }: BillingKeySecret,
): Promise<void> {
  await unscheduleCharges(transport, { customerUid });
  const requester = requesterFor(channel);
  const reason = requester === undefined ? undefined : "정기결제 종료";
  await deleteCustomer(transport, { customerUid, reason, requester });
}

function requesterFor({ needsRequester }: PortOneChannel): "admin" | undefined {
  return needsRequester ? "admin" : undefined;
}
