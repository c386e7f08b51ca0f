/** What a merchant does once: an account with an API key, plans, and connections to the providers. */
import { linePayMerchants, type ReadyLine } from "@maedal/emulator";
import { createAccount } from "../accounts/create-account.ts";
import { createApiKey } from "../accounts/create-api-key.ts";
import type { Engine } from "../engine.ts";
import type { ConnectionIds, DemoPorts, DemoState } from "./demo-state.ts";
import { createMaedalClient, type MaedalClient, type NewConnection } from "./maedal-client.ts";

const shopName = "달빛우유";

type NewPlan = Parameters<MaedalClient["createPlan"]>[0];

/** Amounts in minor units: `14_950` is 149.50 baht. */
const plans: readonly NewPlan[] = [
  { name: "달빛우유 매일 아침", amount: 9_900, currency: "KRW", interval: "month" },
  { name: "달빛우유 온 가족", amount: 19_900, currency: "KRW", interval: "month" },
  {
    name: "달빛요거트 2주 무료 체험",
    amount: 12_900,
    currency: "KRW",
    interval: "month",
    trialDays: 14,
  },
  { name: "月光鮮乳 每日早晨", amount: 299, currency: "TWD", interval: "month" },
  { name: "月光優格 免費體驗", amount: 399, currency: "TWD", interval: "month", trialDays: 14 },
  {
    name: "月光起司 出貨時請款",
    amount: 1_280,
    currency: "TWD",
    interval: "month",
    capture: "manual",
  },
  { name: "นมแสงจันทร์ทุกเช้า", amount: 14_950, currency: "THB", interval: "month" },
  {
    name: "โยเกิร์ตแสงจันทร์ ทดลองฟรี",
    amount: 19_925,
    currency: "THB",
    interval: "month",
    trialDays: 14,
  },
  { name: "Moonlight Milk, every morning", amount: 499, currency: "USD", interval: "month" },
  {
    name: "Moonlight Cheese, paid when it ships",
    amount: 3_950,
    currency: "USD",
    interval: "month",
    capture: "manual",
  },
];

/** Runs while the server already answers: plans and connections are made through its public API. */
export async function setUpShop(
  engine: Engine,
  baseUrl: string,
  providers: ProviderAccounts,
  ports: DemoPorts,
): Promise<DemoState> {
  const account = await createAccount(engine, { name: shopName, mode: "test" });
  const { key, record } = await createApiKey(engine, account, "demo shop");
  const apiKey = key.reveal();
  const maedal = createMaedalClient(baseUrl, apiKey);
  for (const plan of plans) await maedal.createPlan(plan);
  return {
    accountId: account.id,
    keyId: record.id,
    apiKey,
    connectionIds: await connect(maedal, providers),
    ports,
  };
}

type ProviderAccounts = Pick<ReadyLine, "toss" | "portone" | "linePay">;

async function connect(maedal: MaedalClient, providers: ProviderAccounts): Promise<ConnectionIds> {
  const idOf = async (connection: NewConnection) => (await maedal.connect(connection)).id;
  return {
    toss: await idOf(tossConnection(providers)),
    chai: await idOf(portOneConnection(providers, "chai", "차이 · 포트원 (모의)")),
    kakaoPay: await idOf(portOneConnection(providers, "kakaopay", "카카오페이 · 포트원 (모의)")),
    linePayTwd: await idOf(linePayConnection(providers, "TWD")),
    linePayThb: await idOf(linePayConnection(providers, "THB")),
    linePayUsd: await idOf(linePayConnection(providers, "USD")),
  };
}

function tossConnection({ toss }: ProviderAccounts): NewConnection {
  const { clientKey, secretKey, url } = toss;
  return {
    provider: "toss",
    name: "토스페이먼츠 (모의)",
    clientKey,
    secretKey,
    apiHost: url,
    scriptUrl: `${url}/v2/standard`,
  };
}

function portOneConnection(
  { portone }: ProviderAccounts,
  channel: string,
  name: string,
): NewConnection {
  const { url, impCode, apiKey, apiSecret } = portone;
  const account = { impCode, apiKey, apiSecret, apiHost: url, scriptUrl: `${url}/v1/iamport.js` };
  return { provider: "portone", name, channel, ...account };
}

function linePayConnection(
  { linePay }: ProviderAccounts,
  currency: keyof typeof linePayMerchants,
): NewConnection {
  const { channelId, channelSecret } = linePayMerchants[currency];
  const name = `LINE Pay ${currency} (모의)`;
  return { provider: "line_pay", name, channelId, channelSecret, apiHost: linePay.url };
}
