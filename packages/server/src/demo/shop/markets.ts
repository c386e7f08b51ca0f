/** Where the demo shop sells: a currency, the provider that collects it, and a customer who fits. */
import type { CustomerJson } from "../../contract.ts";
import type { ConnectionIds } from "../demo-state.ts";
import type { MaedalClient } from "../maedal-client.ts";
import type { TextKey } from "./texts.ts";

export type Method = Parameters<MaedalClient["openRegistration"]>[0]["method"];

export interface Market {
  readonly currency: keyof ConnectionIds;
  readonly provider: "toss" | "line_pay";
  readonly place: TextKey;
  /** What the provider's window can register; the usual one first. */
  readonly methods: readonly Method[];
  /** Of its customers; undefined where they read the shop's language. */
  readonly locale: string | undefined;
  /** No two markets share one: it tells where a customer belongs. */
  readonly zone: string;
  readonly sampleName: string;
}

const home: Market = {
  currency: "KRW",
  provider: "toss",
  place: "korea",
  methods: ["TRANSFER", "CARD"],
  locale: undefined,
  zone: "Asia/Seoul",
  sampleName: "김하늘",
};

export const markets: readonly Market[] = [
  home,
  {
    currency: "TWD",
    provider: "line_pay",
    place: "taiwan",
    methods: ["LINE_PAY"],
    locale: "zh-TW",
    zone: "Asia/Taipei",
    sampleName: "王小美",
  },
  {
    currency: "THB",
    provider: "line_pay",
    place: "thailand",
    methods: ["LINE_PAY"],
    locale: "th",
    zone: "Asia/Bangkok",
    sampleName: "สมหญิง ใจดี",
  },
  {
    currency: "USD",
    provider: "line_pay",
    place: "abroad",
    methods: ["LINE_PAY"],
    locale: "en",
    zone: "America/New_York",
    sampleName: "Grace Moon",
  },
];

/** @param currency As it came in an address or in a plan; any other is the home market. */
export function marketOf(currency: string | undefined): Market {
  return markets.find((market) => market.currency === currency) ?? home;
}

export function marketOfCustomer({ zone }: Pick<CustomerJson, "zone">): Market {
  return markets.find((market) => market.zone === zone) ?? home;
}

/** @returns the market's usual method unless the text names another of its own. */
export function methodIn({ methods }: Market, text: string): Method {
  return methods.find((method) => method === text) ?? methods[0] ?? "TRANSFER";
}
