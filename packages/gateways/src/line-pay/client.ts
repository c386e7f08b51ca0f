import { GatewayError } from "../gateway-error.ts";
import type { KeyHealth } from "../gateway.ts";
import {
  capturePayment,
  type AuthorizationCapture,
  type CaptureResult,
} from "./capture-payment.ts";
import { chargeRegKey, type ChargedRegKey, type RegKeyCharge } from "./charge-reg-key.ts";
import { checkRegKey, type RegKeyCheck } from "./check-reg-key.ts";
import { checkRequest, type RequestState } from "./check-request.ts";
import { confirmPayment, type ConfirmedPayment, type PaymentConfirm } from "./confirm-payment.ts";
import { expireRegKey } from "./expire-reg-key.ts";
import {
  paymentDetails,
  type PaymentDetails,
  type PaymentDetailsQuery,
} from "./payment-details.ts";
import { refundPayment, type PaymentRefund, type RefundedPayment } from "./refund-payment.ts";
import { requestPayment, type PaymentRequest, type RequestedPayment } from "./request-payment.ts";
import { linePayTimeouts, timeoutProblems } from "./timeouts.ts";
import {
  createLinePayTransport,
  type LinePayApiVersion,
  type LinePayTransportOptions,
} from "./transport.ts";
import { voidAuthorization } from "./void-authorization.ts";
import type { Exchange } from "../exchange.ts";

export type LinePayClientOptions = LinePayTransportOptions;

/**
 * Every call of LINE Pay's Online API that payments on a key need. One call is one request, except
 * `paymentDetails`, which asks for 100 payments at a time. Each throws a GatewayError whose class says
 * what it means for the money; the functions of the same names document which.
 */
export interface LinePayClient {
  readonly apiVersion: LinePayApiVersion;
  request(request: PaymentRequest): Promise<RequestedPayment>;
  checkRequest(transactionId: string): Promise<RequestState>;
  confirm(confirm: PaymentConfirm): Promise<ConfirmedPayment>;
  capture(capture: AuthorizationCapture): Promise<CaptureResult>;
  void(transactionId: string): Promise<{ readonly exchange: Exchange }>;
  refund(refund: PaymentRefund): Promise<RefundedPayment>;
  paymentDetails(query: PaymentDetailsQuery): Promise<PaymentDetails>;
  checkRegKey(check: RegKeyCheck): Promise<KeyHealth>;
  chargeRegKey(charge: RegKeyCharge): Promise<ChargedRegKey>;
  expireRegKey(regKey: string): Promise<{ readonly exchange: Exchange }>;
}

/** @throws {GatewayError} `configuration`, naming what is wrong with credentials, host or timeouts. */
export function createLinePayClient(options: LinePayClientOptions): LinePayClient {
  const problems = [
    ...credentialProblems(options),
    ...(options.mode === "live" ? timeoutProblems(options.timeouts ?? linePayTimeouts) : []),
  ];
  if (problems.length > 0) {
    throw new GatewayError(problems.join(" "), { provider: "line_pay", failure: "configuration" });
  }
  const transport = createLinePayTransport(options);
  return {
    apiVersion: transport.apiVersion,
    request: (request) => requestPayment(transport, request),
    checkRequest: (transactionId) => checkRequest(transport, transactionId),
    confirm: (confirm) => confirmPayment(transport, confirm),
    capture: (capture) => capturePayment(transport, capture),
    void: (transactionId) => voidAuthorization(transport, transactionId),
    refund: (refund) => refundPayment(transport, refund),
    paymentDetails: (query) => paymentDetails(transport, query),
    checkRegKey: (check) => checkRegKey(transport, check),
    chargeRegKey: (charge) => chargeRegKey(transport, charge),
    expireRegKey: (regKey) => expireRegKey(transport, regKey),
  };
}

/** Sentences that name the fix and never quote a credential. Only a call tells whether it is known. */
function credentialProblems({ channelId, channelSecret }: LinePayClientOptions): readonly string[] {
  const where = "in LINE Pay's merchant centre, payment integration, link keys";
  const problems: string[] = [];
  for (const [name, value] of [
    ["channel id", channelId],
    ["channel secret", channelSecret],
  ]) {
    if (/^[\x21-\x7e]+$/.test(value ?? "")) continue;
    problems.push(
      `The ${name} is empty or contains a space, a line break or a letter that is not ASCII: copy it again, ${where}.`,
    );
  }
  return problems;
}
