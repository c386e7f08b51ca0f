/**
 * The npm package `iamport`, as it is published. It knows `https://api.iamport.kr` only, so a
 * stand-in for that host leads it to the emulator: tunnel, TLS, requests and what the package makes
 * of the answers are its own.
 */
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import Iamport from "iamport";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startStandIn, type StandIn } from "../support/https-stand-in.ts";
import { setProxy } from "../support/proxy-variables.ts";
import type { World } from "../support/world.ts";
import { duplicate, key, startPortOne, type PortOneMerchant } from "./merchant.ts";

const trusted = getCACertificates("default");
let world: World;
let portOne: PortOneMerchant;
let standIn: StandIn;
let restoreProxy: () => void;
let client: Iamport;

beforeAll(async () => {
  ({ world, portOne } = await startPortOne());
  standIn = await startStandIn("api.iamport.kr", world.ready.portone.url);
  setDefaultCACertificates([standIn.certificate]);
  restoreProxy = setProxy(standIn.proxyUrl);
});
afterAll(async () => {
  restoreProxy();
  setDefaultCACertificates(trusted);
  await standIn.stop();
  await world.stop();
});
beforeEach(async () => {
  await world.control("POST", "/reset");
  await portOne.register();
  client = createClient();
});

function createClient(change: { impSecret?: string } = {}): Iamport {
  const { apiKey: impKey, apiSecret: impSecret } = world.ready.portone;
  return new Iamport({ impKey, impSecret, ...change });
}

const order = { customer_uid: key, merchant_uid: "order-1", amount: 3000, name: "구독" };
/** How the package tells a refusal: HTTP's status, or the envelope's code and message. */
const refused = (code: string, message: string) => expect.objectContaining({ code, message });

describe("iamport 0.3.4, unchanged, charges a billing key", () => {
  it("once", async () => {
    const { imp_uid: impUid, ...paid } = await client.subscribe.again(order);
    expect([paid.status, paid.amount, paid.customer_uid]).toEqual(["paid", 3000, key]);
    expect(impUid).toMatch(/^imp_\d+$/);
    expect(await world.ledgerOf("order-1")).toEqual([["payment", 3000]]);
  });

  it("and is told of a decline as a payment that failed, under code 0", async () => {
    await portOne.change({ declineCode: "OVER_LIMIT" });
    const { status, fail_reason: failReason } = await client.subscribe.again(order);
    expect([status, typeof failReason]).toEqual(["failed", "string"]);
    expect(await world.ledgerOf("order-1")).toEqual([]);
  });

  it("not under a merchant_uid that was used, nor without a key", async () => {
    await client.subscribe.again(order);
    await expect(client.subscribe.again(order)).rejects.toEqual(refused("IAMPORT_1", duplicate));
    const unknown = { ...order, merchant_uid: "order-2", customer_uid: "nobody" };
    const words = "등록되지 않은 구매자입니다.";
    await expect(client.subscribe.again(unknown)).rejects.toEqual(refused("IAMPORT_1", words));
    expect(await world.ledgerOf("order-1")).toEqual([["payment", 3000]]);
  });

  it("not with a wrong secret", async () => {
    const stranger = createClient({ impSecret: "0".repeat(80) });
    await expect(stranger.subscribe.again(order)).rejects.toEqual(refused("HTTP_401", "401"));
  });

  it("with a new token once its own has expired", async () => {
    await client.subscribe.again(order);
    await portOne.advance("PT31M");
    const { status } = await client.subscribe.again({ ...order, merchant_uid: "order-2" });
    expect(status).toBe("paid");
  });
});

describe("iamport 0.3.4, unchanged, looks a payment up", () => {
  it("by merchant_uid, and by imp_uid where it asks for test payments", async () => {
    const paid = await client.subscribe.again(order);
    const { imp_uid } = paid;
    expect(await client.payment.getByMerchant({ merchant_uid: "order-1" })).toEqual(paid);
    await expect(client.payment.getByImpUid({ imp_uid })).rejects.toEqual(
      refused("HTTP_404", "404"),
    );
    expect(await client.payment.getByImpUid({ imp_uid, include_sandbox: true })).toEqual(paid);
  });

  it("in the list of what was paid", async () => {
    const paid = await client.subscribe.again(order);
    const { list } = await client.payment.getByStatus({ payment_status: "paid" });
    expect(list[0]).toEqual(paid);
  });
});

describe("iamport 0.3.4, unchanged, gives money back", () => {
  it("in part with a checksum, which keeps a repetition from happening", async () => {
    const { imp_uid } = await client.subscribe.again(order);
    const cancel = { imp_uid, amount: 1000, checksum: 3000, reason: "고객 요청" };
    const { cancel_amount: cancelAmount } = await client.payment.cancel(cancel);
    expect(cancelAmount).toBe(1000);
    await expect(client.payment.cancel(cancel)).rejects.toMatchObject({ code: "IAMPORT_1" });
    await client.payment.cancel({ imp_uid, checksum: 2000 });
    expect(await world.ledgerOf("order-1")).toEqual([
      ["payment", 3000],
      ["refund", 1000],
      ["refund", 2000],
    ]);
  });
});

describe("iamport 0.3.4, unchanged, with a key", () => {
  it("looks it up and deletes it", async () => {
    const customer = await client.subscribe_customer.get({ customer_uid: key });
    expect([customer.customer_uid, customer.pg_provider]).toEqual([key, "chai"]);
    expect(await client.subscribe_customer.delete({ customer_uid: key })).toEqual(customer);
    await expect(client.subscribe_customer.get({ customer_uid: key })).rejects.toEqual(
      refused("HTTP_404", "404"),
    );
  });

  it("schedules a charge, and revokes it", async () => {
    const { now } = (await portOne.token()).response;
    const item = { merchant_uid: "s-1", schedule_at: now + 3600, amount: 5000, name: "정기결제" };
    const schedules = [item, { ...item, merchant_uid: "s-2" }];
    const made = await client.subscribe.schedule({ customer_uid: key, schedules });
    const statusOf = (schedule: { merchant_uid: string; schedule_status: string }) => [
      schedule.merchant_uid,
      schedule.schedule_status,
    ];
    expect(made.map(statusOf)).toEqual([
      ["s-1", "scheduled"],
      ["s-2", "scheduled"],
    ]);
    const revoke = { customer_uid: key, merchant_uid: ["s-2"] };
    expect((await client.subscribe.unschedule(revoke)).map(statusOf)).toEqual([["s-2", "revoked"]]);
    await expect(client.subscribe.unschedule(revoke)).rejects.toMatchObject({ code: "IAMPORT_1" });
    await portOne.advance("PT2H");
    expect(await world.ledgerOf("s-1")).toEqual([["payment", 5000]]);
    expect(await world.ledgerOf("s-2")).toEqual([]);
  });
});
