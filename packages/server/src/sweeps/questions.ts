/**
 * What a sweep asks a provider, one payment or order at a time: few questions at once, beside the
 * charges that go on through the same connection.
 */
import { GatewayError, type Gateway, type ProviderPayment } from "@maedal/gateways";

/** What a provider shows of one order id. */
export interface ShownOrder {
  readonly payments: readonly ProviderPayment[];
  /** Several of them took money. */
  readonly areSeveral: boolean;
  /** What it answered is none of ours, in words. */
  readonly mismatch: string | undefined;
}

/** @throws {GatewayError} the question got no clear answer. */
export async function askForOrder(gateway: Gateway, orderId: string): Promise<ShownOrder> {
  try {
    const found = await gateway.lookUpByOrderId(orderId);
    const payments = found === "not_found" ? [] : [found];
    return { payments, areSeveral: false, mismatch: undefined };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.failure !== "mismatch") throw error;
    const { message, payments } = error;
    const areSeveral = payments.length > 1;
    return { payments, areSeveral, mismatch: areSeveral ? undefined : message };
  }
}

/**
 * @returns The payment, that there is none, or why what came instead is none of ours.
 * @throws {GatewayError} the question got no clear answer.
 */
export async function askForPayment(
  gateway: Gateway,
  paymentId: string,
): Promise<ProviderPayment | "not_found" | { readonly mismatch: string }> {
  try {
    return await gateway.lookUpByPaymentId(paymentId);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.failure !== "mismatch") throw error;
    return { mismatch: error.message };
  }
}

/** A quarter of what the connection may have on its way. */
export function questionsAtOnce({ concurrency }: { readonly concurrency: number }): number {
  return Math.max(1, Math.floor(concurrency / 4));
}

/** Does the work of each item, so many at once. The first failure ends it, once the others are over. */
export async function forEachOf<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  let isOver = false;
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, async () => {
    try {
      for (const item of queue) {
        if (isOver) return;
        await work(item);
      }
    } catch (error) {
      isOver = true;
      throw error;
    }
  });
  const ends = await Promise.allSettled(workers);
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
