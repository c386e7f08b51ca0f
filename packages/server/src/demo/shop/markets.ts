/** Where the demo shop sells: a currency, the ways to pay there, and a customer who fits. */
import type { BillingKeyJson, ConnectionJson, CustomerJson, PlanJson } from "../../contract.ts";
import type { ConnectionIds } from "../demo-state.ts";
import type { TextKey } from "./texts.ts";

/** A page of the customer's own at a provider, where balances change and methods are ended. */
export type WalletName = "myQuickTransfer" | "myPortOne" | "myLinePay";

/** A way to pay: a method that one of the shop's connections registers. */
export interface Way {
  readonly id: string;
  readonly connection: keyof ConnectionIds;
  /** As the connection's provider has it. */
  readonly method: "TRANSFER" | "CARD" | "EASY_PAY" | "LINE_PAY";
  /** Such as "by card": what follows "subscribe". */
  readonly words: TextKey;
  /** Of its button. */
  readonly look: "" | "plain" | "chai" | "kakaopay" | "line_pay";
  readonly wallet: WalletName;
}

export interface Market {
  readonly currency: PlanJson["currency"];
  readonly label: TextKey;
  readonly look: "" | "line_pay";
  readonly place: TextKey;
  /** The usual one first. */
  readonly ways: readonly [Way, ...Way[]];
  /** What to try here. */
  readonly guide: readonly TextKey[];
  /** Of its customers; undefined where they read the shop's language. */
  readonly locale: string | undefined;
  /** No two markets share one: it tells where a customer belongs. */
  readonly zone: string;
  readonly sampleName: string;
}

const wonWays = [
  {
    id: "transfer",
    connection: "toss",
    method: "TRANSFER",
    words: "byTransfer",
    look: "",
    wallet: "myQuickTransfer",
  },
  {
    id: "card",
    connection: "toss",
    method: "CARD",
    words: "byCard",
    look: "plain",
    wallet: "myQuickTransfer",
  },
  {
    id: "chai",
    connection: "chai",
    method: "TRANSFER",
    words: "withChai",
    look: "chai",
    wallet: "myPortOne",
  },
  {
    id: "kakaopay",
    connection: "kakaoPay",
    method: "EASY_PAY",
    words: "withKakaoPay",
    look: "kakaopay",
    wallet: "myPortOne",
  },
] as const satisfies readonly Way[];

const home: Market = {
  currency: "KRW",
  label: "wonWays",
  look: "",
  place: "korea",
  ways: wonWays,
  guide: ["guideSubscribe", "guidePortOne", "guideTime", "guideTrouble", "guideBehind"],
  locale: undefined,
  zone: "Asia/Seoul",
  sampleName: "김하늘",
};

/** At LINE Pay a contract has one currency, so there is a connection for each. */
function linePayMarket(
  connection: keyof ConnectionIds,
  market: Pick<Market, "currency" | "place" | "locale" | "zone" | "sampleName">,
): Market {
  const way: Way = {
    id: "line_pay",
    connection,
    method: "LINE_PAY",
    words: "withLinePay",
    look: "line_pay",
    wallet: "myLinePay",
  };
  return {
    ...market,
    label: "linePay",
    look: "line_pay",
    ways: [way],
    guide: ["guideSubscribeLinePay", "guideTime", "guideTroubleLinePay", "guideBehind"],
  };
}

export const markets: readonly Market[] = [
  home,
  linePayMarket("linePayTwd", {
    currency: "TWD",
    place: "taiwan",
    locale: "zh-TW",
    zone: "Asia/Taipei",
    sampleName: "王小美",
  }),
  linePayMarket("linePayThb", {
    currency: "THB",
    place: "thailand",
    locale: "th",
    zone: "Asia/Bangkok",
    sampleName: "สมหญิง ใจดี",
  }),
  linePayMarket("linePayUsd", {
    currency: "USD",
    place: "abroad",
    locale: "en",
    zone: "America/New_York",
    sampleName: "Grace Moon",
  }),
];

/** @param currency As it came in an address or in a plan; any other is the home market. */
export function marketOf(currency: string | undefined): Market {
  return markets.find((market) => market.currency === currency) ?? home;
}

export function marketOfCustomer({ zone }: Pick<CustomerJson, "zone">): Market {
  return markets.find((market) => market.zone === zone) ?? home;
}

/** @param connections As they are now: what the merchant pauses or leaves is not offered. */
export function openWays(
  { ways }: Market,
  connectionIds: ConnectionIds,
  connections: readonly Pick<ConnectionJson, "id" | "state">[],
): readonly Way[] {
  const active = new Set(connections.filter((it) => it.state === "active").map(({ id }) => id));
  return ways.filter(({ connection }) => active.has(connectionIds[connection]));
}

/** @returns the market's usual way unless the text names another of its own. */
export function wayIn({ ways }: Market, id: string): Way {
  return ways.find((way) => way.id === id) ?? ways[0];
}

/** @returns the way that the key was registered by; the market's usual one for none of the shop's. */
export function wayOfKey(
  { ways }: Market,
  connectionIds: ConnectionIds,
  key: Pick<BillingKeyJson, "connectionId" | "method"> | undefined,
): Way {
  const isOf = ({ connection, method }: Way) =>
    connectionIds[connection] === key?.connectionId && method === key.method;
  return ways.find(isOf) ?? ways[0];
}

/** Of the customer's providers, each once. */
export function walletsOf({ ways }: Market): readonly WalletName[] {
  return [...new Set(ways.map(({ wallet }) => wallet))];
}
