/** Conformance: a window that takes the first payment, and whose confirm alone brings the key. */
import { money } from "@maedal/gateways";
import { describe, expect, it } from "vitest";
import { approvedWindow, openWindow, paymentCustomer, paymentWindow } from "./customers.ts";
import { capturedPayment, found, orderOf, untilMoved } from "./orders.ts";
import { errorOf, withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";

export function describePaymentWindow(provider: ProviderUnderTest): void {
  if (provider.gateway.window.kind !== "payment") return;
  describe("a payment window", () => {
    describeVisit(provider);
    describeConfirm(provider);
    describeUnconfirmed(provider);
    describeLostConfirm(provider);
    describeUnclearWindow(provider);
  });
}

function describeVisit(provider: ProviderUnderTest): void {
  const { gateway } = provider;

  it("opens at an address of the provider's, waits, and moves no money", async () => {
    const { order, opened } = await openWindow(provider);
    expect(new URL(opened.url).protocol).toMatch(/^https?:$/);
    expect(await paymentWindow(gateway).check(opened.windowId)).toBe("waiting");
    expect(await found(provider, order.orderId)).toBe("not_found");
    expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
  });

  it("sends the browser back with the window's name; approval alone moves no money", async () => {
    const { order, opened } = await openWindow(provider);
    const returned = await paymentCustomer(provider).approve(opened);
    expect(returned.startsWith(order.confirmUrl)).toBe(true);
    const query = Object.fromEntries(new URL(returned).searchParams);
    expect(paymentWindow(gateway).readReturn(query)).toBe(opened.windowId);
    expect(await paymentWindow(gateway).check(opened.windowId)).toBe("approved");
    expect(await found(provider, order.orderId)).toBe("not_found");
    expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
  });

  it.each(["cancel", "ignore"] as const)(
    "is over after the customer's %s, and takes no money any more",
    async (deed) => {
      const { order, opened, confirm } = await openWindow(provider);
      await paymentCustomer(provider)[deed](opened);
      expect(await paymentWindow(gateway).check(opened.windowId)).toBe("over");
      await errorOf(paymentWindow(gateway).confirm(confirm));
      expect(await found(provider, order.orderId)).toBe("not_found");
      expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
    },
  );
}

function describeConfirm(provider: ProviderUnderTest): void {
  const { gateway, method, label } = provider;
  const { lookUpFields } = gateway.capabilities;

  it("confirmed, is paid once, and brings a key that charges", async () => {
    const { order, opened, confirm } = await approvedWindow(provider);
    const confirmed = await paymentWindow(gateway).confirm(confirm);
    const { paymentId } = confirmed.payment;
    expect(withoutExchange(confirmed.payment)).toTell(capturedPayment(order, ["orderId"]));
    expect(withoutExchange(confirmed.billingKey ?? {})).toEqual({
      secret: { billingKey: expect.stringMatching(/./) },
      method,
      methodLabel: expect.stringMatching(label),
      observations: [],
    });
    expect(await paymentWindow(gateway).check(opened.windowId)).toBe("paid");
    expect(await found(provider, order.orderId)).toTell({
      ...capturedPayment(order, lookUpFields),
      paymentId,
    });
    expect(await provider.movements({ orderId: order.orderId })).toEqual([
      { kind: "payment", amountMinor: order.amount.amountMinor },
    ]);
    const next = orderOf(provider, confirmed.billingKey?.secret ?? { billingKey: "" });
    expect((await gateway.chargeBillingKey(next)).state).toBe("captured");
  });

  it("confirmed again, is not paid again: unknown, and the look-up finds the one", async () => {
    const { order, confirm } = await approvedWindow(provider);
    const { payment } = await paymentWindow(gateway).confirm(confirm);
    const { failure } = await errorOf(paymentWindow(gateway).confirm(confirm));
    expect(failure).toBe("outcome_unknown");
    const { paymentId } = payment;
    const expected = { ...capturedPayment(order, lookUpFields), paymentId };
    expect(await found(provider, order.orderId)).toTell(expected);
    expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
  });

  it("confirmed twice at once, is paid once", async () => {
    const { order, confirm } = await approvedWindow(provider);
    const outcomes = await Promise.allSettled([
      paymentWindow(gateway).confirm(confirm),
      paymentWindow(gateway).confirm(confirm),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
  });

  it("of an order that a payment was made for already, is not paid", async () => {
    const first = await approvedWindow(provider);
    const second = await paymentWindow(gateway).open(first.order);
    await paymentCustomer(provider).approve(second);
    await paymentWindow(gateway).confirm(first.confirm);
    const confirm = { ...first.confirm, windowId: second.windowId };
    const { failure } = await errorOf(paymentWindow(gateway).confirm(confirm));
    expect(failure).toBe("outcome_unknown");
    expect(await provider.movements({ orderId: first.order.orderId })).toHaveLength(1);
  });
}

function describeUnconfirmed(provider: ProviderUnderTest): void {
  const { gateway } = provider;

  async function unpaid(orderId: string): Promise<void> {
    expect(await found(provider, orderId)).toBe("not_found");
    expect(await provider.movements({ orderId })).toEqual([]);
  }

  it("confirmed before the customer approved, takes nothing", async () => {
    const { order, confirm } = await openWindow(provider);
    const { failure } = await errorOf(paymentWindow(gateway).confirm(confirm));
    expect(["invalid_request", "hard_decline", "soft_decline"]).toContain(failure);
    await unpaid(order.orderId);
  });

  it("confirmed for another amount than it was opened with, takes nothing", async () => {
    const { order, confirm } = await approvedWindow(provider);
    const amount = money(order.amount.amountMinor + 100, order.amount.currency);
    const error = await errorOf(paymentWindow(gateway).confirm({ ...confirm, amount }));
    expect(error.failure).toBe("invalid_request");
    await unpaid(order.orderId);
  });

  it("whose payment is declined, takes nothing", async () => {
    const { order, confirm } = await approvedWindow(provider);
    await provider.spoil("register", "soft_decline");
    const { failure, code } = await errorOf(paymentWindow(gateway).confirm(confirm));
    expect([failure, typeof code]).toEqual(["soft_decline", "string"]);
    await unpaid(order.orderId);
  });
}

function describeLostConfirm(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { lookUpFields } = gateway.capabilities;

  it.each(["silence_after", "cut_after", "error_after", "garbage_after"] as const)(
    "whose confirm was answered by %s is unknown, and the look-up finds it paid",
    async (trouble) => {
      const { order, opened, confirm } = await approvedWindow(provider);
      await provider.spoil("register", trouble);
      const impatient = await provider.gatewayWith("impatient");
      const { failure } = await errorOf(paymentWindow(impatient).confirm(confirm));
      expect(failure).toBe("outcome_unknown");
      await untilMoved(provider, order.orderId, 1);
      expect(await paymentWindow(gateway).check(opened.windowId)).toBe("paid");
      expect(await found(provider, order.orderId)).toTell(capturedPayment(order, lookUpFields));
    },
  );

  it.each(["silence_before", "cut_before", "error_before", "unavailable_before"] as const)(
    "whose confirm did not get there (%s) is unknown, stays approved, and can be confirmed",
    async (trouble) => {
      const { order, opened, confirm } = await approvedWindow(provider);
      await provider.spoil("register", trouble);
      const impatient = await provider.gatewayWith("impatient");
      const { failure } = await errorOf(paymentWindow(impatient).confirm(confirm));
      expect(failure).toBe("outcome_unknown");
      expect(await paymentWindow(gateway).check(opened.windowId)).toBe("approved");
      expect(await found(provider, order.orderId)).toBe("not_found");
      expect((await paymentWindow(gateway).confirm(confirm)).payment.state).toBe("captured");
      expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
    },
  );

  it("whose confirm was not sent is known not to have been sent", async () => {
    const { confirm } = await approvedWindow(provider);
    const deaf = await provider.gatewayWith("nobody_listens");
    expect((await errorOf(paymentWindow(deaf).confirm(confirm))).failure).toBe("not_sent");
    expect((await paymentWindow(gateway).confirm(confirm)).payment.state).toBe("captured");
  });
}

function describeUnclearWindow(provider: ProviderUnderTest): void {
  const { gateway } = provider;

  it.each(["silence_before", "cut_after", "error_before", "garbage_after", "rate_limit"] as const)(
    "that is checked and not clearly answered is not taken for over: %s",
    async (trouble) => {
      const { opened } = await approvedWindow(provider);
      await provider.spoil("check_window", trouble);
      const impatient = await provider.gatewayWith("impatient");
      const { failure } = await errorOf(paymentWindow(impatient).check(opened.windowId));
      expect(failure).toBe("outcome_unknown");
      expect(await paymentWindow(gateway).check(opened.windowId)).toBe("approved");
    },
  );

  it.each(["cut_after", "garbage_after", "error_before"] as const)(
    "that was asked for and not clearly answered is none, and another can be opened: %s",
    async (trouble) => {
      await provider.spoil("open_window", trouble);
      await errorOf(openWindow(provider));
      const { opened } = await openWindow(provider);
      expect(await paymentWindow(gateway).check(opened.windowId)).toBe("waiting");
    },
  );
}
