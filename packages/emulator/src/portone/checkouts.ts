/**
 * Checkouts: what `IMP.request_pay` opens a window for. With a customer_uid the window makes a
 * billing key; its payment record then only stands for that, unless the PG charges while doing so.
 *
 *   request_pay ──► ready ──► approved: paid, key made
 *        │             └────► cancelled by the buyer, or failed
 *        └──► refused before any window opens
 *
 * The guide "차이 정기결제(빌링)"; PortOne developer documentation, "결제 요청 파라미터" (read
 * 2026-11). Codes F1002, F0004, F0005 and F500: seen in public issues. Unverified: which check comes
 * first, the sentences of those marked, and the refusal of a payment of 0 that makes no key.
 */
import { z } from "zod";
import { channelTraits } from "./channels.ts";
import type { Charging } from "./charging.ts";
import { declineText } from "./declines.ts";
import type { Keys } from "./keys.ts";
import { channelOf, type Merchants } from "./merchants.ts";
import type { Payers } from "./payers.ts";
import type { Payments } from "./payments.ts";
import type { Preparations } from "./preparations.ts";
import type { Channel, Merchant, Payment } from "./records.ts";
import { texts } from "./refusals.ts";
import type { PortOneSwitches } from "./switches.ts";

/** Why a window does not open, or how it ended badly. */
export interface WindowError {
  /** Null where the real one carries none. */
  readonly code: string | null;
  readonly message: string;
}

/** Text, also where a page passes a number; null and "" count as missing. */
const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? "" : String(value)));

/** The parameters of `IMP.request_pay` that are played. Others are ignored, as the real one does. */
export const requestPaySchema = z.object({
  pg: text,
  channelKey: text,
  pay_method: text,
  merchant_uid: text,
  name: text,
  amount: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]),
  customer_uid: text,
  buyer_email: text,
  buyer_name: text,
  buyer_tel: text,
  buyer_addr: text,
  buyer_postcode: text,
  m_redirect_url: text,
  notice_url: z.union([z.array(z.string()), text]),
  custom_data: z.unknown().optional(),
});
type RequestPay = z.infer<typeof requestPaySchema>;

/** Where the page runs. */
export interface Browser {
  readonly isMobile: boolean;
  readonly userAgent: string | null;
}

export interface OpenedCheckout {
  readonly payment: Payment;
  readonly merchant: Merchant;
  /** Null when the page gave none: then the outcome of a redirect is lost. */
  readonly redirectUrl: string | null;
}

export interface Checkouts {
  /** @param params Of `IMP.request_pay`, as the page gave them. */
  openCheckout(
    impCode: string,
    params: unknown,
    browser: Browser,
  ): OpenedCheckout | { error: WindowError };
  /** The buyer agrees. A decline fails the payment. */
  approveCheckout(impUid: string, meansId: string): Payment | { error: WindowError };
  /** The buyer cancels. */
  cancelCheckout(impUid: string): WindowError;
  /** @param reason Undefined for a usual one. */
  failCheckout(impUid: string, reason: string | undefined): WindowError;
}

interface Deps {
  readonly merchants: Merchants;
  readonly payers: Payers;
  readonly keys: Keys;
  readonly payments: Payments;
  readonly preparations: Preparations;
  readonly charging: Charging;
  readonly switches: () => PortOneSwitches;
}

export function createCheckouts(deps: Deps): Checkouts {
  const { merchants, payments, switches } = deps;

  function end(impUid: string, reason: string, status: "ready" | "failed"): WindowError {
    const payment = payments.payments.get(impUid);
    const isOpen = payment?.status === "ready";
    if (isOpen && status === "failed") payments.fail(payment, reason);
    return { code: "F0005", message: `F0005:결제가 중단되었습니다(${impUid}).01 | ${reason}` };
  }

  return {
    openCheckout(impCode, params, browser) {
      const merchant = merchants.findMerchantByImpCode(impCode);
      if (merchant === undefined) return { error: notCallable("가맹점 정보를 찾을 수 없습니다.") };
      const parsed = requestPaySchema.safeParse(params);
      if (!parsed.success) {
        const named = parsed.error.issues[0]?.path.join(".") ?? "";
        return { error: aborted(`파라미터를 확인해 주세요. (${named})`) };
      }
      const request = parsed.data;
      const channel = channelOf(merchant, {
        pg: request.pg,
        channelKey: request.channelKey === "" ? undefined : request.channelKey,
      });
      const isUnknownKey = request.channelKey !== "" && channel?.channelKey !== request.channelKey;
      if (channel === undefined || isUnknownKey) {
        return { error: notCallable("채널 정보를 찾을 수 없습니다.") };
      }
      const error = problemOf(deps, merchant, channel, request);
      if (error !== undefined) return { error };
      const payment = begin(deps, merchant, channel, request, browser);
      const { m_redirect_url: redirectUrl } = request;
      return { payment, merchant, redirectUrl: redirectUrl === "" ? null : redirectUrl };
    },
    approveCheckout: (impUid, meansId) => approve(deps, impUid, meansId),
    cancelCheckout: (impUid) =>
      end(impUid, "사용자가 결제를 취소하셨습니다.", switches().abandonedStatus),
    failCheckout: (impUid, reason) =>
      end(impUid, reason ?? "정상적 인증 처리가 되지 않았습니다.", "failed"),
  };
}

