/** `maedal emulator`: the providers on this machine. One JSON line on standard output when ready. */
import { startEmulator } from "@maedal/emulator";
import { CommandError, type Terminal } from "./terminal.ts";
import { untilSignal } from "./until-signal.ts";

export interface EmulatorCommandOptions {
  readonly port: string;
  readonly data?: string;
}

/** The providers listen beside the control API, the last one three ports above. */
const highestPort = 65_532;

export async function emulator(
  terminal: Terminal,
  options: EmulatorCommandOptions,
): Promise<number> {
  const { data } = options;
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > highestPort) {
    throw new CommandError(`--port is a whole number from 0 (any free ones) to ${highestPort}.`);
  }
  const signal = untilSignal(terminal.say);
  const running = await startEmulator({
    ports: { control: port },
    ...(data === undefined ? {} : { dataDirectory: data }),
    log: terminal.say,
  });
  try {
    terminal.print(JSON.stringify(running.ready));
    await signal;
  } finally {
    await running.stop();
  }
  return 0;
}
