/** `maedal demo`: everything in one process, to be tried in a browser. */
import { readConfig } from "../config.ts";
import type { Terminal } from "./terminal.ts";

export interface DemoOptions {
  readonly json?: boolean;
  readonly port?: string;
  readonly data?: string;
}

export async function demo(terminal: Terminal, options: DemoOptions): Promise<number> {
  const { data, json, port } = options;
  const config = readConfig({
    MAEDAL_LOG_LEVEL: "warn",
    ...terminal.environment,
    ...(port === undefined ? {} : { MAEDAL_PORT: port }),
    ...(data === undefined ? {} : { MAEDAL_DATA: data }),
  });
  // Loaded only here: no other command needs a shop.
  const { runDemo } = await import("../demo/run-demo.ts");
  await runDemo(config, { json });
  return 0;
}