/** Unverified: the second half of the sentence. */
function notCallable(why: string): WindowError {
  return { code: "F500", message: `결제 창 호출에 실패하였습니다. ${why}` };
}

function aborted(why: string): WindowError {
  return { code: "F0004", message: `F0004:PG사 결제요청에 실패하여 중단합니다. ${why}` };
}

function problemOf(
  { charging, preparations, switches }: Deps,
  merchant: Merchant,
  channel: Channel,
  request: RequestPay,
): WindowError | undefined {
  const { merchant_uid: merchantUid, customer_uid: customerUid, name, amount } = request;
  const traits = channelTraits[channel.pgProvider];
  const payMethod = request.pay_method;
  if (merchantUid === "") return aborted("merchant_uid는 필수입니다.");
  if (merchantUid.length > 40) return aborted("merchant_uid는 40자까지입니다.");
  if (customerUid.length > 80) return aborted("customer_uid는 80자까지입니다.");
  if (name === "") return aborted("name은 필수입니다.");
  if (!Number.isSafeInteger(amount) || amount < 0) return aborted("amount를 확인해 주세요.");
  if (amount === 0 && customerUid === "")
    return aborted("customer_uid가 없으면 0원일 수 없습니다.");
  if (hasForbiddenSigns([merchantUid, customerUid], switches())) {
    return aborted("merchant_uid와 customer_uid는 영문, 숫자, -, _만 쓸 수 있습니다.");
  }
  if (traits.issuedBy !== "window") return aborted("계약되지 않은 인증방법입니다.");
  if (traits.isPayMethodChecked && payMethod !== traits.payMethod) {
    return aborted(`pay_method는 ${traits.payMethod}만 쓸 수 있습니다.`);
  }
  if (channel.pgProvider === "chai" && !switches().chaiServes) {
    const message = `Not found PG [ ${request.pg} ] and any PG in your info.`;
    return { code: null, message };
  }
  if (charging.isTaken({ impCode: merchant.impCode, channel }, merchantUid, true)) {
    return { code: "F1002", message: texts.duplicateWindow };
  }
  const prepared = preparations.getPreparation(merchant.impCode, merchantUid)?.amount ?? amount;
  return prepared === amount ? undefined : aborted("사전등록된 결제금액과 일치하지 않습니다.");
}

/** Only lengths are documented. */
export function hasForbiddenSigns(
  ids: readonly string[],
  { strictIds }: Pick<PortOneSwitches, "strictIds">,
): boolean {
  return strictIds && ids.some((id) => !/^[A-Za-z0-9_-]*$/.test(id));
}

function begin(
  { payments }: Deps,
  { impCode }: Merchant,
  channel: Channel,
  request: RequestPay,
  { isMobile, userAgent }: Browser,
): Payment {
  const orNull = (value: string) => (value === "" ? null : value);
  const { notice_url: notice, custom_data: customData } = request;
  return payments.begin({
    impCode,
    channel,
    merchantUid: request.merchant_uid,
    origin: isMobile ? "mobile" : "pc",
    payMethod: channelTraits[channel.pgProvider].payMethod,
    name: request.name,
    amount: request.amount,
    buyer: {
      name: orNull(request.buyer_name),
      email: orNull(request.buyer_email),
      tel: orNull(request.buyer_tel),
      addr: orNull(request.buyer_addr),
      postcode: orNull(request.buyer_postcode),
    },
    customData: customData === undefined ? null : JSON.stringify(customData),
    userAgent,
    customerUid: orNull(request.customer_uid),
    usage: request.customer_uid === "" ? null : "issue",
    meansId: null,
    cardQuota: 0,
    noticeUrls: typeof notice === "string" ? (notice === "" ? [] : [notice]) : notice,
  });
}

/** Whether the window takes the amount: without a customer_uid always, else where the PG does. */
export function isCharged({ customerUid, channel, amount }: Payment): boolean {
  const { amountAtIssue } = channelTraits[channel.pgProvider];
  return amount > 0 && (customerUid === null || amountAtIssue === "charged");
}

function approve(deps: Deps, impUid: string, meansId: string): Payment | { error: WindowError } {
  const { payments, payers, keys, charging, switches } = deps;
  const payment = payments.payments.get(impUid);
  if (payment?.status !== "ready") return { error: aborted("이미 끝난 결제창입니다.") };
  const { impCode, channel, merchantUid, customerUid, amount, buyer } = payment;
  if (charging.isTaken({ impCode, channel }, merchantUid, true)) {
    return { error: { code: "F1002", message: texts.duplicateWindow } };
  }
  const tookMoney = isCharged(payment);
  const problem = tookMoney ? payers.meansProblem(meansId, amount) : undefined;
  if (problem !== undefined) {
    const reason = declineText(problem, undefined, channel.pgProvider, switches());
    payments.fail({ ...payment, meansId }, reason);
    const message = `F0004:PG사 결제요청에 실패하여 중단합니다.(${impUid}) ${reason}`;
    return { error: { code: "F0004", message } };
  }
  if (customerUid !== null) {
    keys.issueKey({ impCode, customerUid, channel, meansId, customerId: null, buyer });
  }
  const isOnlyKey = !tookMoney && customerUid !== null;
  if (isOnlyKey && switches().issuanceStatus === "ready") {
    const standing = { ...payment, meansId };
    payments.payments.put(impUid, standing);
    return standing;
  }
  return payments.pay({ ...payment, meansId }, { tookMoney });
}
