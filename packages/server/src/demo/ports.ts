/** Which ports the demo listens on: the usual ones, the next free ones when they are taken. */
import { createServer } from "node:net";
import { CommandError } from "../cli/terminal.ts";
import type { DemoPorts } from "./demo-state.ts";

const usual: DemoPorts = {
  control: 4010,
  toss: 4011,
  portone: 4012,
  linePay: 4013,
  server: 4000,
  shop: 4020,
};
const furthest = 50;

/**
 * @param server The port that was asked for; 0 takes free ones for everything.
 * @param kept Of the start before, preferred to the usual ones.
 * @throws {CommandError} when an emulated provider cannot come back where it was.
 */
export async function choosePorts(
  host: string,
  server: number,
  kept: DemoPorts | undefined,
): Promise<DemoPorts> {
  const wanted = kept ?? (server === 0 ? undefined : { ...usual, server });
  const taken = new Set<number>();
  const choose = async (port: number): Promise<number> => {
    const chosen = await nextFreePort(host, port, taken);
    taken.add(chosen);
    return chosen;
  };
  const chooseFor = async (
    provider: "toss" | "portone" | "linePay",
    name: string,
  ): Promise<number> => {
    const port = await choose(wanted?.[provider] ?? 0);
    if (kept === undefined || port === kept[provider]) return port;
    throw new CommandError(
      `Port ${kept[provider]} is taken, and the ${name} of this demo lives there. If the demo is running already, use that one; else free the port, or begin another demo beside it: --data ./another-directory`,
    );
  };
  return {
    toss: await chooseFor("toss", "Toss Payments"),
    portone: await chooseFor("portone", "PortOne"),
    linePay: await chooseFor("linePay", "LINE Pay"),
    control: await choose(wanted?.control ?? 0),
    server: await choose(server === 0 ? 0 : (wanted?.server ?? server)),
    shop: await choose(wanted?.shop ?? 0),
  };
}

async function nextFreePort(host: string, port: number, taken: ReadonlySet<number>) {
  if (port === 0) return await freePort(host, 0);
  for (let next = port; next <= port + furthest; next += 1) {
    if (taken.has(next)) continue;
    const isFree = await freePort(host, next).then(
      () => true,
      () => false,
    );
    if (isFree) return next;
  }
  throw new CommandError(`Ports ${port} to ${port + furthest} are all taken. Free one of them.`);
}

function freePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}
