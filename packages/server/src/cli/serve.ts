/** `maedal serve` and `maedal worker`: until a signal comes. */
import { compose } from "../compose.ts";
import { readConfig } from "../config.ts";
import { report, type Terminal } from "./terminal.ts";
import { untilSignal } from "./until-signal.ts";

export interface ServeOptions {
  readonly json?: boolean;
  readonly worker: boolean;
  readonly port?: string;
  readonly data?: string;
}

export async function serve(terminal: Terminal, options: ServeOptions): Promise<number> {
  const { data, json, port } = options;
  const config = readConfig({
    ...terminal.environment,
    ...(port === undefined ? {} : { MAEDAL_PORT: port }),
    ...(data === undefined ? {} : { MAEDAL_DATA: data }),
  });
  const signal = untilSignal(terminal.say);
  const maedal = await compose(config, { notice: terminal.say });
  try {
    await maedal.listen();
    if (options.worker) maedal.startWorker();
    const { baseUrl } = maedal;
    const value = {
      url: baseUrl,
      docs: `${baseUrl}/docs`,
      worker: options.worker,
      pid: process.pid,
    };
    const charging = options.worker ? "charging" : "not charging: start `maedal worker` somewhere";
    report(
      terminal,
      json,
      value,
      `Maedal listens at ${baseUrl} (API: ${baseUrl}/docs), ${charging}.`,
    );
    await signal;
  } finally {
    await maedal.stop();
  }
  return 0;
}

export async function work(terminal: Terminal, options: { json?: boolean }): Promise<number> {
  const config = readConfig(terminal.environment);
  const signal = untilSignal(terminal.say);
  const maedal = await compose(config, { role: "guest", notice: terminal.say });
  try {
    maedal.startWorker();
    report(terminal, options.json, { worker: true, pid: process.pid }, "The worker is charging.");
    await signal;
  } finally {
    await maedal.stop();
  }
  return 0;
}
