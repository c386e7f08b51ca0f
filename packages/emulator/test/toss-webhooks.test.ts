import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { startReceiver, type Receiver } from "./support/webhook-receiver.ts";
import { startWorld, type Json, type Mandate, type World } from "./support/world.ts";

const running = startWorld();
let world: World;
let receiver: Receiver;
let mandate: Mandate;
beforeEach(async () => {
  world = await running;
  await world.control("POST", "/reset");
  receiver = await startReceiver();
  await world.control("POST", "/webhooks", { provider: "toss", url: receiver.url });
  mandate = await world.register();
});
afterEach(() => receiver.stop());
afterAll(() => world.stop());

const deleteKey = ({ billingKey }: Mandate) =>
  world.toss("DELETE", `/v1/billing/${encodeURIComponent(billingKey)}`);
const deliveries = () => world.control("GET", "/webhooks/deliveries");

describe("BILLING_DELETED", () => {
  it("is sent when the key is deleted, with the three headers", async () => {
    await deleteKey(mandate);
    await receiver.heardCount(1);
    expect(receiver.heard).toEqual([
      {
        transmissionId: expect.stringMatching(/^whtrans_/),
        retriedCount: "0",
        sentAt: expect.stringMatching(/\+09:00$/),
        body: {
          eventType: "BILLING_DELETED",
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{5}$/),
          data: { billingKey: mandate.billingKey, reason: "API를 통한 삭제" },
        },
      },
    ]);
  });

  it("is sent for each key of a member who leaves quick transfer", async () => {
    const { accountId = "" } = mandate;
    const second = await world.register({ accountId });
    await world.control("POST", "/toss/withdrawals", { customerKey: "customer-1" });
    await receiver.heardCount(2);
    const keys = receiver.heard.map(({ body }) => body.data.billingKey);
    expect(new Set(keys)).toEqual(new Set([mandate.billingKey, second.billingKey]));
  });

  it("is not sent again for a key that is gone already", async () => {
    await deleteKey(mandate);
    await deleteKey(mandate);
    expect(await deliveries()).toHaveLength(1);
  });
});

describe("a charge", () => {
  it("is not told of when it completes, but when it is cancelled, with the whole Payment", async () => {
    const { body } = await world.charge(mandate, {});
    expect(await deliveries()).toEqual([]);
    const path = `/v1/payments/${body.paymentKey}/cancel`;
    const cancelled = await world.toss("POST", path, { cancelReason: "변심" });
    await receiver.heardCount(1);
    expect(receiver.heard[0]?.body).toEqual({
      eventType: "PAYMENT_STATUS_CHANGED",
      createdAt: expect.any(String),
      data: cancelled.body,
    });
  });
});

describe("a webhook that is not answered with 200", () => {
  it("is tried after 1, 4, 16, 64, 256, 1024 and 4096 minutes more, and then given up", async () => {
    receiver.answer(204);
    await deleteKey(mandate);
    await world.control("POST", "/clock", { by: "P4D" });
    const [delivery] = await deliveries();
    const times = delivery.attempts.map(({ at }: Json) => Date.parse(at));
    const waits = times
      .slice(1)
      .map((at: number, i: number) => Math.round((at - times[i]) / 60_000));
    expect(waits).toEqual([1, 4, 16, 64, 256, 1024, 4096]);
    expect([delivery.status, delivery.nextAttemptAt]).toEqual(["failed", null]);
    expect(receiver.heard.map(({ retriedCount }) => Number(retriedCount))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
  });

  it("is tried only when its minute has come", async () => {
    receiver.answer(500);
    await deleteKey(mandate);
    await receiver.heardCount(1);
    await world.control("POST", "/clock", { by: "PT50S" });
    expect(receiver.heard).toHaveLength(1);
    await world.control("POST", "/clock", { by: "PT20S" });
    expect(receiver.heard).toHaveLength(2);
  });

  it("ends as soon as it is", async () => {
    receiver.answer(500);
    await deleteKey(mandate);
    await receiver.heardCount(1);
    receiver.answer(200);
    await world.control("POST", "/clock", { by: "P4D" });
    const [delivery] = await deliveries();
    expect(delivery.status).toBe("delivered");
    expect(delivery.attempts.map(({ outcome }: Json) => outcome)).toEqual([500, 200]);
  });

  it("fails the same way when nobody listens", async () => {
    await receiver.stop();
    await deleteKey(mandate);
    await world.control("POST", "/clock", { by: "PT2M" });
    const [delivery] = await deliveries();
    expect(delivery.attempts.map(({ outcome }: Json) => outcome)).toEqual([
      "no connection",
      "no connection",
    ]);
    receiver = await startReceiver();
  });

  it.each([
    ["new", 3],
    ["stable", 1],
  ])("has a %s transmission id on each try", async (webhookTransmissionId, count) => {
    await world.control("POST", "/switches", { webhookTransmissionId });
    receiver.answer(500);
    await deleteKey(mandate);
    await world.control("POST", "/clock", { by: "PT6M" });
    const ids = receiver.heard.map(({ transmissionId }) => transmissionId);
    expect([ids.length, new Set(ids).size]).toEqual([3, count]);
  });
});

describe("an operator", () => {
  it("sends an event once more by hand", async () => {
    await deleteKey(mandate);
    await receiver.heardCount(1);
    const [{ id }] = await deliveries();
    await world.control("POST", `/webhooks/deliveries/${id}/resend`);
    await receiver.heardCount(2);
    expect(receiver.heard[1]?.body).toEqual(receiver.heard[0]?.body);
  });

  it("removes an address, and nothing goes there any more", async () => {
    const [{ id }] = await world.control("GET", "/webhooks");
    await world.control("DELETE", `/webhooks/${id}`);
    await deleteKey(mandate);
    expect(await deliveries()).toEqual([]);
  });

  it("registers an address for one merchant alone", async () => {
    const other = await world.control("POST", "/credentials", {});
    const order = { url: receiver.url, merchantId: other.merchantId };
    await world.control("POST", "/webhooks", order);
    await deleteKey(mandate);
    expect(await deliveries()).toHaveLength(1);
  });
});

describe("webhooks that arrive twice or in the wrong order", () => {
  it("come twice with webhookOrder duplicate", async () => {
    await world.control("POST", "/switches", { webhookOrder: "duplicate" });
    await deleteKey(mandate);
    await receiver.heardCount(2);
    const [one, two] = receiver.heard;
    expect(two?.body).toEqual(one?.body);
    expect(two?.transmissionId).toBe(one?.transmissionId);
  });

  it("come the later one first with webhookOrder out_of_order", async () => {
    await world.control("POST", "/switches", { webhookOrder: "out_of_order" });
    const second = await world.register({ customerKey: "customer-2" });
    await deleteKey(mandate);
    await deleteKey(second);
    await world.control("POST", "/clock", { by: "PT3S" });
    expect(receiver.heard.map(({ body }) => body.data.billingKey)).toEqual([
      second.billingKey,
      mandate.billingKey,
    ]);
  });
});
