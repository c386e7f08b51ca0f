/** `maedal demo` as a newcomer starts it: a process of its own, on free ports, with its own data. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import type { DemoAddresses } from "../../src/demo/run-demo.ts";
import { launchBrowser } from "../support/browser.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface DemoProcess {
  readonly addresses: DemoAddresses;
  /** Asks politely, as Ctrl-C does, and waits for the end. @returns the exit code. */
  stop(): Promise<number | null>;
}

/** A demo in which nothing has happened yet, and a browser to visit it with. */
export interface Scene {
  readonly browser: Browser;
  /** The one that runs now. */
  readonly demo: DemoProcess;
  /** Ends the demo and starts it again on the same data. @returns its exit code. */
  restart(): Promise<number | null>;
  close(): Promise<void>;
}

export async function setScene(browserPath: string): Promise<Scene> {
  const browser = await launchBrowser(browserPath);
  const data = await mkdtemp(join(tmpdir(), "maedal-story-"));
  let demo = await startDemoProcess(data);
  return {
    browser,
    get demo() {
      return demo;
    },
    async restart() {
      const code = await demo.stop();
      demo = await startDemoProcess(data);
      return code;
    },
    async close() {
      await browser.close();
      await demo.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function startDemoProcess(dataDirectory: string): Promise<DemoProcess> {
  const args = ["--conditions=source", main, "demo", "--json", "--port", "0"];
  const { DATABASE_URL: _, ...environment } = process.env;
  const child = spawn(process.execPath, [...args, "--data", dataDirectory], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const addresses = await readyLine(child);
  return {
    addresses,
    async stop() {
      child.kill("SIGTERM");
      return await ended;
    },
  };
}

function readyLine(child: ChildProcess): Promise<DemoAddresses> {
  return new Promise((resolve, reject) => {
    let printed = "";
    let said = "";
    child.stderr?.on("data", (text: Buffer) => (said += text.toString()));
    child.stdout?.on("data", (text: Buffer) => {
      printed += text.toString();
      const [line, ...rest] = printed.split("\n");
      if (rest.length > 0 && line !== undefined) resolve(JSON.parse(line) as DemoAddresses);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The demo ended with ${code}:\n${said}`)));
  });
}
