/** Listening: the app on a port, and a stop that lets running requests end. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Timers } from "../effects.ts";

export interface Listening {
  /** Refuses new connections, waits for running requests, at most ten seconds. */
  stop(): Promise<void>;
}

const patienceMs = 10_000;

/** @throws {Error} when the port is taken or may not be used; it names the fix. */
export function listen(
  app: { readonly fetch: (request: Request) => Response | Promise<Response> },
  hostname: string,
  port: number,
  timers: Timers,
): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "EADDRINUSE" ? "is taken" : `cannot be used (${cause.code})`;
      reject(new Error(`Port ${port} ${why}: choose another with MAEDAL_PORT.`, { cause }));
    });
    server.listen(port, hostname, () => resolve({ stop: () => close(server, timers) }));
  });
}

async function close(server: Server, timers: Timers): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const done = new AbortController();
  const patience = timers.sleep(patienceMs, done.signal).then(() => server.closeAllConnections());
  await closed;
  done.abort();
  await patience;
}
