/** The hosted pages of a world, where a real browser finds them. */
import { createAdaptorServer } from "@hono/node-server";
import type { AddressInfo } from "node:net";
import { hostedPages } from "../../src/pages/hosted-pages.ts";
import { masterKey, type World } from "../support/world.ts";

/** On a port of its own, which the addresses of the pages name. */
export async function serveHostedPages({
  engine,
}: World): Promise<{ origin: string; stop: () => Promise<void> }> {
  let pages: ReturnType<typeof hostedPages> | undefined;
  const server = createAdaptorServer({
    fetch: (request) => pages?.fetch(request) ?? new Response(null, { status: 503 }),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  pages = hostedPages({ engine, baseUrl: origin, masterKey });
  const stop = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  return { origin, stop };
}
