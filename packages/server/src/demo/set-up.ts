/** What a merchant does once: an account with an API key, plans, and a connection to the provider. */
import type { ReadyLine } from "@maedal/emulator";
import { createAccount } from "../accounts/create-account.ts";
import { createApiKey } from "../accounts/create-api-key.ts";
import type { Engine } from "../engine.ts";
import type { DemoPorts, DemoState } from "./demo-state.ts";
import { createMaedalClient, type MaedalClient } from "./maedal-client.ts";

const shopName = "달빛우유";

const plans = [
  { name: "달빛우유 매일 아침", amount: 9_900, interval: "month" },
  { name: "달빛우유 온 가족", amount: 19_900, interval: "month" },
  { name: "달빛요거트 2주 무료 체험", amount: 12_900, interval: "month", trialDays: 14 },
] as const;

/** Runs while the server already answers: plans and connection are made through its public API. */
export async function setUpShop(
  engine: Engine,
  baseUrl: string,
  toss: ReadyLine["toss"],
  ports: DemoPorts,
): Promise<DemoState> {
  const account = await createAccount(engine, { name: shopName, mode: "test" });
  const { key, record } = await createApiKey(engine, account, "demo shop");
  const apiKey = key.reveal();
  const maedal = createMaedalClient(baseUrl, apiKey);
  for (const plan of plans) await maedal.createPlan(plan);
  const connection = await connect(maedal, toss);
  return {
    accountId: account.id,
    keyId: record.id,
    apiKey,
    connectionId: connection.id,
    ports,
  };
}

function connect(maedal: MaedalClient, toss: ReadyLine["toss"]) {
  return maedal.connectToss({
    name: "토스페이먼츠 (모의)",
    clientKey: toss.clientKey,
    secretKey: toss.secretKey,
    apiHost: toss.url,
    scriptUrl: `${toss.url}/v2/standard`,
  });
}
