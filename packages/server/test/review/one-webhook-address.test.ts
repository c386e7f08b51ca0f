/** PortOne's console takes one webhook address for the account, whose channels are several connections. */
import { money } from "@maedal/gateways";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processNotifications } from "../../src/notifications/process-notifications.ts";
import { receiveNotification } from "../../src/notifications/receive-notification.ts";
import { expectBooksToMatch, linesOf, paidCharge } from "../support/refund-world.ts";
import { addConnection, createWorld, subscribe, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld({ provider: "portone" });
});
afterEach(() => world.stop());

describe("a webhook that comes to the address of another connection of the same PortOne account", () => {
  it("is about the connection that its payment was made through", async () => {
    const { accountId, emulator, engine } = world;
    const connection = await addConnection(engine, accountId, emulator, 10, "portone");
    const own = { ...world, connection };
    const charge = await paidCharge(own);
    await world.control.post(`/portone/payments/${charge.paymentId}/cancel`, { amount: 3_000 });
    const named = { imp_uid: charge.paymentId, merchant_uid: charge.orderId, status: "cancelled" };
    const notice = { body: JSON.stringify(named), headers: {} };
    await receiveNotification(engine, world.connection, notice);
    await processNotifications(engine);
    expect(await linesOf(own, charge)).toEqual(["provider 3000 refunded"]);
    await expectBooksToMatch(own, charge);
  });

  it("that tells of another system's charge of a key names the key, wherever it is", async () => {
    const { accountId, emulator, engine } = world;
    const connection = await addConnection(engine, accountId, emulator, 10, "portone");
    const { key } = await subscribe({ ...world, connection });
    const gateway = await engine.gateways.of(engine.database, connection);
    const { paymentId } = await gateway.chargeBillingKey({
      secret: { billingKey: key.billingKey },
      orderId: "SHOP-1",
      orderName: "머그컵",
      amount: money(12_000, "KRW"),
      idempotencyKey: "",
    });
    const named = { imp_uid: paymentId, merchant_uid: "SHOP-1", status: "paid" };
    const notice = { body: JSON.stringify(named), headers: {} };
    await receiveNotification(engine, world.connection, notice);
    await processNotifications(engine);
    const told = await engine.database.query(
      "select data->>'billingKeyId' as key from events where type = 'billing_key.charged_elsewhere'",
    );
    expect(told).toEqual([{ key: key.id }]);
  });

  it("is none of ours where the account is another merchant's", async () => {
    const { accountId, emulator, engine } = world;
    const connection = await addConnection(engine, accountId, emulator, 10, "portone");
    const charge = await paidCharge({ ...world, connection });
    const toss = await addConnection(engine, accountId, emulator, 10, "toss");
    const body = JSON.stringify({
      eventType: "PAYMENT_STATUS_CHANGED",
      createdAt: "2026-11-01T00:00:00.000000",
      data: { paymentKey: charge.paymentId, orderId: charge.orderId, status: "CANCELED" },
    });
    await receiveNotification(engine, toss, { body, headers: {} });
    await processNotifications(engine);
    expect(await linesOf({ ...world, connection }, charge)).toEqual([]);
  });
});
