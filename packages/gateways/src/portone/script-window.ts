/**
 * Registration at PortOne: `IMP.request_pay` with a `customer_uid` of our own opens the company's window,
 * and there is nothing to exchange afterwards. What came back through the browser is a claim; PortOne is
 * asked, and every part of its answer compared. PortOne V1, "비인증결제 연동하기" and "인증 결제 연동하기"
 * (read 2026-08).
 */
import { isEncryptedOrLocal } from "../address.ts";
import type {
  OrderedWindow,
  ScriptOrder,
  ScriptWindow,
  WindowOpening,
  WindowReturn,
} from "../gateway.ts";
import { wireAmount } from "./amounts.ts";
import { buyerOf, closedChannel, isClosed, type PortOneConnection } from "./connection.ts";
import { refusedByUs } from "./failures.ts";
import {
  checkCustomerUid,
  checkLength,
  checkMerchantUid,
  isImpUid,
  isMerchantUid,
  maximumOrderNameLength,
} from "./limits.ts";
import { verifyIssuance } from "./verify-issuance.ts";
import { windowAmount } from "./window-amount.ts";

export interface WindowSettings {
  readonly sdkUrl: string;
  /** `imp12345678`: public, names the merchant to the script. */
  readonly impCode: string;
  readonly channelKey: string | undefined;
}

export function scriptWindow(
  connection: PortOneConnection,
  settings: WindowSettings,
): ScriptWindow {
  return {
    kind: "script",
    script: { url: settings.sdkUrl, clientKey: settings.impCode, global: "IMP" },
    ordered: orderedWindow(connection, settings),
    exchange: (handle) => verifyIssuance(connection, handle),
  };
}

function orderedWindow(connection: PortOneConnection, settings: WindowSettings): OrderedWindow {
  return {
    takesPayment: connection.channel.takesPayment,
    request: (opening) => requestOf(connection, settings, opening),
    readReturn,
  };
}

/** @see PortOne V1 JavaScript SDK, "결제 요청 파라미터" (read 2026-08). */
function requestOf(
  connection: PortOneConnection,
  { channelKey }: WindowSettings,
  opening: WindowOpening,
): Readonly<Record<string, unknown>> {
  const { channel, merchantId } = connection;
  if (isClosed(connection)) throw closedChannel(connection);
  checkOpening(opening);
  const pg = merchantId === undefined ? channel.code : `${channel.code}.${merchantId}`;
  const buyer = buyerOf("issuance", channel, opening);
  return withoutUndefined({
    // `pg` is deprecated, and all there is where a connection names no channel key.
    ...(channelKey === undefined ? { pg } : { channelKey }),
    pay_method: channel.payMethod,
    merchant_uid: opening.orderId,
    name: opening.orderName,
    amount: wireAmount(windowAmount(channel, opening)),
    customer_uid: opening.customerKey,
    customer_id: channel.needsCustomerId ? opening.customerKey.slice(0, 50) : undefined,
    buyer_name: buyer.name,
    buyer_email: buyer.email,
    buyer_tel: buyer.phone,
    m_redirect_url: opening.returnUrl,
    ...(channel.code === "naverpay" ? naverpayProduct(opening) : {}),
  });
}

/** Naverpay takes two registrations of one product code for one and the same, so each has its own. */
function naverpayProduct({ orderId }: ScriptOrder): object {
  return { naverPopupMode: false, naverProductCode: orderId, naverProductCount: 1 };
}

function withoutUndefined(members: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function checkOpening({ orderId, orderName, customerKey, returnUrl }: WindowOpening): void {
  checkMerchantUid("issuance", orderId);
  checkCustomerUid("issuance", customerKey);
  checkLength("issuance", "a payment's name", orderName, maximumOrderNameLength);
  const url = URL.parse(returnUrl);
  if (url === null || !isEncryptedOrLocal(url)) {
    throw refusedByUs("issuance", "returnUrl begins with https://, or http:// on this machine.");
  }
  if (url.search !== "") {
    // Unverified: how PortOne joins its own query to one that is there.
    throw refusedByUs("issuance", "returnUrl has no query: PortOne appends its own.");
  }
}

/**
 * PortOne V1, "인증 결제 연동하기" (read 2026-08): `imp_uid` and `merchant_uid`; its example has the second
 * only. Neither `success` nor the absence of an error says that it worked.
 */
function readReturn(query: Readonly<Record<string, string>>): WindowReturn | undefined {
  const { imp_uid: impUid = "", merchant_uid: merchantUid = "" } = query;
  const orderId = isMerchantUid(merchantUid) ? merchantUid : undefined;
  const authKey = isImpUid(impUid) ? impUid : orderId;
  return authKey === undefined ? undefined : { authKey, orderId, failure: failureIn(query) };
}

function failureIn(query: Readonly<Record<string, string>>): WindowReturn["failure"] {
  const { error_code: code = "", error_msg: message = "" } = query;
  const said = query["imp_success"] ?? query["success"];
  if (code === "" && message === "" && said !== "false") return undefined;
  return {
    code: /^[\w.-]{1,64}$/.test(code) ? code : (/^F\d{3,4}/.exec(message)?.[0] ?? "UNKNOWN"),
    message: message.slice(0, 200),
    isCanceled: /(사용자|고객|구매자).{0,10}취소/.test(message),
  };
}
