import * as z from "zod";
import type { Exchange } from "../exchange.ts";
import type { Currency, Money } from "../money.ts";
import { wireAmount, type RawJson } from "./amounts.ts";
import {
  classifyLinePayAnswer,
  linePayFailure,
  refusedByUs,
  unreadableAnswer,
} from "./failures.ts";
import { checkAmount, checkLength, checkOrderId, checkRedirectUrl } from "./limits.ts";
import type { LinePayLocale } from "./locale.ts";
import type { LinePayTransport } from "./transport.ts";
import { optionalText, transactionId } from "./wire.ts";

/** Amounts inside are whole numbers of the smallest unit of `amount`'s currency. */
export interface PaymentRequest {
  /** At most 100 characters, unique per merchant. */
  readonly orderId: string;
  /** Σ of the packages' amounts and user fees, and of the shipping fee. */
  readonly amount: Money;
  /** At least one. */
  readonly packages: readonly RequestedPackage[];
  readonly redirectUrls: RedirectUrls;
  readonly options?: PaymentRequestOptions | undefined;
}

export interface RequestedPackage {
  /** At most 50 characters. */
  readonly id: string;
  readonly amountMinor: number;
  /** v3 only: a fee that the buyer bears. */
  readonly userFeeMinor?: number | undefined;
  readonly name?: string | undefined;
  /** At least one. */
  readonly products: readonly RequestedProduct[];
}

export interface RequestedProduct {
  readonly id?: string | undefined;
  /** At most 4,000 characters. */
  readonly name: string;
  readonly imageUrl?: string | undefined;
  readonly quantity: number;
  readonly priceMinor: number;
  readonly originalPriceMinor?: number | undefined;
}

export interface RedirectUrls {
  /** LINE Pay appends `orderId` and `transactionId`; at most 500 characters. */
  readonly confirmUrl: string;
  readonly cancelUrl: string;
  /** `CLIENT`: the customer's browser goes there. `SERVER`: LINE Pay calls it. `NONE`: poll. */
  readonly confirmUrlType?: "CLIENT" | "SERVER" | "NONE" | undefined;
  /** Android only. */
  readonly appPackageName?: string | undefined;
}

export interface PaymentRequestOptions {
  /** `PREAPPROVED` registers a key: its confirm takes the amount and answers with the key. */
  readonly payType?: "NORMAL" | "PREAPPROVED" | undefined;
  /** False only authorizes; in Taiwan by contract. Default true. */
  readonly capture?: boolean | undefined;
  readonly locale?: LinePayLocale | undefined;
  /** Sends the customer back when confirmUrl opens in another browser than the one that started. */
  readonly checkConfirmUrlBrowser?: boolean | undefined;
  readonly branchName?: string | undefined;
  readonly branchId?: string | undefined;
  /** Taiwan: what of the amount takes no points, and earns none. */
  readonly promotionRestriction?:
    { readonly useLimitMinor?: number | undefined; readonly rewardLimitMinor: number } | undefined;
  /** Each with one of the two: an amount or a quantity. */
  readonly events?:
    | readonly {
        readonly code: string;
        readonly totalAmountMinor?: number | undefined;
        readonly productQuantity?: number | undefined;
      }[]
    | undefined;
  /** v3 only: LINE official accounts that the customer may add. */
  readonly addFriends?:
    readonly { readonly type: "lineAt"; readonly idList: readonly string[] }[] | undefined;
  /** Of the old manual. */
  readonly shipping?: RequestedShipping | undefined;
}

export interface RequestedShipping {
  readonly type: "NO_SHIPPING" | "FIXED_ADDRESS" | "SHIPPING";
  readonly feeAmountMinor?: number | undefined;
  readonly feeInquiryUrl?: string | undefined;
  readonly feeInquiryType?: "CONDITION" | "FIXED" | undefined;
  /** Sent as it is; never kept in an Exchange. */
  readonly address?: Readonly<Record<string, unknown>> | undefined;
}

const requestInfo = z.looseObject({
  transactionId,
  paymentUrl: z.looseObject({ web: z.url({ protocol: /^https?$/ }), app: optionalText }),
  /** To type instead of scanning a code. */
  paymentAccessToken: optionalText,
});

export type RequestedPayment = z.infer<typeof requestInfo> & { readonly exchange: Exchange };

/**
 * Asks for a payment, or the registration of a key: LINE Pay opens a window that waits 20 minutes for
 * the customer. No money moves. Unverified: registration with an amount of zero, which we refuse.
 *
 * @throws {GatewayError} whatever the class: no money moved by this call.
 * @see LINE Pay Online API v3, "Request payment" (read 2026-11).
 */
