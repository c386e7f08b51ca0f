import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Json, World } from "../support/world.ts";
import { key, startPortOne, type PortOneMerchant } from "./merchant.ts";

interface Heard {
  readonly path: string;
  readonly type: string | undefined;
  readonly body: string;
}

/** A merchant's webhook addresses. */
async function startReceiver() {
  const heard: Heard[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => (body += part));
    request.on("end", () => {
      heard.push({ path: request.url ?? "", type: request.headers["content-type"], body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    heard,
    answer(next: number) {
      status = next;
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  ({ world, portOne } = await running);
  receiver = await startReceiver();
});
afterAll(async () => {
  await world.stop();
  await receiver.stop();
});

const register = (more: object = {}) =>
  world.control("POST", "/webhooks", { provider: "portone", url: `${receiver.url}/hook`, ...more });
const settings = (changes: object) =>
  world.control("POST", "/settings", { provider: "portone", ...changes });

/** What was told until now; waits for deliveries that are on their way. */
async function told(): Promise<[path: string, status: string, orderId: string][]> {
  const deliveries = await world.control("GET", "/webhooks/deliveries");
  const isOver = deliveries.every(({ status, attempts, retries }: Json) =>
    status === "pending" ? attempts.length > 0 && retries > 0 : true,
  );
  if (!isOver) return told();
  return receiver.heard.map(({ path, body }) => {
    const { status, merchant_uid: orderId } = JSON.parse(body);
    return [path, status, orderId];
  });
}

beforeEach(async () => {
  await world.control("POST", "/reset");
  receiver.heard.length = 0;
  receiver.answer(200);
  await register();
  await portOne.register({ merchant_uid: "issue-1" });
  await told();
  receiver.heard.length = 0;
});

describe("a webhook", () => {
  it("is JSON without a signature, and says no more than which payment", async () => {
    const { imp_uid: impUid } = (await portOne.again()).body.response;
    await told();
    expect(receiver.heard).toEqual([
      {
        path: "/hook",
        type: "application/json",
        body: JSON.stringify({ imp_uid: impUid, merchant_uid: "order-1", status: "paid" }),
      },
    ]);
  });

  it("is a form when the console says so", async () => {
    await settings({ webhookFormat: "form" });
    const { imp_uid: impUid } = (await portOne.again()).body.response;
    while (receiver.heard.length === 0) await portOne.get("/users/pg");
    expect(receiver.heard).toEqual([
      {
        path: "/hook",
        type: "application/x-www-form-urlencoded",
        body: `imp_uid=${impUid}&merchant_uid=order-1&status=paid`,
      },
    ]);
  });

  it("goes to the payment's own notice_url instead of the console's", async () => {
    await portOne.again({ notice_url: `${receiver.url}/own` });
    expect(await told()).toEqual([["/own", "paid", "order-1"]]);
  });

  it("goes to the address of its mode", async () => {
    await register({ url: `${receiver.url}/live`, mode: "live" });
    await register({ url: `${receiver.url}/test`, mode: "test" });
    await portOne.again();
    expect((await told()).map(([path]) => path).toSorted()).toEqual(["/hook", "/test"]);
  });
});

describe("what is told", () => {
  const cancel = (more: object = {}) =>
    portOne.post("/payments/cancel", { merchant_uid: "order-1", ...more });
  const decline = () => portOne.change({ declineCode: "OVER_LIMIT" });

  it("a key that was made", async () => {
    await portOne.register({ merchant_uid: "issue-2" });
    expect(await told()).toEqual([["/hook", "paid", "issue-2"]]);
  });

  it("nothing of a charge that failed", async () => {
    await decline();
    await portOne.again();
    expect(await told()).toEqual([]);
  });

  it.each([
    ["paid", () => Promise.resolve()],
    ["failed", decline],
  ])("a scheduled charge that was %s", async (status, before) => {
    const { now } = (await portOne.token()).response;
    const item = { merchant_uid: "s-1", schedule_at: now + 3600, amount: 5000, name: "정기결제" };
    await portOne.post("/subscribe/payments/schedule", { customer_uid: key, schedules: [item] });
    await before();
    await portOne.advance("PT2H");
    expect(await told()).toEqual([["/hook", status, "s-1"]]);
  });

  it("a refund only when it was asked for", async () => {
    await portOne.again();
    await cancel({ amount: 1000 });
    await cancel({ amount: 500, enable_webhook: true });
    expect(await told()).toEqual([
      ["/hook", "paid", "order-1"],
      ["/hook", "cancelled", "order-1"],
    ]);
    expect(Object.keys(JSON.parse(receiver.heard[1]?.body ?? ""))).toContain("cancellation_id");
  });

  it("a refund in the console", async () => {
    const { imp_uid: impUid } = (await portOne.again()).body.response;
    await world.control("POST", `/portone/payments/${impUid}/cancel`);
    expect((await told()).map(([, status]) => status)).toEqual(["paid", "cancelled"]);
  });

  it("nothing of a key that was deleted or ended", async () => {
    await world.control("POST", `/portone/billing-keys/${key}/end`);
    await portOne.call("DELETE", `/subscribe/customers/${key}`);
    expect(await told()).toEqual([]);
  });

  it("anything, by anybody who knows the address", async () => {
    const notice = { imp_uid: "imp_1", merchant_uid: "forged", status: "paid" };
    await world.control("POST", "/portone/notices", notice);
    expect(await told()).toEqual([["/hook", "paid", "forged"]]);
  });
});

describe("a webhook that is not answered with 200", () => {
  it("is not sent again", async () => {
    receiver.answer(500);
    await portOne.again();
    await told();
    await portOne.advance("P1D");
    expect(await told()).toHaveLength(1);
  });

  it("is sent up to five times more, a minute apart, where support turned that on", async () => {
    await settings({ webhookRetries: 5 });
    receiver.answer(503);
    await portOne.again();
    await told();
    await portOne.advance("PT4M30S");
    expect(await told()).toHaveLength(5);
    await portOne.advance("P1D");
    expect(await told()).toHaveLength(6);
  });

  it("with 404 is not sent again even then", async () => {
    await settings({ webhookRetries: 5 });
    receiver.answer(404);
    await portOne.again();
    await told();
    await portOne.advance("PT10M");
    expect(await told()).toHaveLength(1);
  });

  it("can be sent again by hand", async () => {
    receiver.answer(500);
    await portOne.again();
    await told();
    receiver.answer(200);
    const deliveries = await world.control("GET", "/webhooks/deliveries");
    await world.control("POST", `/webhooks/deliveries/${deliveries.at(-1).id}/resend`);
    expect(await told()).toEqual([
      ["/hook", "paid", "order-1"],
      ["/hook", "paid", "order-1"],
    ]);
  });
});

describe("webhookDelivery", () => {
  it.each([
    ["once", 1],
    ["twice", 2],
    ["never", 0],
  ])("%s: each is sent %d times", async (webhookDelivery, times) => {
    await portOne.switches({ webhookDelivery });
    await portOne.again();
    expect(await told()).toHaveLength(times);
  });
});
