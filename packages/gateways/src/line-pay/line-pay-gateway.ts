/** LINE Pay behind the interface that all gateways share: preapproved payments on a regKey. */
import { GatewayError, type FailureClass } from "../gateway-error.ts";
import type {
  ChargeOrder,
  Gateway,
  GatewayCapabilities,
  KeyHealth,
  ProviderPayment,
  RefundOrder,
  RefundReceipt,
} from "../gateway.ts";
import { authorizations } from "./authorizations.ts";
import { createLinePayClient, type LinePayClient, type LinePayClientOptions } from "./client.ts";
import { asksKey, refusedByUs } from "./failures.ts";
import { linePayLimits, maximumOrderNameLength } from "./limits.ts";
import { lookUpByOrderId, lookUpByTransactionId } from "./look-up.ts";
import { paymentWindow } from "./payment-window.ts";
import { providerPayment } from "./provider-payment.ts";
import { readLinePayTime } from "./time.ts";
import { linePayTimeouts, longestReadMs, type LinePayTimeouts } from "./timeouts.ts";

export interface LinePayGatewayOptions extends LinePayClientOptions {
  /** `checkBillingKey` also authorizes a smallest amount. Taiwan only, by arrangement. Default false. */
  readonly checksCardAuthorization?: boolean | undefined;
  /**
   * Default 180. Unverified: a key dies 180 days after its last payment, after one day in the sandbox
   * (answers of LINE Pay's support, published by a merchant); the documents only say that it expires.
   */
  readonly unusedKeyLifetimeDays?: number | undefined;
}

/** @throws {GatewayError} `configuration`, naming what is wrong with credentials, host or timeouts. */
export function createLinePayGateway(options: LinePayGatewayOptions): Gateway {
  const client = createLinePayClient(options);
  const { timeouts = linePayTimeouts, unusedKeyLifetimeDays = 180 } = options;
  const creditCardAuth = options.checksCardAuthorization ?? false;

  return {
    provider: "line_pay",
    label: "LINE Pay",
    capabilities: capabilitiesWith(timeouts, unusedKeyLifetimeDays),
    window: paymentWindow(client),
    authorizations: authorizations(client),
    chargeBillingKey: (order) => chargeBillingKey(client, order),
    lookUpByOrderId: (orderId) => lookUpByOrderId(client, orderId),
    lookUpByPaymentId: (paymentId) => lookUpByTransactionId(client, paymentId),
    refund: (order) => refund(client, order),
    checkBillingKey: ({ billingKey }) => client.checkRegKey({ regKey: billingKey, creditCardAuth }),

    async deleteBillingKey({ billingKey }) {
      await client.expireRegKey(billingKey);
    },

    /** LINE Pay sends none. */
    readNotification: () => "unreadable",
  };
}

function capabilitiesWith(
  { connectMs, readMs }: LinePayTimeouts,
  unusedKeyLifetimeDays: number,
): GatewayCapabilities {
  return {
    methods: linePayLimits,
    keyCheck: true,
    separateCapture: true,
    answerFields: [], // A charge is answered with its transaction id; the order id is optional.
    lookUpFields: ["orderId", "amount", "currency"],
    listByDate: false,
    declinedIdReusable: false,
    unusedKeyLifetimeDays,
    deletesUnusedKeys: true,
    recurringOnly: false,
    maximumOrderNameLength,
    payerDetails: [],
    timeouts: { connectMs, readMs: longestReadMs({ connectMs, readMs }) },
  };
}

async function chargeBillingKey(
  client: LinePayClient,
  order: ChargeOrder,
): Promise<ProviderPayment> {
  const { billingKey: regKey } = order.secret;
  const { orderId, orderName: productName, amount } = order;
  const capture = order.capture === "manual" ? false : undefined;
  try {
    const charged = await client.chargeRegKey({ regKey, orderId, productName, amount, capture });
    return providerPayment({
      paymentId: charged.transactionId,
      state: capture === false ? "authorized" : "captured",
      providerStatus: "0000",
      orderId: charged.orderId ?? undefined,
      approvedAt: readLinePayTime(charged.transactionDate),
      authorizationExpiresAt: readLinePayTime(charged.authorizationExpireDate),
      exchange: charged.exchange,
    });
  } catch (error) {
    if (!(error instanceof GatewayError) || !isDeclineThatAsksKey(error)) throw error;
    throw declineOf(error, await keyAfterDecline(client, regKey));
  }
}

function isDeclineThatAsksKey({ failure, code }: GatewayError): boolean {
  return (failure === "soft_decline" || failure === "hard_decline") && asksKey(code);
}

/** Undefined when LINE Pay does not say clearly: the decline stands as it is. */
async function keyAfterDecline(
  client: LinePayClient,
  regKey: string,
): Promise<KeyHealth | undefined> {
  try {
    return await client.checkRegKey({ regKey });
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

/** The same decline, in the class that the state of the key gives it. */
function declineOf(error: GatewayError, key: KeyHealth | undefined): GatewayError {
  const { provider, code, providerMessage, httpStatus, exchange } = error;
  const answer = key === undefined ? "no clear answer" : `${key.state} (${key.code})`;
  return new GatewayError(`${error.message} Asked about the key: ${answer}.`, {
    provider,
    failure: classAfterCheck(error.failure, key),
    code,
    providerMessage,
    httpStatus,
    exchange,
  });
}

function classAfterCheck(failure: FailureClass, key: KeyHealth | undefined): FailureClass {
  if (key?.state === "gone") return "billing_key_invalid";
  return key?.state === "usable" ? "soft_decline" : failure;
}

/**
 * The answer names no amount: what is left is given back when none is asked for, so the receipt says
 * what we believed to be left. A look-up lists what was really given back.
 */
async function refund(client: LinePayClient, order: RefundOrder): Promise<RefundReceipt> {
  const { paymentId, amount, refundableMinor } = order;
  if (refundableMinor <= 0 || (amount !== undefined && amount.amountMinor > refundableMinor)) {
    throw refusedByUs("refund", `only ${refundableMinor} (smallest units) are left to refund.`);
  }
  const refunded = await client.refund({ transactionId: paymentId, amount });
  return {
    refund: {
      transactionId: refunded.refundTransactionId,
      amountMinor: amount?.amountMinor ?? refundableMinor,
      refundedAt: readLinePayTime(refunded.refundTransactionDate),
      reason: undefined, // LINE Pay takes and keeps none.
    },
    refundedMinor: undefined,
    observations: [],
    exchange: refunded.exchange,
  };
}
