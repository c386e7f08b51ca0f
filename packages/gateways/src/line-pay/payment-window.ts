import type {
  ConfirmedWindow,
  ConfirmOrder,
  OpenedWindow,
  PaymentWindow,
  WindowOrder,
  WindowState,
} from "../gateway.ts";
import type { LinePayClient } from "./client.ts";
import { paidAmount, type ConfirmedPayment } from "./confirm-payment.ts";
import { methodLabel } from "./labels.ts";
import { isTransactionId } from "./limits.ts";
import { linePayLocale } from "./locale.ts";
import { providerPayment } from "./provider-payment.ts";
import { readLinePayTime } from "./time.ts";

/** Registration at LINE Pay: the customer approves a first payment, and its confirm brings the key. */
export function paymentWindow(client: LinePayClient): PaymentWindow {
  return {
    kind: "payment",
    open: (order) => open(client, order),
    readReturn,
    check: (windowId) => check(client, windowId),
    confirm: (order) => confirm(client, order),
  };
}

async function open(client: LinePayClient, order: WindowOrder): Promise<OpenedWindow> {
  const { orderId, orderName, amount, confirmUrl, cancelUrl } = order;
  const { amountMinor } = amount;
  const { transactionId, paymentUrl, exchange } = await client.request({
    orderId,
    amount,
    packages: [
      {
        id: "1",
        amountMinor,
        products: [{ name: orderName, quantity: 1, priceMinor: amountMinor }],
      },
    ],
    redirectUrls: { confirmUrl, cancelUrl, confirmUrlType: "CLIENT" },
    options: {
      payType: "PREAPPROVED",
      capture: order.capture === "manual" ? false : undefined,
      locale: linePayLocale(order.locale, client.apiVersion),
      checkConfirmUrlBrowser: true,
    },
  });
  return { windowId: transactionId, url: paymentUrl.web, exchange };
}

/** LINE Pay Online API v3, "Redirection pages" (read 2026-11): `orderId` and `transactionId`, always. */
function readReturn({ transactionId }: Readonly<Record<string, string>>): string | undefined {
  return transactionId !== undefined && isTransactionId(transactionId) ? transactionId : undefined;
}

/**
 * LINE Pay may have forgotten a window that is long over, a paid one as well. So a window that it does
 * not know is over only when it knows no payment of it either.
 */
async function check(client: LinePayClient, windowId: string): Promise<WindowState> {
  const { state } = await client.checkRequest(windowId);
  if (state !== "no_such_request") return state;
  const { payments } = await client.paymentDetails({ transactionIds: [windowId] });
  return payments.length === 0 ? "over" : "paid";
}

async function confirm(client: LinePayClient, order: ConfirmOrder): Promise<ConfirmedWindow> {
  const { windowId, orderId, amount } = order;
  const confirmed = await client.confirm({ transactionId: windowId, orderId, amount });
  const { regKey, exchange } = confirmed;
  const label = methodLabel(confirmed.payInfo);
  return {
    payment: providerPayment({
      paymentId: confirmed.transactionId,
      state: stateOf(confirmed),
      providerStatus: "0000",
      orderId: confirmed.orderId ?? undefined,
      amount: paidAmount(confirmed, amount),
      authorizationExpiresAt: readLinePayTime(confirmed.authorizationExpireDate),
      methodLabel: label,
      exchange,
    }),
    billingKey:
      regKey == null
        ? undefined
        : {
            secret: { billingKey: regKey },
            method: "LINE_PAY",
            methodLabel: label,
            observations: [],
            exchange,
          },
  };
}

/** An expiry date means that nothing was taken yet, whatever was asked for. */
function stateOf({ authorizationExpireDate }: ConfirmedPayment): "captured" | "authorized" {
  return authorizationExpireDate == null ? "captured" : "authorized";
}