export async function requestPayment(
  transport: LinePayTransport,
  request: PaymentRequest,
): Promise<RequestedPayment> {
  checkRequest(transport, request);
  const answer = await transport.send({
    operation: "request",
    method: "POST",
    path: ["request"],
    body: bodyOf(request),
  });
  if (classifyLinePayAnswer(answer) !== "done") throw linePayFailure(answer);
  const info = requestInfo.safeParse(answer.info).data;
  if (info === undefined) throw unreadableAnswer(answer, "transaction id and payment URL");
  return { ...info, exchange: answer.exchange };
}

function checkRequest({ apiVersion }: LinePayTransport, request: PaymentRequest): void {
  const { orderId, amount, packages, redirectUrls, options } = request;
  checkOrderId("request", orderId);
  checkAmount("request", amount);
  if (redirectUrls.confirmUrlType !== "NONE") {
    checkRedirectUrl("request", "confirmUrl", redirectUrls.confirmUrl);
    checkRedirectUrl("request", "cancelUrl", redirectUrls.cancelUrl);
  }
  for (const { id, products } of packages) {
    checkLength("request", "a package's id", id, 50);
    for (const { name } of products) checkLength("request", "a product's name", name, 4_000);
  }
  const sum = packages
    .map(({ amountMinor, userFeeMinor = 0 }) => amountMinor + userFeeMinor)
    .reduce((total, each) => total + each, options?.shipping?.feeAmountMinor ?? 0);
  if (sum !== amount.amountMinor) {
    throw refusedByUs(
      "request",
      "the packages, their fees and the shipping add up to another amount.",
    );
  }
  const isOfV3 =
    options?.addFriends !== undefined || packages.some((each) => each.userFeeMinor !== undefined);
  if (apiVersion === "v4" && isOfV3) {
    throw refusedByUs("request", "v4 has no user fee and no friends to add: leave them out.");
  }
}

/** Members that are undefined are left out by JSON.stringify. */
function bodyOf({ orderId, amount, packages, redirectUrls, options }: PaymentRequest): object {
  const { amountMinor, currency } = amount;
  return {
    amount: wireAmount(amountMinor, currency),
    currency,
    orderId,
    packages: packages.map((each) => ({
      id: each.id,
      amount: wireAmount(each.amountMinor, currency),
      userFee: optionalAmount(each.userFeeMinor, currency),
      name: each.name,
      products: each.products.map((product) => ({
        id: product.id,
        name: product.name,
        imageUrl: product.imageUrl,
        quantity: product.quantity,
        price: wireAmount(product.priceMinor, currency),
        originalPrice: optionalAmount(product.originalPriceMinor, currency),
      })),
    })),
    redirectUrls,
    options: options === undefined ? undefined : optionsBody(options, currency),
  };
}

function optionsBody(options: PaymentRequestOptions, currency: Currency): object {
  const { payType, capture, locale, checkConfirmUrlBrowser, branchName, branchId } = options;
  const { promotionRestriction, events, addFriends, shipping } = options;
  return {
    payment: withoutEmpty({ payType, capture }),
    display: withoutEmpty({ locale, checkConfirmUrlBrowser }),
    extra: withoutEmpty({
      branchName,
      branchId,
      promotionRestriction: promotionRestriction && {
        useLimit: optionalAmount(promotionRestriction.useLimitMinor, currency),
        rewardLimit: wireAmount(promotionRestriction.rewardLimitMinor, currency),
      },
    }),
    events: events?.map(({ code, totalAmountMinor, productQuantity }) => ({
      code,
      totalAmount: optionalAmount(totalAmountMinor, currency),
      productQuantity,
    })),
    familyService: addFriends && { addFriends },
    shipping: shipping && {
      type: shipping.type,
      feeAmount: optionalAmount(shipping.feeAmountMinor, currency),
      feeInquiryUrl: shipping.feeInquiryUrl,
      feeInquiryType: shipping.feeInquiryType,
      address: shipping.address,
    },
  };
}

function optionalAmount(amountMinor: number | undefined, currency: Currency): RawJson | undefined {
  return amountMinor === undefined ? undefined : wireAmount(amountMinor, currency);
}

/** A group of options of which none is set is left out as a whole. */
function withoutEmpty(group: object): object | undefined {
  return Object.values(group).some((value) => value !== undefined) ? group : undefined;
}
