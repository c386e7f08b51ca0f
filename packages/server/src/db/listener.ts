/**
 * Listener: one connection that waits for NOTIFY on one channel. Notifications only wake somebody
 * who would have looked a little later anyway; what is missed while the connection is down is
 * missed, so every reconnect wakes once with an empty payload.
 */
import { Client, escapeIdentifier, type ClientConfig } from "pg";

export interface ListenerOptions {
  readonly config: ClientConfig;
  readonly channel: string;
  readonly onWake: (payload: string) => void;
  readonly onError: (error: unknown) => void;
}

const firstBackOffMs = 100;
const longestBackOffMs = 10_000;

/** Resolves after the first attempt to connect, successful or not; goes on trying until stopped. */
export async function startListener(options: ListenerOptions): Promise<() => Promise<void>> {
  let stopped = false;
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;

  const connect = async (backOffMs: number, isReconnect: boolean): Promise<void> => {
    const attempt = new Client(options.config);
    client = attempt;
    const retryLater = once((waitMs: number) => {
      if (stopped) return;
      void attempt.end().catch(() => undefined);
      const nextBackOffMs = Math.min(waitMs * 2, longestBackOffMs);
      timer = setTimeout(() => void connect(nextBackOffMs, true), waitMs);
    });
    attempt.on("error", options.onError);
    attempt.on("notification", ({ payload }) => options.onWake(payload ?? ""));
    try {
      await attempt.connect();
      await attempt.query(`listen ${escapeIdentifier(options.channel)}`);
      attempt.once("end", () => retryLater(firstBackOffMs));
      if (isReconnect && !stopped) options.onWake("");
    } catch (error) {
      if (!stopped) options.onError(error);
      retryLater(backOffMs);
    }
  };

  await connect(firstBackOffMs, false);
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end();
  };
}

function once<Argument>(run: (argument: Argument) => void): (argument: Argument) => void {
  let hasRun = false;
  return (argument) => {
    if (hasRun) return;
    hasRun = true;
    run(argument);
  };
}
