/**
 * Ours → theirs: orders that were sent, and charges whose refunds were booked, are asked about one by
 * one, unless the provider's list has shown them to agree. Where there is no list, all of them are.
 */
import { checkPayment } from "./check-payment.ts";
import type { Listed } from "./compare-listed.ts";
import type { ListContext } from "./list-context.ts";
import { isBeingDecided, type PaidOrder, type SentOrder } from "./our-orders.ts";
import { listRefundedOrders, listSentOrders, type SentMark } from "./our-orders-store.ts";
import { askForOrder, askForPayment, forEachOf, questionsAtOnce } from "./questions.ts";
import { recordLatePayment } from "./record-finding.ts";
import type { TimeRange } from "./sweep.ts";

const pageSize = 200;

/**
 * @param listed Undefined where the provider has no list: then refused orders are asked about too.
 * @returns How many were asked about.
 * @throws {GatewayError} a question got no clear answer.
 */
export async function checkOrders(
  context: ListContext,
  slice: TimeRange,
  listed: Listed | undefined,
): Promise<number> {
  const { connection, engine } = context;
  const asked = new Set<string>();
  const ask = async (orders: readonly SentOrder[]): Promise<void> => {
    const open = orders.filter((order) => !isBeingDecided(order) && !asked.has(order.orderId));
    for (const { orderId } of open) asked.add(orderId);
    await forEachOf(open, questionsAtOnce(connection), async (order) => {
      await context.goOn();
      await checkOrder(context, order);
    });
  };

  const withRefused = listed === undefined;
  let after: SentMark | undefined;
  do {
    await context.goOn();
    const page = { withRefused, after, limit: pageSize };
    const sent = await listSentOrders(engine.database, connection, slice, page);
    await ask(sent.orders.filter(({ paymentId }) => !listed?.paymentIds.has(paymentId ?? "")));
    after = sent.next;
  } while (after !== undefined);

  const refunded = await listRefundedOrders(engine.database, connection, slice);
  const unlisted = refunded.filter(({ transactionIds }) => {
    return transactionIds.some((id) => listed?.transactionIds.has(id) !== true);
  });
  await ask(unlisted.map(({ order }) => order));
  return asked.size;
}

async function checkOrder(context: ListContext, order: SentOrder): Promise<void> {
  const { gateway, settledBy } = context;
  const shown = await askForOrder(gateway, order.orderId);
  const others = shown.payments.filter(({ paymentId }) => paymentId !== order.paymentId);
  for (const payment of others) {
    const named = { ...payment, orderId: payment.orderId ?? order.orderId };
    await recordLatePayment(context, named, shown.areSeveral);
  }
  if (!hasPayment(order)) return;
  const own = shown.payments.find(({ paymentId }) => paymentId === order.paymentId);
  const found = own ?? (await askForPayment(gateway, order.paymentId));
  const { capabilities } = gateway;
  await checkPayment(context, order, { found, capabilities, settledBy });
}

function hasPayment(order: SentOrder): order is PaidOrder {
  return order.paymentId !== undefined;
}
