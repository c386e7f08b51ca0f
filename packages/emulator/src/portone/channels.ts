/**
 * The PGs that can be played, as data: how a key is made at each, what the window charges, and where
 * its outcome goes.
 *
 * PortOne developer documentation, billing-key rules by PG, and the page of each PG (read 2026-11);
 * for CHAI the guide "차이 정기결제(빌링)". Unverified: the pay_method recorded for settle_acc.
 */

export const pgProviders = [
  "chai",
  "kakaopay",
  "naverpay",
  "settle_acc",
  "html5_inicis",
  "nice",
] as const;
export type PgProvider = (typeof pgProviders)[number];

/** How a window's outcome comes back to the merchant's page. */
export type Return = "redirect" | "callback";

export interface ChannelTraits {
  readonly name: { readonly ko: string; readonly en: string };
  /** Where a key is made: in the window, or by card data sent to the API. */
  readonly issuedBy: "window" | "rest";
  /** What the window does with an amount above 0 while it makes a key. */
  readonly amountAtIssue: "shown" | "charged";
  /** What a key may be charged on. */
  readonly pays: readonly ("account" | "card")[];
  /** A wallet is logged in to; card data is typed in. */
  readonly window: "wallet" | "card";
  /** What payments are recorded with. */
  readonly payMethod: string;
  /** Whether the window refuses every other pay_method. */
  readonly isPayMethodChecked: boolean;
  readonly returns: { readonly pc: Return; readonly mobile: Return };
  /** `again` without a name answers 400. */
  readonly needsName: boolean;
  /** `DELETE /subscribe/customers` and refunds need a reason. */
  readonly needsReason: boolean;
  /** KRW; less is refused. */
  readonly minimumAmount: number;
}

const pcCallback = { pc: "callback", mobile: "redirect" } as const;

const usual = {
  issuedBy: "window",
  amountAtIssue: "shown",
  isPayMethodChecked: false,
  returns: pcCallback,
  needsName: false,
  needsReason: false,
  minimumAmount: 1,
} as const;

export const channelTraits: Readonly<Record<PgProvider, ChannelTraits>> = {
  chai: {
    ...usual,
    name: { ko: "차이", en: "CHAI" },
    pays: ["account"],
    window: "wallet",
    payMethod: "trans",
    isPayMethodChecked: true,
    returns: { pc: "redirect", mobile: "redirect" },
  },
  kakaopay: {
    ...usual,
    name: { ko: "카카오페이", en: "KakaoPay" },
    amountAtIssue: "charged",
    pays: ["account", "card"],
    window: "wallet",
    payMethod: "kakaopay",
  },
  naverpay: {
    ...usual,
    name: { ko: "네이버페이", en: "Naver Pay" },
    pays: ["account", "card"],
    window: "wallet",
    payMethod: "naverpay",
    needsReason: true,
    minimumAmount: 10,
  },
  settle_acc: {
    ...usual,
    name: { ko: "내통장결제", en: "Hecto account payment" },
    amountAtIssue: "charged",
    pays: ["account"],
    window: "wallet",
    payMethod: "trans",
  },
  html5_inicis: {
    ...usual,
    name: { ko: "KG이니시스", en: "KG Inicis" },
    pays: ["card"],
    window: "card",
    payMethod: "card",
    needsName: true,
  },
  nice: {
    ...usual,
    name: { ko: "나이스페이", en: "NICE Pay" },
    issuedBy: "rest",
    pays: ["card"],
    window: "card",
    payMethod: "card",
  },
};
