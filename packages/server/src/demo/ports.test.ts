import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { choosePorts } from "./ports.ts";

const host = "127.0.0.1";
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))),
  );
});

function take(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    servers.push(server);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

describe("the ports of the demo", () => {
  it("are six different free ones when any will do", async () => {
    const { control, toss, portone, linePay, server, shop } = await choosePorts(host, 0, undefined);
    const ports = [control, toss, portone, linePay, server, shop];
    expect(new Set(ports).size).toBe(6);
    for (const port of ports) expect(await take(port)).toBe(port);
  });

  it("go on to the next free one when one is taken", async () => {
    const taken = await take(0);
    const { server } = await choosePorts(host, taken, undefined);
    expect(server).toBeGreaterThan(taken);
  });

  it("of a second start are those of the first", async () => {
    const first = await choosePorts(host, 0, undefined);
    expect(await choosePorts(host, first.server, first)).toEqual(first);
  });

  it.each(["toss", "portone", "linePay"] as const)(
    "cannot move the emulated provider %s, whose address every connection keeps",
    async (provider) => {
      const first = await choosePorts(host, 0, undefined);
      await take(first[provider]);
      await expect(choosePorts(host, 0, first)).rejects.toThrow(`Port ${first[provider]} is taken`);
    },
  );
});
