/** A merchant's server that hears webhooks, and answers as it is told. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Json } from "./world.ts";

interface Heard {
  readonly transmissionId: string;
  readonly retriedCount: string;
  readonly sentAt: string;
  readonly body: Json;
}

export interface Receiver {
  readonly url: string;
  readonly heard: Heard[];
  /** What to answer from now on; silence leaves the sender waiting. */
  answer(status: number | "silence"): void;
  /** Resolves once so many have been heard. */
  heardCount(count: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const heard: Heard[] = [];
  let status: number | "silence" = 200;
  let onHeard = () => undefined as void;
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => (text += part));
    request.on("end", () => {
      const header = (name: string) =>
        String(request.headers[`tosspayments-webhook-transmission-${name}`]);
      heard.push({
        transmissionId: header("id"),
        retriedCount: header("retried-count"),
        sentAt: header("time"),
        body: JSON.parse(text),
      });
      if (status !== "silence") response.writeHead(status).end();
      onHeard();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    heard,
    answer(next) {
      status = next;
    },
    heardCount: (count) =>
      new Promise((resolve) => {
        onHeard = () => {
          if (heard.length >= count) resolve();
        };
        onHeard();
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
