/** Control calls for what a buyer or an operator does at PortOne, and what can be seen. */
import { randomInt } from "node:crypto";
import { z } from "zod";
import { channelTraits } from "../portone/channels.ts";
import { requestPaySchema, type WindowError } from "../portone/checkouts.ts";
import { channelOf, portOneMerchant } from "../portone/merchants.ts";
import type { Customer, Payment } from "../portone/records.ts";
import type { PortOneState } from "../portone/state.ts";
import { outcomeUrl } from "../portone/windows/window-context.ts";
import { ControlProblem, get, post, type ControlCall } from "./call.ts";
import type { World } from "./world.ts";

const nothing = z.strictObject({});
const orderQuery = z.strictObject({ merchantUid: z.string().optional() });

export function portOneCalls({ portOne: { state } }: World): ControlCall[] {
  return [
    post(
      "/portone/billing-keys",
      "A buyer goes through the window of IMP.request_pay; redirect_url is where they would go.",
      billingKeySchema,
      (order) => goThroughWindow(state, order),
    ),
    get(
      "/portone/billing-keys",
      "Keys by customer_uid, without what they are at the PG.",
      undefined,
      () => state.customers.values().map(shownCustomer),
    ),
    post(
      "/portone/billing-keys/:id/end",
      "The payer ends the key of this customer_uid at the PG; no merchant is told.",
      nothing,
      (_, customerUid) => endKey(state, customerUid),
    ),
    get("/portone/pg-keys", "Keys at the PGs, replaced and ended ones too.", undefined, () =>
      state.pgKeys.values(),
    ),
    get("/portone/payments", "Payment records, oldest first.", orderQuery, ({ merchantUid }) =>
      state.payments.values().filter(isOf(merchantUid)),
    ),
    post(
      "/portone/payments/:id/cancel",
      "An operator refunds in PortOne's console, all that is left or a part; a webhook tells.",
      consoleCancelSchema,
      ({ amount, reason }, impUid) => cancelInConsole(state, impUid, amount, reason),
    ),
    get("/portone/schedules", "Scheduled charges, run ones too.", orderQuery, ({ merchantUid }) =>
      state.schedules.values().filter(isOf(merchantUid)),
    ),
  ];
}

function isOf(merchantUid: string | undefined) {
  return (row: { readonly merchantUid: string }) =>
    merchantUid === undefined || row.merchantUid === merchantUid;
}

const billingKeySchema = z.looseObject({
  ...requestPaySchema.partial().shape,
  customer_uid: z.string().min(1).max(80),
  impCode: z.string().default(portOneMerchant.impCode),
  meansId: z.string().optional().describe("else an account or card with plenty of money is made"),
  isMobile: z.boolean().default(false),
  outcome: z.enum(["approve", "cancel", "fail"]).default("approve"),
});
type BillingKeyOrder = z.infer<typeof billingKeySchema>;

/** @throws {ControlProblem} with PortOne's own code and words when no window opens, or it declines. */
function goThroughWindow(state: PortOneState, order: BillingKeyOrder): unknown {
  const { impCode, meansId, isMobile, outcome, ...asked } = order;
  const params = {
    merchant_uid: `issue_${randomInt(2 ** 47)}`,
    name: "정기결제 등록",
    amount: 0,
    ...asked,
  };
  const opened = state.openCheckout(impCode, withPayMethod(state, impCode, params), {
    isMobile,
    userAgent: null,
  });
  if ("error" in opened) throw problem(opened.error);
  const { payment, redirectUrl } = opened;
  const chosen = meansId ?? richMeans(state, payment);
  const end = {
    approve: () => state.approveCheckout(payment.impUid, chosen),
    cancel: () => ({ error: state.cancelCheckout(payment.impUid) }),
    fail: () => ({ error: state.failCheckout(payment.impUid, undefined) }),
  }[outcome];
  const result = end();
  if ("error" in result && outcome === "approve") throw problem(result.error);
  return {
    imp_uid: payment.impUid,
    merchant_uid: payment.merchantUid,
    customer_uid: payment.customerUid,
    meansId: chosen,
    redirect_url: redirectUrl === null ? null : outcomeUrl(redirectUrl, payment, result, state),
  };
}

/** The window's own pay_method where none is named. */
function withPayMethod(state: PortOneState, impCode: string, params: Record<string, unknown>) {
  const merchant = state.findMerchantByImpCode(impCode);
  const named = (value: unknown) => (typeof value === "string" ? value : undefined);
  const wish = { pg: named(params["pg"]), channelKey: named(params["channelKey"]) };
  const channel = merchant === undefined ? undefined : channelOf(merchant, wish);
  if (channel === undefined) return params;
  return { pay_method: channelTraits[channel.pgProvider].payMethod, ...params };
}

function problem({ code, message }: WindowError): ControlProblem {
  return new ControlProblem(400, code ?? "refused", message);
}

const plenty = 1_000_000_000_000;

/** A new one each time, so that what happens to one happens to nobody else. */
function richMeans(state: PortOneState, { channel }: Payment): string {
  const digits = String(randomInt(10_000_000_000)).padStart(10, "0");
  const phone = `010${String(randomInt(100_000_000)).padStart(8, "0")}`;
  const payer = state.addPayer({ name: "나부자", phone });
  const isAccount = channelTraits[channel.pgProvider].pays.includes("account");
  const means = isAccount
    ? state.addAccount(payer.id, { bankCode: "004", number: `20${digits}` })
    : state.addCard({ number: `536510${digits}`, expiry: "2099-12" }, payer.id);
  if ("problem" in means) throw new ControlProblem(400, means.problem, "The card cannot be made.");
  state.means.put(means.id, { ...means, balance: plenty });
  return means.id;
}

function endKey(state: PortOneState, customerUid: string): unknown {
  const customer = state.customers.values().find((each) => each.customerUid === customerUid);
  if (customer === undefined) {
    throw new ControlProblem(404, "not_found", `No key ${customerUid}.`);
  }
  if (!state.endPgKey(customer.pgKeyId, "payer")) {
    throw new ControlProblem(409, "key_has_ended", `The key ${customerUid} has ended already.`);
  }
  return state.pgKeys.get(customer.pgKeyId);
}

const consoleCancelSchema = z.strictObject({
  amount: z.int().min(1).optional().describe("KRW; all that is left when not given"),
  reason: z.string().default("콘솔에서 취소"),
});

function cancelInConsole(
  state: PortOneState,
  impUid: string,
  amount: number | undefined,
  reason: string,
): Payment {
  const payment = state.payments.get(impUid);
  const left = payment?.tookMoney === true ? payment.amount - payment.cancelAmount : 0;
  if (payment === undefined || left === 0 || (amount ?? left) > left) {
    const message = `${left} KRW of ${impUid} can be refunded.`;
    throw new ControlProblem(409, "nothing_to_refund", message);
  }
  const cancelled = state.cancel(payment, amount ?? left, reason);
  state.notify(cancelled, cancelled.cancellations.at(-1)?.cancellationId);
  return cancelled;
}

/** A key in one row. */
export function shownCustomer({ channel, ...customer }: Customer) {
  const { pgProvider, pgId, isSandbox } = channel;
  return { ...customer, pgProvider, pgId, isSandbox };
}

/** A payment in one row. */
export function shownPayment({ channel, ...payment }: Payment) {
  const { pgProvider, pgId, isSandbox } = channel;
  return { ...payment, pgProvider, pgId, isSandbox };
}
