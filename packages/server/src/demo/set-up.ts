/** What a merchant does once: an account with an API key, plans, and connections to the providers. */
import { linePayMerchants, type ReadyLine } from "@maedal/emulator";
import { createAccount } from "../accounts/create-account.ts";
import { createApiKey } from "../accounts/create-api-key.ts";
import type { Engine } from "../engine.ts";
import type { ConnectionIds, DemoPorts, DemoState } from "./demo-state.ts";
import { createMaedalClient, type MaedalClient } from "./maedal-client.ts";

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
  providers: Pick<ReadyLine, "toss" | "linePay">,
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

/** At LINE Pay a contract has one currency, so there is a connection for each. */
async function connect(
  maedal: MaedalClient,
  { toss, linePay }: Pick<ReadyLine, "toss" | "linePay">,
): Promise<ConnectionIds> {
  const won = await maedal.connectToss({
    name: "토스페이먼츠 (모의)",
    clientKey: toss.clientKey,
    secretKey: toss.secretKey,
    apiHost: toss.url,
    scriptUrl: `${toss.url}/v2/standard`,
  });
  const connectLinePay = async (currency: keyof typeof linePayMerchants): Promise<string> => {
    const { channelId, channelSecret } = linePayMerchants[currency];
    const name = `LINE Pay ${currency} (모의)`;
    const order = { name, channelId, channelSecret, apiHost: linePay.url };
    return (await maedal.connectLinePay(order)).id;
  };
  return {
    KRW: won.id,
    TWD: await connectLinePay("TWD"),
    THB: await connectLinePay("THB"),
    USD: await connectLinePay("USD"),
  };
}
