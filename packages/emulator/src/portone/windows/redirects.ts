/**
 * What a window tells the merchant's page at its end: query parameters of m_redirect_url, or the
 * callback's `rsp`. Both are hints; only the API decides.
 *
 * PortOne developer documentation, "결제 결과 수신" V1 (read 2026-11): imp_uid and merchant_uid, with
 * imp_success from older SDKs and success from some PGs; error_code and error_msg on failure.
 * Unverified: which of them CHAI sent, and how they join a query that is there; switches say.
 */
import type { WindowError } from "../checkouts.ts";
import type { Payment } from "../records.ts";
import type { PortOneSwitches } from "../switches.ts";
import { unixSeconds } from "../time.ts";

/** `{m_redirect_url}?imp_uid=…&merchant_uid=…&imp_success=true` */
export function successRedirect(url: string, payment: Payment, switches: PortOneSwitches): string {
  const ids = { imp_uid: payment.impUid, merchant_uid: payment.merchantUid };
  const params = {
    imp_success: { ...ids, imp_success: "true" },
    success: { ...ids, success: "true" },
    ids,
    merchant_uid: { merchant_uid: payment.merchantUid },
    lying: { ...ids, imp_success: "false" },
  }[switches.redirectParameters];
  return withQuery(url, params, switches);
}

/** `{m_redirect_url}?imp_uid=…&merchant_uid=…&imp_success=false&error_code=…&error_msg=…` */
export function failureRedirect(
  url: string,
  ids: { readonly impUid: string | null; readonly merchantUid: string },
  error: WindowError,
  switches: PortOneSwitches,
): string {
  const spelling = switches.redirectParameters === "success" ? "success" : "imp_success";
  const params: Record<string, string> = {
    ...(ids.impUid === null ? {} : { imp_uid: ids.impUid }),
    merchant_uid: ids.merchantUid,
    [spelling]: "false",
    ...(error.code === null ? {} : { error_code: error.code }),
    error_msg: error.message,
  };
  return withQuery(url, params, switches);
}

/** The `rsp` of a payment that ended well, with what older scripts tell too. */
export function successRsp(payment: Payment): object {
  const { buyer } = payment;
  return {
    success: true,
    imp_success: true,
    imp_uid: payment.impUid,
    merchant_uid: payment.merchantUid,
    pay_method: payment.payMethod,
    paid_amount: payment.amount,
    status: payment.status,
    name: payment.name,
    pg_provider: payment.channel.pgProvider,
    pg_tid: payment.pgTid,
    buyer_name: buyer.name,
    buyer_email: buyer.email,
    buyer_tel: buyer.tel,
    buyer_addr: buyer.addr,
    buyer_postcode: buyer.postcode,
    custom_data: payment.customData,
    paid_at: unixSeconds(payment.paidAt),
    apply_num: payment.applyNum,
    customer_uid: payment.customerUid,
  };
}

/** The `rsp` of an error. `imp_uid` is null before there is a payment. */
export function failureRsp(
  { impUid, merchantUid }: { readonly impUid: string | null; readonly merchantUid: string },
  { code, message }: WindowError,
): object {
  return {
    success: false,
    imp_success: false,
    imp_uid: impUid,
    merchant_uid: merchantUid,
    error_code: code,
    error_msg: message,
  };
}

function withQuery(
  url: string,
  params: Readonly<Record<string, string>>,
  { redirectQuery }: PortOneSwitches,
): string {
  const hashAt = url.indexOf("#");
  const address = hashAt === -1 ? url : url.slice(0, hashAt);
  const fragment = hashAt === -1 ? "" : url.slice(hashAt);
  const isJoined = address.includes("?") && redirectQuery === "joined";
  return `${address}${isJoined ? "&" : "?"}${new URLSearchParams(params).toString()}${fragment}`;
}
