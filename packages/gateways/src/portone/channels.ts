/**
 * Channels: the payment companies behind PortOne V1 whose window issues a billing key, one row each.
 * Everything in which they differ for us is here, as data.
 *
 * PortOne V1, "결제대행사별 빌링키 획득 규칙" and the page of each company (read 2026-08). Unverified unless
 * its page says so: the `pay_method` of a window, which most of them ignore, and the smallest amounts.
 *
 * Not here: companies that issue keys from card numbers by API only (nice, kcp, inicis, settle, daou,
 * ksnet), because card numbers never reach this software, and paypal_v2, which has no such window.
 */

import type { PayerDetail } from "../gateway.ts";

export interface PortOneChannel {
  /** `pg` before its first dot, and `pg_provider` in answers. */
  readonly code: string;
  /** For people, where nothing else is known of a method. */
  readonly label: string;
  /** What a customer registers: the key of `capabilities.methods`. */
  readonly method: "TRANSFER" | "CARD" | "EASY_PAY" | "PHONE";
  /** `pay_method` of the window. */
  readonly payMethod: string;
  /** Whether the window itself takes money: `above_zero` unless it is opened with 0. */
  readonly takesPayment: "never" | "above_zero" | "always";
  readonly minimumMinor: number;
  /** What the window and a charge must know of the customer. */
  readonly buyer: readonly PayerDetail[];
  /** The window wants an id of the customer's. */
  readonly needsCustomerId: boolean;
  /** Deleting a key and refunding must say why, and who asks for it. */
  readonly needsRequester: boolean;
  /** The company's service has ended: nothing can be registered or charged in live mode. */
  readonly closedOn: string | undefined;
  readonly note: string;
}

type Row = Pick<PortOneChannel, "code" | "label" | "method" | "payMethod" | "note"> &
  Partial<PortOneChannel>;

// prettier-ignore
const rows: readonly Row[] = [
  { code: "chai", label: "차이", method: "TRANSFER", payMethod: "trans", closedOn: "2024-11-01",
    note: "Shows the amount and takes none. Payments ended on 2024-11-01 (press): the emulator and old records only." },
  { code: "settle_acc", label: "내통장결제", method: "TRANSFER", payMethod: "trans", takesPayment: "above_zero",
    note: "From bank accounts; the closest relative of CHAI that is open." },
  { code: "kakaopay", label: "카카오페이", method: "EASY_PAY", payMethod: "card", takesPayment: "above_zero",
    note: "Test CID: TCSUBSCRIP." },
  { code: "naverpay", label: "네이버페이", method: "EASY_PAY", payMethod: "naverpay", minimumMinor: 10, buyer: ["phone"], needsRequester: true,
    note: "Its own error texts must be shown unmodified." },
  { code: "tosspay_v2", label: "토스페이", method: "EASY_PAY", payMethod: "tosspay", needsCustomerId: true,
    note: "The customer may change the method behind the key." },
  { code: "payco", label: "페이코", method: "EASY_PAY", payMethod: "payco",
    note: "The window calls back on a phone as well." },
  { code: "smilepay", label: "스마일페이", method: "EASY_PAY", payMethod: "smilepay",
    note: "Unverified: its own page has no part on recurring payments." },
  { code: "tosspayments", label: "토스페이먼츠", method: "CARD", payMethod: "card", needsCustomerId: true,
    note: "Ignores the amount of the window." },
  { code: "html5_inicis", label: "KG이니시스", method: "CARD", payMethod: "card",
    note: "Refuses a charge without a name. Test MID: INIBillTst." },
  { code: "kcp_billing", label: "NHN KCP", method: "CARD", payMethod: "card",
    note: "A contract of its own, apart from kcp." },
  { code: "kicc", label: "KICC", method: "CARD", payMethod: "card", note: "Shows the amount and takes none." },
  { code: "smartro_v2", label: "스마트로", method: "CARD", payMethod: "card", buyer: ["name", "email", "phone"],
    note: "Order ids of letters and digits only." },
  { code: "welcome", label: "웰컴페이먼츠", method: "CARD", payMethod: "card", buyer: ["name"],
    note: "Its phone payments, which charge at once, are not used." },
  { code: "danal_tpay", label: "다날", method: "CARD", payMethod: "card", takesPayment: "above_zero",
    note: "Opened with 0 it tries 10 won and cancels them within half an hour." },
  { code: "danal", label: "다날 휴대폰", method: "PHONE", payMethod: "phone", takesPayment: "always",
    note: "The same amount on the same day of each month, five days more or less." },
  { code: "mobilians", label: "모빌리언스 휴대폰", method: "PHONE", payMethod: "phone", takesPayment: "always",
    note: "The same amount on the same day of each month, five days more or less." },
  { code: "paymentwall", label: "페이먼트월", method: "CARD", payMethod: "card", takesPayment: "always", buyer: ["email"],
    note: "Approves late; a key can be used once its webhook has come. The address must stay the same." },
];

/** Every channel whose window issues a billing key. */
export const portOneChannels: readonly PortOneChannel[] = rows.map((row) => ({
  takesPayment: "never",
  minimumMinor: 1,
  buyer: [],
  needsCustomerId: false,
  needsRequester: false,
  closedOn: undefined,
  ...row,
}));

const channelsByCode: ReadonlyMap<string, PortOneChannel> = new Map(
  portOneChannels.map((channel) => [channel.code, channel]),
);

/** @param code `pg_provider` of an answer. */
export function findChannel(code: string | null | undefined): PortOneChannel | undefined {
  return code == null ? undefined : channelsByCode.get(code);
}

/** A channel of a merchant: the company, and which of the merchant's ids at it. */
export interface MerchantChannel {
  readonly channel: PortOneChannel;
  /** The merchant's id at the company. Undefined: the account's only one. */
  readonly merchantId: string | undefined;
}

/** @param text Such as `chai` or `chai.{merchant id}`. @returns undefined for a channel not in the table. */
export function readMerchantChannel(text: string): MerchantChannel | undefined {
  const [, code = "", merchantId] = /^([a-z0-9_]+)(?:\.(\S+))?$/.exec(text) ?? [];
  const channel = channelsByCode.get(code);
  return channel === undefined ? undefined : { channel, merchantId };
}
