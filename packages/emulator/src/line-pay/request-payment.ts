/**
 * Requesting a payment, or with payType PREAPPROVED the registration of a key with its first
 * payment. Nothing moves yet.
 *
 * LINE Pay Online API v3, "Request payment" (read 2026-11). The same orderId may be requested
 * again, and the sums are checked, as seen live (2026).
 */
import { z } from "zod";
import {
  amountSchema,
  minorOf,
  parseBody,
  refuseAmountOutside,
  refuseOtherCurrency,
  refuseSeparateCapture,
  success,
  wireId,
  type LinePayAnswer,
  type LinePayCall,
} from "./call.ts";
import type { Currency } from "./money.ts";
import type { Package } from "./records.ts";
import { refused } from "./refusals.ts";

const productSchema = z.looseObject({
  id: z.string().max(50).optional(),
  name: z.string().min(1).max(4000),
  imageUrl: z.string().max(500).optional(),
  quantity: z.number().min(0),
  price: amountSchema,
  originalPrice: amountSchema.optional(),
});

const packageSchema = z.object({
  id: z.string().min(1).max(50),
  amount: amountSchema,
  userFee: amountSchema.optional(),
  name: z.string().max(100).optional(),
  products: z.array(productSchema).min(1),
});

const address = z.url().max(500).optional();

const redirectUrlsSchema = z
  .object({
    confirmUrl: address,
    cancelUrl: address,
    confirmUrlType: z.enum(["CLIENT", "SERVER", "NONE"]).default("CLIENT"),
  })
  .refine(
    ({ confirmUrl, cancelUrl, confirmUrlType }) =>
      confirmUrlType === "NONE" || (confirmUrl !== undefined && cancelUrl !== undefined),
    { path: ["confirmUrl"] },
  );

const optionsSchema = z.object({
  payment: z
    .object({
      capture: z.boolean().default(true),
      payType: z.enum(["NORMAL", "PREAPPROVED"]).default("NORMAL"),
    })
    .prefault({}),
  display: z
    .object({
      locale: z.enum(["en", "ko", "ja", "th", "zh_TW", "zh_CN"]).default("en"),
      checkConfirmUrlBrowser: z.boolean().default(false),
    })
    .prefault({}),
  shipping: z.object({ feeAmount: amountSchema.optional() }).optional(),
  regPayRequest: z.looseObject({}).optional(),
});

const requestSchema = z.object({
  amount: amountSchema,
  currency: z.string().length(3),
  orderId: z.string().min(1).max(100),
  packages: z.array(packageSchema).min(1),
  redirectUrls: redirectUrlsSchema,
  options: optionsSchema.prefault({}),
});
type RequestBody = z.infer<typeof requestSchema>;

/** POST /v3/payments/request */
export function requestPayment(call: LinePayCall): LinePayAnswer {
  const { state, merchant, origin } = call;
  const body = parseBody(requestSchema, call.body);
  const { payment, display, regPayRequest } = body.options;
  refuseOtherCurrency(call, body.currency);
  refuseSeparateCapture(call, payment.capture);
  if (payment.payType === "PREAPPROVED" && !merchant.preapprovedContract) throw refused("1194");
  const { currency } = merchant;
  const amountMinor = minorOf(body.amount, currency);
  const packages = body.packages.map((wanted) => packageOf(call, wanted));
  refuseWrongSum(body, amountMinor, packages, currency);
  const isFreeRegistration = payment.payType === "PREAPPROVED" && amountMinor === 0;
  if (!isFreeRegistration || !state.switches().zeroAmountRegistration) {
    refuseAmountOutside(call, amountMinor);
  }

  const { confirmUrl = null, cancelUrl = null, confirmUrlType } = body.redirectUrls;
  const { transactionId, webToken, accessToken } = state.reserve({
    channelId: merchant.channelId,
    orderId: body.orderId,
    amountMinor,
    currency,
    ...payment,
    productName: body.packages[0]?.products[0]?.name ?? "",
    packages,
    confirmUrl,
    cancelUrl,
    confirmUrlType,
    ...display,
    regPayRequest: call.version === "v4" ? (regPayRequest ?? null) : null,
  });
  const web = `${origin}/web/payment/wait?transactionReserveId=${webToken}`;
  const paymentUrl = { web, app: `line://pay/payment/${webToken}` };
  const ids = { transactionId: wireId(transactionId), paymentAccessToken: accessToken };
  return success({ paymentUrl, ...ids }, "Success.");
}

/**
 * A package in smallest units. v4 knows no `userFee`: it is ignored there, and the sums say so.
 *
 * Unverified: that a package whose products do not add up is refused as a wrong total is (with or
 * without the fee, of which the documents say both).
 */
function packageOf(
  { version, merchant: { currency } }: LinePayCall,
  { id, name, amount, userFee, products }: RequestBody["packages"][number],
): Package {
  const amountMinor = minorOf(amount, currency);
  const userFeeMinor = version === "v4" ? 0 : minorOf(userFee ?? 0, currency);
  const productsMinor = products.reduce(
    (sum, { price, quantity }) => sum + minorOf(price, currency) * quantity,
    0,
  );
  if (amountMinor !== productsMinor && amountMinor !== productsMinor + userFeeMinor) {
    const sum = "sum(products[].price * products[].quantity)";
    throw refused("2101", `packages[${id}].amount != ${sum}`);
  }
  const named = name === undefined ? {} : { name };
  return { id, ...named, amountMinor, userFeeMinor, products };
}

/** @throws {Refused} 2101 with the text seen live (2026). */
function refuseWrongSum(
  { options }: RequestBody,
  amountMinor: number,
  packages: readonly Package[],
  currency: Currency,
): void {
  const shippingMinor = minorOf(options.shipping?.feeAmount ?? 0, currency);
  const sum = packages.reduce(
    (total, wanted) => total + wanted.amountMinor + wanted.userFeeMinor,
    shippingMinor,
  );
  if (amountMinor === sum) return;
  const formula = "sum(packages[].amount) + sum(packages[].userFee) + shippingFee";
  throw refused("2101", `form.amount != ${formula}`);
}
