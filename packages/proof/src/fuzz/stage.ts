/**
 * Stage: the real app on a real database, called in this process, beside emulated providers. The
 * shop on it is made once, through the API and the hosted pages, and copied for every block.
 */
import { randomBytes } from "node:crypto";
import { startEmulator, type RunningEmulator } from "@maedal/emulator";
import { createHttpSender, NotSentError, type HttpSender } from "@maedal/gateways";
import { migrate } from "../../../server/src/db/migrate.ts";
import { startApp, type RunningApp } from "./running-app.ts";
import { openScratchServer } from "./scratch-server.ts";
import { openShop, type Shop } from "./shop.ts";

/** A running app whose shop is open. */
export type Scene = RunningApp & { readonly shop: Shop };

export interface Stage {
  /** A scene of its own, always with the same shop. */
  open(seed: string): Promise<Scene>;
  close(): Promise<void>;
}

/**
 * A stage that is built when somebody first needs it.
 *
 * @param serverUrl A PostgreSQL to make databases on; undefined starts one.
 */
export function stageOnDemand(serverUrl: string | undefined, seed: string): Stage {
  let opening: Promise<Stage> | undefined;
  return {
    async open(blockSeed) {
      opening ??= openStage(serverUrl, seed);
      return await (await opening).open(blockSeed);
    },
    async close() {
      await (await opening)?.close();
    },
  };
}

async function openStage(serverUrl: string | undefined, seed: string): Promise<Stage> {
  const server = await openScratchServer(serverUrl);
  const emulator = await startEmulator({ ports: { control: 0 } });
  const sender = onlyTo(emulator, createHttpSender());
  const prefix = `fuzz_${randomBytes(6).toString("hex")}`;
  const template = `${prefix}_shop`;
  const templateUrl = await server.create(template);
  await migrate(templateUrl);
  const first = startApp(templateUrl, sender, `${seed}/shop`);
  const shop = await openShop(first, emulator);
  await first.close();
  let count = 0;

  return {
    async open(blockSeed) {
      count += 1;
      const name = `${prefix}_${count}`;
      const scene = startApp(await server.create(name, template), sender, blockSeed);
      return {
        ...scene,
        shop,
        async close() {
          await scene.close();
          await server.drop(name);
        },
      };
    },
    async close() {
      await sender.close();
      await emulator.stop();
      await server.drop(template);
      await server.stop();
    },
  };
}

/** Nothing leaves this machine: cases name hosts of their own. */
function onlyTo({ ready }: RunningEmulator, sender: HttpSender): HttpSender {
  const origins = [ready.toss.url, ready.portone.url, ready.linePay.url].map(
    (url) => new URL(url).origin,
  );
  return {
    async send(request) {
      if (!origins.includes(new URL(request.url).origin)) {
        throw new NotSentError("there is no such host on the stage");
      }
      return await sender.send(request);
    },
    close: () => sender.close(),
  };
}
