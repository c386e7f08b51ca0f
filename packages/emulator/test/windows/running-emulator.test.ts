import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator, type RunningEmulator } from "../../src/index.ts";

/** Everything over real ports, as a merchant's server and a buyer's browser meet it. */
describe("a buyer who registers in the window of a running emulator", () => {
  let emulator: RunningEmulator;
  let webhooks: unknown[];
  let inbox: ReturnType<typeof createServer>;

  beforeAll(async () => {
    emulator = await startEmulator({ ports: { control: 0, toss: 0 } });
    webhooks = [];
    inbox = createServer((request, answer) => {
      request.setEncoding("utf8");
      let body = "";
      request.on("data", (part: string) => (body += part));
      request.on("end", () => {
        webhooks.push(JSON.parse(body));
        answer.end();
      });
    });
    await new Promise<void>((listening) => inbox.listen(0, "127.0.0.1", listening));
  });
  afterAll(async () => {
    await emulator.stop();
    await new Promise((closed) => inbox.close(closed));
  });

  const toss = () => emulator.ready.toss;
  const visit = (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, toss().url), { redirect: "manual", ...init });
  const send = (path: string, fields: Record<string, string>) =>
    visit(path, { method: "POST", body: new URLSearchParams(fields) });
  const followed = (answer: Response) => answer.headers.get("location") ?? "";
  const member = { phone: "01012345678", code: "000000" };

  async function register(): Promise<URL> {
    const query = new URLSearchParams({
      clientKey: toss().clientKey,
      customerKey: "customer-1",
      method: "TRANSFER",
      successUrl: "https://shop.example/success",
      failUrl: "https://shop.example/fail",
    });
    const window = followed(await visit(`/windows/open?${query.toString()}`));
    await send(`${window}/log-in`, member);
    const account = await send(`${window}/accounts/new`, {
      bankCode: "88",
      number: "110123123123",
    });
    return new URL(followed(await send(followed(account), { agreeRecurring: "on" })));
  }

  it("gives the merchant an authKey for a billing key, which dies when the buyer withdraws", async () => {
    const inboxUrl = `http://127.0.0.1:${(inbox.address() as AddressInfo).port}/`;
    await fetch(new URL("/webhooks", emulator.ready.control), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ provider: "toss", url: inboxUrl }),
    });
    const back = await register();
    const issued = await visit("/v1/billing/authorizations/issue", {
      method: "POST",
      headers: {
        Authorization: `Basic ${btoa(`${toss().secretKey}:`)}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify(Object.fromEntries(back.searchParams)),
    });
    const { billingKey, customerKey } = (await issued.json()) as Record<string, unknown>;
    expect([issued.status, customerKey]).toEqual([200, "customer-1"]);

    const mine = followed(await send("/windows/quick-transfer/me", member));
    const gone = await send(`${mine}/withdraw`, { confirm: "on" });
    expect(gone.status).toBe(200);
    await expect
      .poll(() => webhooks, { timeout: 60_000 })
      .toEqual([
        {
          eventType: "BILLING_DELETED",
          createdAt: expect.any(String),
          data: expect.objectContaining({ billingKey }),
        },
      ]);
  });

  it("finds the browser scripts on the same port, readable from any origin", async () => {
    const answers = await Promise.all(["/v2/standard", "/v1"].map((path) => visit(path)));
    expect(
      answers.map(({ status, headers }) => [
        status,
        headers.get("content-type"),
        headers.get("access-control-allow-origin"),
        headers.get("cross-origin-resource-policy"),
      ]),
    ).toEqual([
      [200, "text/javascript; charset=utf-8", "*", "cross-origin"],
      [200, "text/javascript; charset=utf-8", "*", "cross-origin"],
    ]);
  });
});
