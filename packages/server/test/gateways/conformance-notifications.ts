/** Conformance: notifications as the provider really sends them. */
import { describe, expect, it } from "vitest";
import { newOrder, register } from "./customers.ts";
import { paymentOf, refundOf } from "./orders.ts";
import type { ProviderUnderTest, ReceivedNotification } from "./provider-under-test.ts";

/** A notification of any kind, with what only some of them carry. */
interface Detailed {
  readonly createdAt?: unknown;
  readonly reason?: unknown;
  readonly deliveryId?: unknown;
}

export function describeNotifications(provider: ProviderUnderTest): void {
  const { gateway, withdraw, tellsOfWithdrawals, notificationsOf } = provider;
  const receivedBy = async (act: () => Promise<unknown>) => (await notificationsOf?.(act)) ?? [];
  /** What a notification is about, and nothing else of it. */
  const subject = ({ body, headers }: ReceivedNotification): unknown => {
    const notification = gateway.readNotification(body, headers);
    if (notification === "unreadable") return notification;
    const { createdAt: _at, reason: _reason, deliveryId: _id, ...rest } = notification as Detailed;
    return rest;
  };

  describe.runIf(notificationsOf !== undefined)("a notification", () => {
    it.runIf(withdraw !== undefined)(
      "names, where it is told at all, the key of a customer who left",
      async () => {
        const { secret } = await register(provider);
        const { billingKey } = secret;
        const received = await receivedBy(async () => withdraw?.(billingKey));
        const told = tellsOfWithdrawals ? [{ kind: "billing_key_deleted", billingKey }] : [];
        expect(received.map(subject)).toEqual(told);
      },
    );

    it("comes, if at all, with the same words when we deleted the key ourselves", async () => {
      const { secret } = await register(provider);
      const { billingKey } = secret;
      const received = await receivedBy(() => gateway.deleteBillingKey(secret));
      for (const each of received) {
        expect(subject(each)).toEqual({ kind: "billing_key_deleted", billingKey });
      }
    });

    it("names, if one comes, the payment that was made or refunded, to be looked up", async () => {
      const order = await newOrder(provider);
      const received = await receivedBy(async () => {
        await gateway.refund(refundOf(await gateway.chargeBillingKey(order)));
      });
      const { orderId } = order;
      const { paymentId } = await paymentOf(provider, orderId);
      for (const each of received) {
        const withoutOrder = { kind: "payment_changed", paymentId, orderId: undefined };
        expect([withoutOrder, { ...withoutOrder, orderId }]).toContainEqual(subject(each));
      }
    });
  });

  describe("bytes that are no notification", () => {
    it.each(["", "null", "[]", "{}", "<html>", '{"eventType":7}'])("are unreadable: %s", (body) => {
      expect(gateway.readNotification(body, {})).toBe("unreadable");
    });
  });
}
