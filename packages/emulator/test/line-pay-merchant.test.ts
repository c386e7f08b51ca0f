/**
 * The npm package `line-pay-merchant`, as it is published. It knows LINE Pay's own hosts only, so the
 * emulator stands where a forward proxy would: the requests, their signatures and what the package
 * makes of the answers are its own.
 */
import { createLinePayClient } from "line-pay-merchant";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { merchantOf, order } from "./support/line-pay.ts";
import { setProxy } from "./support/proxy-variables.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let restoreProxy: () => void;

beforeAll(async () => {
  world = await startWorld();
  restoreProxy = setProxy(world.ready.linePay.url);
});

afterAll(async () => {
  restoreProxy();
  await world.stop();
});

function createClient(change: { channelSecretKey?: string } = {}) {
  const { channelId, channelSecret: channelSecretKey } = world.ready.linePay;
  return createLinePayClient({ channelId, channelSecretKey, env: "development", ...change });
}

describe("line-pay-merchant 0.9.0, unchanged", () => {
  it("registers a key, charges it, gives part of it back, and expires it", async () => {
    const client = createClient();
    const body = order({ amount: 100, orderId: "MERCHANT-REG" });
    const requested = await client.request.send({ body: body as never });
    const { transactionId } = requested.body.info;
    expect(transactionId).toMatch(/^\d{19}$/);

    await merchantOf(world).approve(transactionId);
    const confirmed = await client.confirm.send({
      transactionId,
      body: { amount: 100, currency: "TWD" },
    });
    const { regKey = "" } = confirmed.body.info;
    expect(regKey).toMatch(/^RK[0-9A-Z]{13}$/);

    expect((await client.checkRegKey.send({ regKey })).body.returnCode).toBe("0000");
    const charge = { productName: "OTT Premium", amount: 999, currency: "TWD" as const };
    const charged = await client.payPreapproved.send({
      regKey,
      body: { ...charge, orderId: "MERCHANT-1" },
    });
    const paid = charged.body.info.transactionId;
    expect(paid).toMatch(/^\d{19}$/);

    await client.refund.send({ transactionId: paid, body: { refundAmount: 99 } });
    const details = await client.paymentDetails.send({ params: { orderId: ["MERCHANT-1"] } });
    expect(details.body.info[0]).toMatchObject({
      transactionId: paid,
      payStatus: "CAPTURE",
      refundList: [{ transactionType: "PARTIAL_REFUND", refundAmount: -99 }],
    });

    expect((await client.expireRegKey.send({ regKey })).body.returnCode).toBe("0000");
    await expect(client.checkRegKey.send({ regKey })).rejects.toMatchObject({
      data: { returnCode: "1190" },
    });
  });

  it("authorizes, captures and voids apart", async () => {
    const client = createClient();
    const { regKey } = await merchantOf(world).register();
    const hold = async (orderId: string) => {
      const body = { productName: "Box", amount: 500, currency: "TWD" as const, orderId };
      const held = await client.payPreapproved.send({ regKey, body: { ...body, capture: false } });
      return held.body.info.transactionId;
    };
    const taken = await hold("MERCHANT-HOLD-1");
    const captured = await client.capture.send({
      transactionId: taken,
      body: { amount: 500, currency: "TWD" },
    });
    expect(captured.body.info.transactionId).toBe(taken);
    const released = await hold("MERCHANT-HOLD-2");
    expect((await client.void.send({ transactionId: released })).body.returnCode).toBe("0000");
  });

  it("is refused with a wrong secret, in the words that it knows", async () => {
    const client = createClient({ channelSecretKey: "0".repeat(32) });
    await expect(client.checkRegKey.send({ regKey: "RK2AE3519XTFXHM" })).rejects.toMatchObject({
      data: { returnCode: "1106" },
    });
  });
});
