import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator, type RunningEmulator } from "../../src/index.ts";

/** Everything over real ports, as a merchant's server and a payer's browser meet it. */
describe("a payer who registers on the payment page of a running emulator", () => {
  let emulator: RunningEmulator;

  beforeAll(async () => {
    emulator = await startEmulator({ ports: { control: 0, toss: 0, linePay: 0 } });
  });
  afterAll(async () => {
    await emulator.stop();
  });

  /** A signed call of the merchant's; its answer as text, because ids exceed what JSON.parse keeps. */
  async function call(method: "GET" | "POST", path: string, body?: unknown): Promise<string> {
    const { url, channelId, channelSecret } = emulator.ready.linePay;
    const nonce = randomUUID();
    const payload = body === undefined ? "" : JSON.stringify(body);
    const signature = createHmac("sha256", channelSecret)
      .update(channelSecret + path + payload + nonce)
      .digest("base64");
    const answer = await fetch(url + path, {
      method,
      headers: {
        "Content-Type": "application/json",
        "X-LINE-ChannelId": channelId,
        "X-LINE-Authorization-Nonce": nonce,
        "X-LINE-Authorization": signature,
      },
      ...(method === "POST" && { body: payload }),
    });
    return answer.text();
  }

  const visit = (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, emulator.ready.linePay.url), { redirect: "manual", ...init });
  const send = (path: string, fields: Record<string, string>) =>
    visit(path, { method: "POST", body: new URLSearchParams(fields) });
  const followed = (answer: Response) => answer.headers.get("location") ?? "";
  const found = (pattern: RegExp, text: string) => pattern.exec(text)?.[1] ?? "";

  /** Walks through the page that `paymentUrl.web` names; returns the payer's e-mail and the way back. */
  async function approve(web: string): Promise<{ identity: string; back: URL }> {
    const window = followed(await visit(web));
    const logIn = await (await visit(`${window}/log-in`)).text();
    const identity = found(/name="identity"[^>]*value="([^"]+)"/, logIn);
    await send(`${window}/log-in`, { identity });
    await send(`${window}/payment`, { method: "balance", agreeAutomatic: "on" });
    const paid = await send(`${window}/password`, { password: "123456" });
    return { identity, back: new URL(followed(paid)) };
  }

  it("gives the merchant a key that lives until the payer deletes it in the wallet", async () => {
    const requested = await call("POST", "/v3/payments/request", {
      amount: 100,
      currency: "TWD",
      orderId: "REG-0001",
      packages: [{ id: "1", amount: 100, products: [{ name: "OTT", quantity: 1, price: 100 }] }],
      redirectUrls: {
        confirmUrl: "https://shop.example/confirm?shop=1",
        cancelUrl: "https://shop.example/cancel",
      },
      options: { payment: { payType: "PREAPPROVED" } },
    });
    const transactionId = found(/"transactionId":(\d{19})/, requested);
    const { identity, back } = await approve(found(/"web":"([^"]+)"/, requested));
    expect(back.href).toBe(
      `https://shop.example/confirm?shop=1&orderId=REG-0001&transactionId=${transactionId}`,
    );

    const sum = { amount: 100, currency: "TWD" };
    const confirmed = await call("POST", `/v3/payments/${transactionId}/confirm`, sum);
    const regKey = found(/"regKey":"(RK[A-Z0-9]{13})"/, confirmed);
    const checkPath = `/v3/payments/preapprovedPay/${regKey}/check`;
    const before = found(/"returnCode":"(\d{4})"/, await call("GET", checkPath));

    const wallet = followed(await send("/my", { identity }));
    const list = await (await visit(`${wallet}/automatic-payments`)).text();
    const fingerprint = found(/name="fingerprint" value="(\w+)"/, list);
    await send(`${wallet}/automatic-payments/delete`, { fingerprint });
    const after = found(/"returnCode":"(\d{4})"/, await call("GET", checkPath));
    expect([before, after]).toEqual(["0000", "1141"]);
  });
});
