/**
 * Merchants. One is there from the start, with a test channel of every PG; its credentials are of
 * our own making and the same at every start.
 */
import type { Store, Table } from "../store.ts";
import { channelTraits, pgProviders, type PgProvider } from "./channels.ts";
import { merchantSchema, type Channel, type Merchant } from "./records.ts";

/** The merchant code that the guide's sample page names ("차이 공식 데모 계정용"). */
const guideImpCode = "imp37739582";

const pgIds: Readonly<Record<PgProvider, string>> = {
  chai: "emul_chai_public_key",
  kakaopay: "TCSUBSCRIP",
  naverpay: "emul_naver",
  settle_acc: "emul_settle",
  html5_inicis: "INIBillTst",
  nice: "emul_nice",
};

function testChannel(pgProvider: PgProvider): Channel {
  return {
    pgProvider,
    pgId: pgIds[pgProvider],
    channelKey: `channel-key-emulated-${pgProvider.replaceAll("_", "-")}`,
    channelName: `${channelTraits[pgProvider].name.ko} 테스트`,
    isSandbox: true,
  };
}

/** The merchant that is there from the start. CHAI is its default channel. */
export const portOneMerchant: Merchant = {
  impCode: "imp40124012",
  apiKey: "4012401240124012",
  apiSecret: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
  name: "Maedal Shop",
  channels: pgProviders.map(testChannel),
  webhookFormat: "json",
  webhookRetries: 0,
  recoveryHour: null,
  isIpBlocked: false,
};

export interface Merchants {
  readonly merchants: Table<Merchant>;
  /** The guide's own code is the default merchant's too. */
  findMerchantByImpCode(impCode: string): Merchant | undefined;
  findMerchantByApiKey(apiKey: string): Merchant | undefined;
  /** Puts the default merchant there unless the store already has it. */
  seedMerchants(): void;
}

export function createMerchants(store: Store): Merchants {
  const merchants = store.table("portone.merchants", merchantSchema);
  const byApiKey = merchants.index(({ apiKey }) => apiKey);
  const findMerchantByApiKey = (apiKey: string) => byApiKey(apiKey)[0];
  return {
    merchants,
    findMerchantByImpCode: (impCode) =>
      merchants.get(impCode === guideImpCode ? portOneMerchant.impCode : impCode),
    findMerchantByApiKey,
    seedMerchants() {
      const { impCode } = portOneMerchant;
      if (merchants.get(impCode) === undefined) merchants.put(impCode, portOneMerchant);
    },
  };
}

/**
 * The channel that a caller means: by channel key, by `{pg}` or `{pg}.{id}`. What is unknown or not
 * named falls back, silently, to the first.
 */
export function channelOf(
  { channels }: Merchant,
  { pg, channelKey }: { pg?: string | undefined; channelKey?: string | undefined },
): Channel | undefined {
  const byKey = channels.find((channel) => channel.channelKey === channelKey);
  const byPg = channels.find(
    ({ pgProvider, pgId }) => pg === pgProvider || pg === `${pgProvider}.${pgId}`,
  );
  return byKey ?? byPg ?? channels[0];
}
