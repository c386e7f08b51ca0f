/**
 * Fault proxy: stands between TCP clients and a server that listens on a Unix socket. It can cut a
 * PostgreSQL client off at a COMMIT, hold everything back for a while, and move to another server.
 */
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";
import { createClientReader } from "./commit-messages.ts";

/** Before the server hears of the COMMIT, or after it, when only the answer is lost. */
export type CutMoment = "before" | "after";

export interface FaultProxy {
  readonly port: number;
  /** Where new connections lead to; undefined: nowhere, they are closed. */
  pointTo(socketPath: string | undefined): void;
  /** The next COMMIT of anybody is cut. Orders add up. */
  cutNextCommit(moment: CutMoment): void;
  /** How many COMMITs were cut so far. */
  commitsCut(): number;
  /** Nothing passes in either direction until `release`. */
  hold(): void;
  release(): void;
  /** Closes all connections; what was held back is lost. */
  cutAll(): void;
  close(): Promise<void>;
}

interface Proxied {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** @param host Of the clients' side. */
export async function startFaultProxy(host = "127.0.0.1"): Promise<FaultProxy> {
  const pairs = new Set<Proxied>();
  const orders: CutMoment[] = [];
  let target: string | undefined;
  let isHeld = false;
  let cut = 0;
  const rules = {
    takeOrder() {
      const order = orders.shift();
      if (order !== undefined) cut += 1;
      return order;
    },
    isHeld: () => isHeld,
  };

  const server = createServer((client) => {
    client.on("error", () => undefined);
    if (target === undefined) return void client.destroy();
    const pair = { client, upstream: createConnection(target) };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      destroy(pair);
    };
    pair.upstream.on("error", () => undefined);
    client.on("close", end);
    pair.upstream.on("close", end);
    connect(pair, rules);
    if (isHeld) pause(pair);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });

  const cutAll = () => [...pairs].forEach(destroy);
  return {
    port: (server.address() as AddressInfo).port,
    pointTo: (socketPath) => (target = socketPath),
    cutNextCommit: (moment) => void orders.push(moment),
    commitsCut: () => cut,
    hold() {
      isHeld = true;
      for (const pair of pairs) pause(pair);
    },
    release() {
      isHeld = false;
      for (const { client, upstream } of pairs) {
        client.resume();
        upstream.resume();
      }
    },
    cutAll,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cutAll();
      return closed;
    },
  };
}

interface Rules {
  readonly takeOrder: () => CutMoment | undefined;
  readonly isHeld: () => boolean;
}

function connect({ client, upstream }: Proxied, { isHeld, takeOrder }: Rules): void {
  const read = createClientReader();
  let isMute = false;
  client.on("data", (chunk) => {
    for (const { bytes, commits } of read(chunk)) {
      const order = commits ? takeOrder() : undefined;
      if (order === "before") return destroy({ client, upstream });
      isMute ||= order === "after";
      forward(client, upstream, bytes, isHeld);
    }
  });
  upstream.on("data", (chunk) => {
    if (isMute) destroy({ client, upstream });
    else forward(upstream, client, chunk, isHeld);
  });
}

/** Reads no faster than the other side takes it. */
function forward(from: Socket, to: Socket, bytes: Buffer, isHeld: () => boolean): void {
  if (to.write(bytes)) return;
  from.pause();
  to.once("drain", () => {
    if (!isHeld()) from.resume();
  });
}

function pause({ client, upstream }: Proxied): void {
  client.pause();
  upstream.pause();
}

function destroy({ client, upstream }: Proxied): void {
  client.destroy();
  upstream.destroy();
}
