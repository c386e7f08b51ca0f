/** Customers of the conformance suite: they pass the provider's window, order and pay. */
import type {
  ChargeOrder,
  Gateway,
  Money,
  OpenedWindow,
  PaymentWindow,
  ProviderPayment,
  RegisteredBillingKey,
  ScriptWindow,
  WindowHandle,
  WindowOrder,
} from "@maedal/gateways";
import { newOrderId, orderOf, paymentOf, usualAmount } from "./orders.ts";
import type { PaymentCustomer, ProviderUnderTest, ScriptCustomer } from "./provider-under-test.ts";

/** The window of a gateway that is known to have a script. */
export function scriptWindow({ window, provider }: Gateway): ScriptWindow {
  if (window.kind !== "script") throw new Error(`The window of ${provider} is no script.`);
  return window;
}

/** The window of a gateway that is known to take a payment. */
export function paymentWindow({ window, provider }: Gateway): PaymentWindow {
  if (window.kind !== "payment") throw new Error(`The window of ${provider} takes no payment.`);
  return window;
}

export function scriptCustomer({ customer, name }: ProviderUnderTest): ScriptCustomer {
  if (customer.kind !== "script") throw new Error(`The customer of ${name} meets no script.`);
  return customer;
}

export function paymentCustomer({ customer, name }: ProviderUnderTest): PaymentCustomer {
  if (customer.kind !== "payment") throw new Error(`The customer of ${name} approves nothing.`);
  return customer;
}

export async function exchange(
  gateway: Gateway,
  handle: WindowHandle,
): Promise<RegisteredBillingKey> {
  return await scriptWindow(gateway).exchange(handle);
}

/** One window of one customer, and all that a confirm of it has to say. */
export interface WindowVisit {
  readonly order: WindowOrder;
  readonly opened: OpenedWindow;
  readonly confirm: {
    readonly windowId: string;
    readonly orderId: string;
    readonly amount: Money;
  };
}

export async function openWindow(
  provider: ProviderUnderTest,
  gateway: Gateway = provider.gateway,
): Promise<WindowVisit> {
  const order: WindowOrder = {
    orderId: newOrderId(),
    orderName: "매달 구독",
    amount: usualAmount(provider),
    confirmUrl: "https://merchant.example/registrations/back",
    cancelUrl: "https://merchant.example/registrations/canceled",
    locale: "zh-TW",
  };
  const opened = await paymentWindow(gateway).open(order);
  const { orderId, amount } = order;
  return { order, opened, confirm: { windowId: opened.windowId, orderId, amount } };
}

/** A window that the customer has approved and nobody has confirmed. */
export async function approvedWindow(
  provider: ProviderUnderTest,
  gateway: Gateway = provider.gateway,
): Promise<WindowVisit> {
  const visit = await openWindow(provider, gateway);
  await paymentCustomer(provider).approve(visit.opened);
  return visit;
}

/** A customer registers. Through a payment window this moves money, too. */
export async function register(
  provider: ProviderUnderTest,
  gateway: Gateway = provider.gateway,
): Promise<RegisteredBillingKey> {
  if (gateway.window.kind === "script") {
    return await exchange(gateway, await scriptCustomer(provider).passWindow());
  }
  const { confirm } = await approvedWindow(provider, gateway);
  const { billingKey } = await gateway.window.confirm(confirm);
  if (billingKey === undefined) throw new Error("A confirmed window brings a billing key.");
  return billingKey;
}

/** An order of a customer who has just registered. */
export async function newOrder(
  provider: ProviderUnderTest,
  change: Partial<ChargeOrder> = {},
): Promise<ChargeOrder> {
  const { secret } = await register(provider);
  return orderOf(provider, secret, change);
}

/** The payment of a customer who has just registered, as the provider tells it. */
export async function charged(
  provider: ProviderUnderTest,
  change: Partial<ChargeOrder> = {},
): Promise<{ order: ChargeOrder; payment: Omit<ProviderPayment, "exchange"> }> {
  const order = await newOrder(provider, change);
  await provider.gateway.chargeBillingKey(order);
  return { order, payment: await paymentOf(provider, order.orderId) };
}
