/** A merchant's server that takes notifications as they come, byte for byte. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ReceivedNotification } from "./provider-under-test.ts";

export interface NotificationReceiver {
  readonly url: string;
  /** In the order of arrival. */
  readonly received: readonly ReceivedNotification[];
  stop(): Promise<void>;
}

/** @param statuses What the first requests are answered with; 200 after that. */
export async function startNotificationReceiver(
  statuses: readonly number[] = [],
): Promise<NotificationReceiver> {
  const received: ReceivedNotification[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      response.writeHead(statuses[received.length] ?? 200).end();
      received.push({ body: Buffer.concat(chunks).toString("utf8"), headers });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/notifications`,
    received,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
