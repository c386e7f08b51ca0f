/**
 * The emulated Toss Payments that charges are sent to: in this process without any socket, so that
 * what is measured is the engine, or as a process of its own behind HTTP, as a provider is.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createHttpSender, type HttpAnswer, type HttpSender } from "@maedal/gateways";
import { z } from "zod";
import { createClock } from "../../../emulator/src/clock.ts";
import { createFaultBook } from "../../../emulator/src/faults.ts";
import { createLedger } from "../../../emulator/src/ledger.ts";
import { createHanging, type NodeEnv } from "../../../emulator/src/listen.ts";
import { createRequestLog } from "../../../emulator/src/request-log.ts";
import { openStore } from "../../../emulator/src/store.ts";
import { defaultMerchant } from "../../../emulator/src/toss/merchants.ts";
import { createToss } from "../../../emulator/src/toss/toss.ts";

export interface TossProvider {
  readonly name: "in process" | "by HTTP";
  readonly apiHost: string;
  readonly clientKey: string;
  readonly secretKey: string;
  readonly sender: HttpSender;
  /** A buyer with plenty of money goes through the window. @returns The auth key. */
  approve(customerKey: string): Promise<string>;
  stop(): Promise<void>;
}

/** Loopback, because the client sends its key nowhere else without encryption. */
const inProcessHost = "http://127.0.0.1:4011";

export function startInProcess(): TossProvider {
  const clock = createClock(0, () => undefined);
  const store = openStore(undefined);
  const ledger = createLedger(store);
  const faults = createFaultBook(store, clock);
  const stage = { clock, faults, requests: createRequestLog(clock), hanging: createHanging() };
  const { app, state } = createToss({ store, clock, ledger, stage });
  const { clientKey, secretKey } = defaultMerchant;
  let members = 0;
  const sender: HttpSender = {
    async send({ body, headers, method, url }) {
      const socket = createSocket();
      const { pathname, search } = new URL(url);
      const incoming = { url: `${pathname}${search}`, method, headers, socket: {} };
      const env = { incoming, outgoing: socket } as unknown as NodeEnv["Bindings"];
      const init = { method, headers, ...(body === undefined ? {} : { body }) };
      const response = await app.fetch(new Request(url, init), env);
      const { status } = response;
      return socket.answer() ?? { status, headers: {}, body: await response.text() };
    },
    close: () => Promise.resolve(),
  };
  return {
    name: "in process",
    apiHost: inProcessHost,
    clientKey,
    secretKey,
    sender,
    approve(customerKey) {
      const member = state.signUpMember({ name: "나부자", phone: digits("010", members) });
      const number = digits("1000", members);
      members += 1;
      const account = state.registerAccount(member.id, { bankCode: "92", number });
      state.accounts.put(account.id, { ...account, balance: 1e12 });
      const opened = state.openBillingAuth({ clientKey, customerKey, method: "TRANSFER" });
      if (!("id" in opened)) throw new Error("the emulator opened no window");
      const approved = state.approveBillingAuth(opened.id, { accountId: account.id });
      if (!("authKey" in approved)) throw new Error("the emulator approved nothing");
      return Promise.resolve(approved.authKey);
    },
    stop() {
      clock.stop();
      store.close();
      return Promise.resolve();
    },
  };
}

function digits(prefix: string, number: number): string {
  return `${prefix}${String(number).padStart(8, "0")}`;
}

/** What the emulator sees of a socket that it writes to. */
function createSocket() {
  let status = 0;
  let text: string | undefined;
  return {
    destroyed: false,
    writeHead(code: number) {
      status = code;
    },
    end(body: string) {
      text = body;
    },
    answer: (): HttpAnswer | undefined =>
      text === undefined ? undefined : { status, headers: {}, body: text },
  };
}

const readyLine = z.looseObject({
  control: z.string(),
  toss: z.looseObject({ url: z.string(), clientKey: z.string(), secretKey: z.string() }),
});

const mainFile = fileURLToPath(new URL("../../../server/src/main.ts", import.meta.url));

/** @param latencyMs Added to each answer, because no payment company answers at once. */
export async function startByHttp(latencyMs: number): Promise<TossProvider> {
  const child = spawn(
    process.execPath,
    ["--conditions=source", mainFile, "emulator", "--port", "0"],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { control, toss } = readyLine.parse(JSON.parse(line));
  const quick = createHttpSender();
  const sender: HttpSender = {
    async send(request) {
      const answer = await quick.send(request);
      await sleep(latencyMs);
      return answer;
    },
    close: () => quick.close(),
  };
  return {
    name: "by HTTP",
    apiHost: new URL(toss.url).origin,
    clientKey: toss.clientKey,
    secretKey: toss.secretKey,
    sender,
    async approve(customerKey) {
      const answer = await quick.send({
        method: "POST",
        url: new URL("/toss/billing-auths", control).href,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ customerKey, method: "TRANSFER" }),
        connectTimeoutMs: 5_000,
        readTimeoutMs: 30_000,
      });
      return z.looseObject({ authKey: z.string() }).parse(JSON.parse(answer.body)).authKey;
    },
    async stop() {
      await sender.close();
      if (child.exitCode !== null) return;
      const over = once(child, "exit");
      child.kill("SIGTERM");
      await over;
    },
  };
}
