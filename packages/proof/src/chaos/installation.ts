/**
 * Installation: what a merchant runs, as processes of their own. A PostgreSQL, servers, workers that
 * share a journal directory, and beside them the emulated providers.
 */
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { startCluster, type Cluster } from "./cluster.ts";
import { runCommand, startProgram, type Program } from "./processes.ts";
import { until } from "./waiting.ts";

/** In hex; nothing else is encrypted with it. */
export const masterKey = "63".repeat(32);

/** A lease takes six seconds then, and what never arrived is sent again within half a minute. */
export const scales = { windows: 0.0008, calls: 0.045 };

export interface Installation {
  readonly cluster: Cluster;
  readonly emulator: Program;
  readonly apis: readonly Program[];
  readonly workers: readonly Program[];
  /** Of the servers. */
  readonly urls: readonly string[];
  readonly journals: string;
  readonly logs: string;
  /** Runs `maedal …` on the same database, to its end. */
  command(...args: readonly string[]): ReturnType<typeof runCommand>;
  /** Servers and workers; database and providers stay. */
  stopPrograms(): Promise<void>;
  stop(): Promise<void>;
}

export interface InstallationOptions {
  /** A directory that is there, and empty. */
  readonly root: string;
  readonly apis: number;
  readonly workers: number;
  readonly onOwnEnd: (text: string) => void;
}

export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const { onOwnEnd, root } = options;
  const [data, logs, journals] = [join(root, "data"), join(root, "logs"), join(root, "journal")];
  await Promise.all([data, logs, journals].map((path) => mkdir(path, { mode: 0o700 })));
  const cluster = await startCluster(data);
  const environment = {
    DATABASE_URL: cluster.url,
    MAEDAL_MASTER_KEY: masterKey,
    MAEDAL_JOURNAL: journals,
    MAEDAL_WINDOWS_SCALE: String(scales.windows),
    MAEDAL_CALLS_SCALE: String(scales.calls),
    MAEDAL_REQUESTS_PER_SECOND: "10000",
    MAEDAL_LOG_LEVEL: "info",
    MAEDAL_RETRY_DAYS: "1,1,1",
    // A process that is killed every few seconds should not spend its life on being compiled.
    NODE_COMPILE_CACHE: join(root, "compiled"),
  };
  const start = (name: string, args: readonly string[], more = {}) =>
    startProgram({
      name,
      args,
      environment: { ...environment, ...more },
      logFile: join(logs, `${name}.log`),
      onOwnEnd,
    });
  const command = (...args: readonly string[]) => runCommand(args, environment);
  const running: Program[] = [];
  const stopAll = async (programs: readonly Program[]) =>
    void (await Promise.all(programs.map((program) => program.stop())));
  try {
    // Whoever is first compiles for all, and makes the tables.
    await command("migrate");
    const emulator = start("emulator", ["emulator", "--port", "0"]);
    running.push(emulator);
    const ports = await freePorts(options.apis);
    const apis = ports.map((port, index) =>
      start(`api-${index + 1}`, ["serve", "--no-worker", "--json"], { MAEDAL_PORT: String(port) }),
    );
    running.push(...apis);
    const workers = Array.from({ length: options.workers }, (_, index) =>
      start(`worker-${index + 1}`, ["worker", "--json"]),
    );
    running.push(...workers);
    await until("all processes are up", 120_000, () =>
      Promise.resolve(running.every((program) => program.isReady())),
    );
    return {
      cluster,
      emulator,
      apis,
      workers,
      urls: ports.map((port) => `http://127.0.0.1:${port}`),
      journals,
      logs,
      command,
      stopPrograms: () => stopAll([...apis, ...workers]),
      async stop() {
        await stopAll(running);
        await cluster.stop();
      },
    };
  } catch (error) {
    await stopAll(running);
    await cluster.stop();
    throw error;
  }
}

/** Fixed over restarts, because customers and providers know them. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
