import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { cancelRedirect, confirmRedirect } from "../src/line-pay/redirects.ts";
import { redirectUrls, startLinePay } from "./support/line-pay.ts";

const reservation = { orderId: "A+1&2", transactionId: "2026100102385195510" };

describe("the confirmUrl that a customer is sent to", () => {
  it.each([
    [
      "https://shop.example/c",
      "https://shop.example/c?orderId=A%2B1%262&transactionId=2026100102385195510",
    ],
    [
      "https://shop.example/c?user=7",
      "https://shop.example/c?user=7&orderId=A%2B1%262&transactionId=2026100102385195510",
    ],
    [
      "https://shop.example/c?orderId=mine#end",
      "https://shop.example/c?orderId=mine&transactionId=2026100102385195510#end",
    ],
    [
      "https://shop.example/c?",
      "https://shop.example/c?orderId=A%2B1%262&transactionId=2026100102385195510",
    ],
  ])("%s is %s", (confirmUrl, address) => {
    expect(confirmRedirect(confirmUrl, reservation)).toBe(address);
  });
});

describe("the cancelUrl", () => {
  it("carries the ids, or nothing", () => {
    const url = "https://shop.example/cancel";
    expect([
      cancelRedirect(url, reservation, true),
      cancelRedirect(url, reservation, false),
    ]).toEqual([`${url}?orderId=A%2B1%262&transactionId=2026100102385195510`, url]);
  });
});

describe("confirmUrlType SERVER", () => {
  it("has LINE Pay's own server call the confirmUrl", async () => {
    const shop = createServer((_, answer) => answer.end("ok")).listen(0, "127.0.0.1");
    await once(shop, "listening");
    const { port } = shop.address() as AddressInfo;
    const confirmUrl = `http://127.0.0.1:${port}/confirm`;
    const { world, linePay } = await startLinePay();
    const urls = { ...redirectUrls, confirmUrl, confirmUrlType: "SERVER" };
    const id = await linePay.request({ redirectUrls: urls });
    const heard = once(shop, "request");
    await linePay.approve(id);
    const [request] = await heard;
    await world.stop();
    shop.close();
    expect([request.method, request.url]).toEqual([
      "GET",
      `/confirm?orderId=REG-0001&transactionId=${id}`,
    ]);
  });
});
