/** Log: structured lines on standard error, each through the redactor. */
import { destination, pino } from "pino";
import type { Config } from "./config.ts";
import type { Log } from "./engine.ts";
import type { Redactor } from "./security/redact.ts";

export function createLog(level: Config["logLevel"], redactor: Redactor): Log {
  // Synchronous, so that the last lines before an end are written.
  const logger = pino({ level, base: null }, destination({ dest: 2, sync: true }));
  const write =
    (severity: "info" | "warn" | "error") =>
    (details: Readonly<Record<string, unknown>>, message: string) => {
      if (!logger.isLevelEnabled(severity)) return;
      logger[severity](redactor.redact(details), redactor.redactText(message));
    };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}
