/** Opening: the shop that a simulation begins with. An account, its connections and its plans. */
import { money } from "@maedal/gateways";
import { createAccount } from "../../../server/src/accounts/create-account.ts";
import type { Account } from "../../../server/src/accounts/account.ts";
import { createApiKey } from "../../../server/src/accounts/create-api-key.ts";
import { readSettings } from "../../../server/src/connections/connection-settings.ts";
import { insertConnection } from "../../../server/src/connections/connection-store.ts";
import type { Merchant, Mode, Provider } from "../../../server/src/connections/connection.ts";
import { encryptCredentials, portOneSecretOf } from "../../../server/src/connections/gateways.ts";
import type { Engine } from "../../../server/src/engine.ts";
import { newId } from "../../../server/src/ids/id.ts";
import { createPlan } from "../../../server/src/plans/create-plan.ts";
import { Secret } from "../../../server/src/security/secret.ts";
import { linePayMerchants } from "../../../emulator/src/line-pay/merchants.ts";
import { portOneMerchant } from "../../../emulator/src/portone/merchants.ts";
import { defaultMerchant } from "../../../emulator/src/toss/merchants.ts";
import type { Shop, ShopConnection } from "./people.ts";
import { providerOrigins, type Providers } from "./providers.ts";
import type { Chance } from "../chance.ts";
import { intervals, type BillingInterval } from "./weather.ts";

type Emulated = Omit<Merchant, "mode" | "provider" | "settings" | "apiHost"> & {
  readonly secret: Secret;
};

const withoutChannel = { channel: undefined, channelKey: undefined };

const merchants: Readonly<Record<Provider, Emulated>> = {
  toss: {
    publicId: defaultMerchant.clientKey,
    scriptUrl: `${providerOrigins.toss}/v2/standard`,
    apiVersion: undefined,
    ...withoutChannel,
    secret: new Secret(defaultMerchant.secretKey),
  },
  line_pay: {
    publicId: linePayMerchants.TWD.channelId,
    scriptUrl: undefined,
    apiVersion: "v3",
    ...withoutChannel,
    secret: new Secret(linePayMerchants.TWD.channelSecret),
  },
  portone: {
    publicId: portOneMerchant.impCode,
    channel: "chai",
    channelKey: undefined,
    scriptUrl: `${providerOrigins.portone}/v1/iamport.js`,
    apiVersion: undefined,
    secret: portOneSecretOf(portOneMerchant),
  },
};

const currencyOf = { toss: "KRW", line_pay: "TWD", portone: "KRW" } as const;

/** The documented live keys of nobody, which the emulator is told to take. */
const liveToss = {
  merchantId: "live_shop",
  clientKey: "live_ck_MaedalSimulatorClientKey00001",
  secretKey: "live_sk_MaedalSimulatorSecretKey00001",
};

export async function openShop(
  engine: Engine,
  providers: Providers,
  chance: Chance,
  interval: BillingInterval,
): Promise<{ readonly shop: Shop; readonly apiKey: string }> {
  const all = ["toss", "line_pay", "portone"] as const;
  const chosen = chance.happens(0.8) ? [chance.pick(all)] : all.filter(() => chance.happens(0.7));
  // PortOne's channel is one that only its sandbox still has.
  const mode = !chosen.includes("portone") && chance.happens(0.6) ? "live" : "test";
  const account = await createAccount(engine, { name: "Milk", mode });
  const { key } = await createApiKey(engine, account, "simulation");
  await providers.control("/credentials", { provider: "toss", ...liveToss });
  const connections: ShopConnection[] = [];
  for (const provider of chosen.length > 0 ? chosen : (["toss"] as const)) {
    connections.push(await connect(engine, chance, account, provider, interval));
  }
  return { shop: { accountId: account.id, connections }, apiKey: key.reveal() };
}

function merchantOf(provider: Provider, mode: Mode): Emulated {
  const usual = merchants[provider];
  if (provider !== "toss" || mode === "test") return usual;
  return { ...usual, publicId: liveToss.clientKey, secret: new Secret(liveToss.secretKey) };
}

async function connect(
  engine: Engine,
  chance: Chance,
  { id: accountId, mode }: Account,
  provider: Provider,
  interval: BillingInterval,
): Promise<ShopConnection> {
  const { database, effects, keys } = engine;
  const { secret, ...merchant } = merchantOf(provider, mode);
  const id = newId("gwy", effects.random);
  const owner = { accountId, id };
  const connection = await insertConnection(database, {
    ...owner,
    ...merchant,
    apiHost: providerOrigins[provider],
    mode,
    provider,
    name: provider,
    credentials: await encryptCredentials(database, keys, effects.random, owner, secret),
    settings: readSettings(provider, {}),
    concurrency: chance.pick([2, 5, 30, 30, 30, 30]),
    notificationToken: Buffer.from(chance.bytes(16)).toString("hex"),
  });
  const { capabilities } = await engine.gateways.of(database, connection);
  const planIds: string[] = [];
  const amounts: number[] = [];
  for (const base of [9_900, 14_900, 4_400]) {
    const plan = await createPlan(engine, {
      accountId,
      name: "하늘우유",
      amount: money(base + chance.below(50) * 10, currencyOf[provider]),
      // The last is for whoever wants another rhythm.
      interval: base === 4_400 ? chance.pick(intervals) : interval,
      trialDays: chance.pick([0, 0, 0, 0, 0, 14]),
      capture: "automatic",
      registrationAmount: undefined,
      outlivesUnusedKeys: true,
    });
    planIds.push(plan.id);
    amounts.push(plan.amount.amountMinor);
  }
  const [method = "CARD"] = Object.keys(capabilities.methods);
  const { notificationToken } = connection;
  return { id, provider, method, notificationToken, planIds, amounts };
}
