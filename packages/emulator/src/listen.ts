/**
 * Listening: one HTTP server per emulated provider, and the sockets that a fault keeps hanging.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context, Hono } from "hono";

/** Hono's environment on Node: handlers can reach the socket. */
export interface NodeEnv {
  Bindings: HttpBindings;
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  /** Stops listening and destroys every connection, hanging ones too. */
  stop(): Promise<void>;
}

/**
 * @param port 0 takes a free one.
 * @param name Whose server this is, for the error.
 * @throws {Error} when the port is taken or may not be used.
 */
export function listen(
  app: Hono<NodeEnv>,
  { host, port, name }: { host: string; port: number; name: string },
): Promise<Listener> {
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "EADDRINUSE" ? "is taken" : `cannot be used (${cause.message})`;
      const message = `Port ${port} for ${name} ${why}. Choose another, or 0 for any free one.`;
      reject(new Error(message, { cause }));
    });
    server.listen(port, host, () => {
      const { port: bound } = server.address() as AddressInfo;
      const shownHost = host.includes(":") ? `[${host}]` : host;
      resolve({ url: `http://${shownHost}:${bound}`, port: bound, stop: () => stopServer(server) });
    });
  });
}

function stopServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Writes an answer straight to the socket: twice as fast as through a Response object. */
export function send(c: Context<NodeEnv>, answer: Answer): Response {
  const { outgoing } = c.env;
  const length = { "content-length": Buffer.byteLength(answer.text) };
  outgoing.writeHead(answer.status, { ...answer.headers, ...length });
  outgoing.end(answer.text);
  return RESPONSE_ALREADY_SENT;
}

/** An HTTP answer; an empty text is an answer without a body. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The answers that a fault holds back for ever. */
export interface Hanging {
  /** Leaves the request unanswered; resolves once its socket is gone. */
  hang(c: Context<NodeEnv>): Promise<Response>;
  /** Destroys the socket under the request. */
  destroy(c: Context<NodeEnv>): Response;
  /** Destroys every socket left hanging. */
  release(): void;
  /** How often `release` was called: a request that finds it changed belongs to a world before. */
  readonly releases: number;
}

export function createHanging(): Hanging {
  const waiting = new Set<HttpBindings["outgoing"]>();
  let releases = 0;
  return {
    get releases() {
      return releases;
    },
    hang: (c) =>
      new Promise((resolve) => {
        const { outgoing } = c.env;
        if (outgoing.destroyed) {
          resolve(RESPONSE_ALREADY_SENT);
          return;
        }
        waiting.add(outgoing);
        outgoing.once("close", () => {
          waiting.delete(outgoing);
          resolve(RESPONSE_ALREADY_SENT);
        });
      }),
    destroy(c) {
      c.env.outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    },
    release() {
      releases += 1;
      for (const outgoing of waiting) outgoing.destroy();
    },
  };
}
