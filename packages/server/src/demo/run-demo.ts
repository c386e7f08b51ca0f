/**
 * The demo: everything in one process, on this machine only. An embedded PostgreSQL, the server with
 * its worker, the emulated providers, and a shop that knows nothing but the public API.
 */
import { join } from "node:path";
import { startEmulator, type ReadyLine } from "@maedal/emulator";
import { untilSignal } from "../cli/until-signal.ts";
import { compose, type Maedal } from "../compose.ts";
import type { Config } from "../config.ts";
import type { ConnectionJson } from "../contract.ts";
import { listen } from "../http/listen.ts";
import { operatorLink } from "../pages/operator/session.ts";
import { readDemoState, writeDemoState, type DemoPorts, type DemoState } from "./demo-state.ts";
import { createEmulatorClient, type WebhookAddress } from "./emulator-client.ts";
import { createMaedalClient } from "./maedal-client.ts";
import { choosePorts } from "./ports.ts";
import { setUpShop } from "./set-up.ts";
import type { WalletName } from "./shop/markets.ts";
import { createShop } from "./shop/shop.ts";

export interface DemoAddresses {
  readonly shop: string;
  readonly maedal: string;
  readonly operator: string;
  readonly docs: string;
  /** The emulator's control API and the page with its ledger. */
  readonly emulator: string;
  readonly myQuickTransfer: string;
  /** Where a payer of CHAI and KakaoPay changes balances and ends automatic payments. */
  readonly myPortOne: string;
  /** Where a payer of LINE Pay tops up and deletes keys. */
  readonly myLinePay: string;
  readonly dataDirectory: string;
}

interface RunningDemo {
  readonly addresses: DemoAddresses;
  stop(): Promise<void>;
}

/**
 * Runs until Ctrl-C.
 *
 * @param options `json` prints the addresses as one JSON line instead of words.
 */
export async function runDemo(
  config: Config,
  options: { readonly json?: boolean | undefined } = {},
): Promise<void> {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const signal = untilSignal(say);
  const demo = await startDemo(config, say);
  const { addresses } = demo;
  const text = options.json === true ? JSON.stringify(addresses) : describe(addresses);
  process.stdout.write(`${text}\n`);
  await signal;
  await demo.stop();
}

/** @throws {Error} naming the fix, when a port, the data or the database cannot be used. */
async function startDemo(config: Config, say: (text: string) => void): Promise<RunningDemo> {
  const { dataDirectory, host } = config;
  const kept = await readDemoState(dataDirectory);
  const ports = await choosePorts(host, config.port, kept?.ports);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    const maedal = await compose(demoConfig(config, ports), { notice: say });
    stops.push(() => maedal.stop());
    const emulator = await startEmulator({
      host,
      ports,
      dataDirectory: join(dataDirectory, "emulator"),
    });
    stops.push(() => emulator.stop());
    await maedal.listen();
    maedal.startWorker();
    const { ready } = emulator;
    const state = kept ?? (await setUpShop(maedal.engine, maedal.baseUrl, ready, ports));
    await writeDemoState(dataDirectory, { ...state, ports });
    const shop = await openShop(maedal, ready, state, config, ports);
    stops.push(shop.stop);
    return { addresses: addressesOf(maedal, ready, shop.url, dataDirectory), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Its own embedded database on this machine, whatever the environment says of a real installation. The
 * console shows what matters; the server's log would drown it.
 */
function demoConfig(config: Config, { server }: DemoPorts): Config {
  const logLevel = config.logLevel === "info" ? "warn" : config.logLevel;
  return { ...config, databaseUrl: undefined, baseUrl: undefined, port: server, logLevel };
}

async function openShop(
  maedal: Maedal,
  ready: ReadyLine,
  state: DemoState,
  { host }: Config,
  ports: DemoPorts,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const { baseUrl, engine, masterKey } = maedal;
  const url = new URL(baseUrl);
  url.port = String(ports.shop);
  const client = createMaedalClient(baseUrl, state.apiKey);
  const emulator = createEmulatorClient(ready.control);
  const { accountId, connectionIds, keyId } = state;
  await emulator.sendWebhooksTo(webhookAddresses(await client.listConnections()));
  const shop = createShop({
    maedal: client,
    emulator,
    connectionIds,
    origin: url.origin,
    ledgerUrl: ready.control,
    wallets: walletsAt(ready),
    operatorUrl: () => operatorLink({ engine, baseUrl, masterKey }, { accountId, keyId }),
  });
  const listening = await listen(shop, host, ports.shop, engine.effects.timers);
  return { url: url.origin, stop: () => listening.stop() };
}

/** Both channels at PortOne hear of every payment of their account, as with one address in its console. */
function webhookAddresses(connections: readonly ConnectionJson[]): WebhookAddress[] {
  return connections.flatMap((it) =>
    it.provider === "line_pay" ? [] : [{ provider: it.provider, url: it.notificationUrl }],
  );
}

/** The customer's own pages at the providers. */
function walletsAt({ linePay, portone, toss }: ReadyLine): Record<WalletName, string> {
  return {
    myQuickTransfer: `${toss.url}/windows/quick-transfer/me`,
    myPortOne: `${portone.url}/windows/my`,
    myLinePay: `${linePay.url}/my`,
  };
}

function addressesOf(
  { baseUrl }: Maedal,
  ready: ReadyLine,
  shop: string,
  dataDirectory: string,
): DemoAddresses {
  return {
    shop,
    maedal: baseUrl,
    operator: `${shop}/operator`,
    docs: `${baseUrl}/docs`,
    emulator: ready.control,
    ...walletsAt(ready),
    dataDirectory,
  };
}

function describe(it: DemoAddresses): string {
  return `
  매달 데모가 준비됐어요 · The Maedal demo is ready

    상점에서 시작하세요 · start here     ${it.shop}
    운영자 화면 · operator pages         ${it.operator}
    API 문서 · API documents             ${it.docs}
    모의 결제사 · emulator, ledger       ${it.emulator}
    내 퀵계좌이체 · the buyer's account  ${it.myQuickTransfer}
    내 차이·카카오페이 · another wallet  ${it.myPortOne}
    내 LINE Pay · the buyer's wallet     ${it.myLinePay}

  실제 돈은 움직이지 않아요. 데이터: ${it.dataDirectory} (지우면 처음부터)
  No real money moves. Data: ${it.dataDirectory} (delete it to begin anew). Ctrl-C stops.
`;
}
