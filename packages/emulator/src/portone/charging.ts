/**
 * Charging, the payer absent: what `again`, `onetime`, schedules and the console's recovery have in
 * common. Checks, then money, in one synchronous step.
 */
import { Temporal } from "temporal-polyfill";
import type { EmulatorClock } from "../clock.ts";
import type { Intervention } from "../stage.ts";
import { channelTraits } from "./channels.ts";
import { declineText } from "./declines.ts";
import type { Keys } from "./keys.ts";
import type { Payers } from "./payers.ts";
import type { Payments } from "./payments.ts";
import type { Channel, Customer, Payment } from "./records.ts";
import { refused, refusedByPg, texts } from "./refusals.ts";
import type { PortOneSwitches } from "./switches.ts";

/** What is charged, apart from who pays. */
export type ChargeOrder = Pick<
  Payment,
  "merchantUid" | "amount" | "name" | "buyer" | "customData" | "noticeUrls" | "cardQuota"
>;

export interface ChargeWish {
  readonly usage: "payment" | "payment.scheduled" | null;
  readonly intervention: Intervention;
  /** Another charge with this merchant_uid is being worked on at this moment. */
  readonly isConcurrent?: boolean;
  /** A schedule is tried again under its merchant_uid, which has failed before. */
  readonly isRetry?: boolean;
  /** A decline leaves no record and answers code -1, as seen of card key-in. */
  readonly isRefusedByPg?: boolean;
}

/** Who pays: with which key or, without one, on what. */
export interface Charged {
  readonly impCode: string;
  readonly channel: Channel;
  readonly customer: Customer | null;
  readonly meansId: string;
}

export interface Charging {
  /**
   * Charges a key, or card data that was sent along.
   *
   * @returns The payment, `paid` or `failed`.
   * @throws {Refused} when nothing is recorded: merchant_uid taken, key unknown.
   */
  charge(who: Charged, order: ChargeOrder, wish: ChargeWish): Payment;
  /** Charges the key of a customer. @throws {Refused} as `charge` does. */
  chargeCustomer(customer: Customer, order: ChargeOrder, wish: ChargeWish): Payment;
  /** Whether a payment under this merchant_uid stands in the way of another. */
  isTaken(
    payer: { readonly impCode: string; readonly channel: Channel },
    merchantUid: string,
    isRetry: boolean,
  ): boolean;
}

interface Deps {
  readonly clock: EmulatorClock;
  readonly payers: Payers;
  readonly keys: Keys;
  readonly payments: Payments;
  readonly switches: () => PortOneSwitches;
}

export function createCharging(deps: Deps): Charging {
  const { keys, payments, switches } = deps;
  const isTaken: Charging["isTaken"] = (payer, merchantUid, isRetry) =>
    payments
      .paymentsOf(payer.impCode, merchantUid)
      .some((payment) => stands(deps, payment, payer.channel, isRetry));

  function charge(who: Charged, order: ChargeOrder, wish: ChargeWish): Payment {
    const { intervention, isConcurrent = false, isRetry = false } = wish;
    const { paysOneMerchantUidTwice, concurrentAgain } = switches();
    const mayRepeat = paysOneMerchantUidTwice || (isConcurrent && concurrentAgain === "both");
    if (!mayRepeat && isTaken(who, order.merchantUid, isRetry)) throw refused(texts.duplicate);

    const { customer } = who;
    if (customer !== null && intervention.killKey === "before") {
      keys.endPgKey(customer.pgKeyId, "fault");
    }
    const declined = declineOf(deps, who, order, intervention);
    if (declined !== undefined) return decline(deps, who, order, wish, declined);
    if (intervention.approvesAfterSeconds !== undefined) {
      const failed = record(deps, who, order, wish, "(PG사 결제 장애) Internal error");
      return payments.approveLater(failed, intervention.approvesAfterSeconds);
    }
    const paid = payments.pay(begin(deps, who, order, wish), { tookMoney: true });
    if (customer !== null && intervention.killKey === "after") {
      keys.endPgKey(customer.pgKeyId, "fault");
    }
    if (intervention.isHiddenByFailure !== true) return paid;
    return record(deps, who, order, wish, "(PG사 결제 장애) Internal error");
  }

  return {
    charge,
    isTaken,
    chargeCustomer(customer, order, wish) {
      const { impCode, channel, pgKeyId } = customer;
      const meansId = keys.pgKeys.get(pgKeyId)?.meansId ?? "";
      return charge({ impCode, channel, customer, meansId }, order, wish);
    },
  };
}

/** Paid or cancelled history blocks; how failed history counts, and for how long, is open. */
function stands(
  { clock, switches }: Deps,
  payment: Payment,
  channel: Channel,
  isRetry: boolean,
): boolean {
  const { failedMerchantUidReusable, merchantUidLifetimeDays, testAndLiveShareIds } = switches();
  if (payment.status === "ready") return false;
  if (payment.status === "failed" && (failedMerchantUidReusable || isRetry)) return false;
  if (payment.channel.isSandbox !== channel.isSandbox && !testAndLiveShareIds) return false;
  if (merchantUidLifetimeDays === null) return true;
  const age = Temporal.Instant.from(payment.startedAt).until(clock.now()).total("hours");
  return age < merchantUidLifetimeDays * 24;
}

/** The code of a decline, with a fault's own words for it. */
interface Decline {
  readonly code: string;
  readonly message?: string | undefined;
}

function declineOf(
  { keys, payers, switches }: Deps,
  { customer, channel, meansId }: Charged,
  { amount }: ChargeOrder,
  { decline: ordered }: Intervention,
): Decline | undefined {
  if (ordered !== undefined) return ordered;
  if (channel.pgProvider === "chai" && !switches().chaiServes) return { code: "SERVICE_ENDED" };
  if (customer !== null && keys.livingKeyOf(customer) === undefined) {
    if (switches().endedKey === "unknown") throw refused(texts.unknownBuyer);
    return { code: "KEY_ENDED" };
  }
  const { minimumAmount } = channelTraits[channel.pgProvider];
  if (amount < minimumAmount) {
    return { code: "AMOUNT", message: `최소 결제금액은 ${minimumAmount}원입니다.` };
  }
  const code = payers.meansProblem(meansId, amount);
  return code === undefined ? undefined : { code };
}

function decline(
  deps: Deps,
  who: Charged,
  order: ChargeOrder,
  wish: ChargeWish,
  { code, message }: Decline,
): Payment {
  const switches = deps.switches();
  const reason = declineText(code, message, who.channel.pgProvider, switches);
  const isScheduled = wish.usage === "payment.scheduled"; // Its failure is told by its record.
  const isRefused = wish.isRefusedByPg === true || switches.declineShape === "refused";
  if (isRefused && !isScheduled) throw refusedByPg(`결제승인에 실패하였습니다. ${reason}`);
  return record(deps, who, order, wish, reason);
}

function begin({ payments }: Deps, who: Charged, order: ChargeOrder, { usage }: ChargeWish) {
  const { impCode, channel, customer, meansId } = who;
  return payments.begin({
    ...order,
    impCode,
    channel,
    meansId,
    origin: "api",
    payMethod: channelTraits[channel.pgProvider].payMethod,
    userAgent: null,
    customerUid: customer?.customerUid ?? null,
    usage,
  });
}

/** A failed payment. */
function record(
  deps: Deps,
  who: Charged,
  order: ChargeOrder,
  wish: ChargeWish,
  reason: string,
): Payment {
  return deps.payments.fail(begin(deps, who, order, wish), reason);
}
