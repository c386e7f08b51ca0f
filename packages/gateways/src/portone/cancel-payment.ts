import type { Exchange } from "../exchange.ts";
import type { ProviderPayment, ProviderRefund } from "../gateway.ts";
import { currencies, type Money } from "../money.ts";
import { wireAmount } from "./amounts.ts";
import {
  classifyPortOneAnswer,
  mismatch,
  portOneFailure,
  refusedByUs,
  unreadableAnswer,
} from "./failures.ts";
import { checkImpUid, checkLength } from "./limits.ts";
import { readPayment, type PortOnePayment } from "./payment.ts";
import { toProviderPayment } from "./provider-payment.ts";
import type { PortOneAnswer, PortOneTransport } from "./transport.ts";

export interface PaymentCancel {
  readonly impUid: string;
  /** Never 0 and never left out on the wire, because PortOne takes both for all that is left. */
  readonly amount: Money;
  /**
   * What we believe is left before this refund. PortOne does nothing when its own balance differs, so
   * a refund that is sent twice is made once.
   */
  readonly refundable: Money;
  /** 1 to 256 characters. */
  readonly reason: string;
  readonly taxFree?: Money | undefined;
  readonly vatAmount?: Money | undefined;
  /** Who asks for it. Naverpay only. */
  readonly requester?: "customer" | "admin" | undefined;
  /** Where the money goes when it cannot go back the way it came. */
  readonly account?:
    | {
        readonly holder: string;
        readonly bankCode: string;
        readonly number: string;
        readonly phone?: string | undefined;
      }
    | undefined;
  /** Whether the refund is told by a webhook; PortOne's default is no. */
  readonly sendsWebhook?: boolean | undefined;
  /** Asked once there is a token: false, and nothing is sent. Default: always in time. */
  readonly isStillInTime?: (() => boolean) | undefined;
}

export interface CanceledPayment {
  readonly payment: PortOnePayment;
  /** This refund among the payment's. */
  readonly refund: ProviderRefund;
  /** Σ of all refunds of the payment, this one included. */
  readonly refundedMinor: number;
  readonly exchange: Exchange;
}

/**
 * Gives money back, all or in part ("cancel" is PortOne's word for it).
 *
 * @throws {GatewayError} `outcome_unknown` when the refund may exist, which includes "all of it was
 *   given back": an earlier try may have done it. Look the payment up and compare its refunds.
 *   `mismatch`, with the payment, when the answer is not about this refund. Every other class: nothing
 *   was given back.
 * @see PortOne V1 API schema, POST /payments/cancel (read 2026-08).
 */
export async function cancelPayment(
  transport: PortOneTransport,
  cancel: PaymentCancel,
): Promise<CanceledPayment> {
  checkCancel(cancel);
  const { impUid, amount, refundable, reason, taxFree, vatAmount, requester, account } = cancel;
  const answer = await transport.send({
    operation: "refund",
    method: "POST",
    path: ["payments", "cancel"],
    isStillInTime: cancel.isStillInTime,
    body: {
      imp_uid: impUid,
      amount: wireAmount(amount),
      checksum: wireAmount(refundable),
      reason,
      tax_free: taxFree === undefined ? undefined : wireAmount(taxFree),
      vat_amount: vatAmount === undefined ? undefined : wireAmount(vatAmount),
      refund_holder: account?.holder,
      refund_bank: account?.bankCode,
      refund_account: account?.number,
      refund_tel: account?.phone,
      enable_webhook: cancel.sendsWebhook,
      extra: requester === undefined ? undefined : { requester },
    },
  });
  if (classifyPortOneAnswer(answer) !== "done") throw portOneFailure(answer);
  return canceledPayment(cancel, answer);
}

/** @throws {GatewayError} `invalid_request`. Nothing was sent. */
function checkCancel({ impUid, amount, refundable, reason }: PaymentCancel): void {
  checkImpUid("refund", impUid);
  checkLength("refund", "a refund's reason", reason, 256);
  if (amount.currency !== refundable.currency) {
    throw refusedByUs("refund", "the amount and what is left are in two currencies.");
  }
  if (amount.amountMinor === 0) {
    throw refusedByUs("refund", "an amount of 0 would give back all that is left.");
  }
  if (amount.amountMinor > refundable.amountMinor) {
    const exponent = currencies[refundable.currency];
    const left = wireAmount(refundable).toFixed(exponent);
    throw refusedByUs("refund", `only ${left} ${refundable.currency} are left.`);
  }
}

/**
 * What is left says whether this refund was made: each one lowers it, so no two leave the same. Ours
 * is then the newest entry of its amount.
 */
function canceledPayment(cancel: PaymentCancel, answer: PortOneAnswer): CanceledPayment {
  const { impUid, amount, refundable } = cancel;
  const { exchange } = answer;
  const payment = readPayment(answer);
  const provider = toProviderPayment(payment, exchange);
  if (payment.imp_uid !== impUid) {
    throw mismatch("refund", ["its id is another"], provider);
  }
  if (provider.amount?.currency !== refundable.currency) {
    throw mismatch("refund", ["its currency is another"], provider);
  }
  const left = provider.amount.amountMinor - provider.refundedMinor;
  // Unverified: that a refund which is still on its way (paypal_v2) is told like this.
  if (left === refundable.amountMinor) throw unreadableAnswer(answer, "end of the refund");
  if (left !== refundable.amountMinor - amount.amountMinor) {
    throw mismatch("refund", ["what is left after it is another amount"], provider);
  }
  const refund = newestOf(provider, amount.amountMinor);
  if (refund === undefined) throw unreadableAnswer(answer, "entry of this refund");
  return { payment, refund, refundedMinor: provider.refundedMinor, exchange };
}

function newestOf({ refunds }: ProviderPayment, amountMinor: number): ProviderRefund | undefined {
  const at = ({ refundedAt }: ProviderRefund) => refundedAt?.epochMilliseconds ?? 0;
  let newest: ProviderRefund | undefined;
  for (const refund of refunds) {
    if (refund.amountMinor !== amountMinor) continue;
    // Unverified: that of two in one second the later one comes last.
    if (newest === undefined || at(refund) >= at(newest)) newest = refund;
  }
  return newest;
}
