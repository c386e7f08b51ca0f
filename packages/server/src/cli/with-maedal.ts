/** Composes the server for the time of one command, beside a running one or alone. */
import { compose, type Maedal } from "../compose.ts";
import { readConfig } from "../config.ts";
import type { Terminal } from "./terminal.ts";

export async function withMaedal<T>(
  terminal: Terminal,
  work: (maedal: Maedal) => Promise<T>,
): Promise<T> {
  const config = readConfig({ MAEDAL_LOG_LEVEL: "warn", ...terminal.environment });
  const maedal = await compose(config, { role: "guest", sends: false, notice: terminal.say });
  try {
    return await work(maedal);
  } finally {
    await maedal.stop();
  }
}
