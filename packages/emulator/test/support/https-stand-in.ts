/**
 * Stands where a forward proxy would, and plays one host of a provider: whoever asks it for a tunnel
 * there gets TLS with a throw-away certificate, and behind it the emulator. So clients with a
 * built-in `https://` host are led to the emulator as they are published.
 */
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import { certificateFor } from "./certificate.ts";

export interface StandIn {
  /** For `https_proxy`. */
  readonly proxyUrl: string;
  /** PEM; what a client has to trust. */
  readonly certificate: string;
  stop(): Promise<void>;
}

/**
 * @param host The provider's own host.
 * @param emulatorUrl Where the requests to it go instead. A tunnel to any other host is refused.
 */
export async function startStandIn(host: string, emulatorUrl: string): Promise<StandIn> {
  const { certificate, key } = certificateFor(host);
  const secureContext = createSecureContext({ cert: certificate, key });
  const { hostname, port } = new URL(emulatorUrl);
  const open = new Set<Duplex>();

  function join(one: Duplex, other: Duplex): void {
    one.pipe(other);
    one.once("error", () => other.destroy());
    one.once("close", () => other.destroy());
  }

  const proxy = createServer((_, response) => response.writeHead(405).end());
  proxy.on("connect", (request, socket: Duplex) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.once("error", () => socket.destroy());
    if (request.url !== `${host}:443`) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    const emulator = connect(Number(port), hostname);
    join(secure, emulator);
    join(emulator, secure);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    proxyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    certificate,
    stop: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
        for (const socket of open) socket.destroy();
      }),
  };
}
