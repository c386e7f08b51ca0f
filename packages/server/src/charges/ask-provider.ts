/**
 * Asks the provider what it says now of a charge and of every order id that was sent for its invoice,
 * through the connection that each was sent with. Nothing is recorded and nothing moves; a question
 * without an answer is an answer of its own: unknown.
 */
import type { Gateway, ProviderPayment } from "@maedal/gateways";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import {
  detailOf,
  findingOf,
  findingOfFailure,
  keepsMoney,
  type LookUpFinding,
} from "./outcome.ts";
import {
  findOtherOwners,
  listAskedOrders,
  listPaidOrders,
  type AskedOrder,
  type PaidOrder,
} from "./review-store.ts";
import type { OrderNow, ProviderNow } from "./review.ts";

/** Somebody waits in front of a page: what has not been answered by then is unknown. */
const patienceMs = 20_000;
/** Questions at once. */
const atOnce = 5;

/** @param invoiceId Of the charge: its earlier order ids may be paid as well as its own. */
export async function askAboutInvoice(
  engine: Engine,
  accountId: string,
  invoiceId: string,
): Promise<ProviderNow> {
  const askedAt = engine.effects.clock.now();
  const sent = await listAskedOrders(engine.database, accountId, invoiceId);
  const byOrder = await askAll(engine, sent, (gateway, it) => gateway.lookUpByOrderId(it.orderId));
  const seen = new Set(byOrder.flatMap(({ paymentId }) => paymentId ?? []));
  // A payment that we know by name and no order shows: what was held, then taken or given back.
  const known = await listPaidOrders(engine.database, accountId, invoiceId);
  const unseen = known.filter(({ paymentId }) => !seen.has(paymentId));
  const byPayment = await askAll(engine, unseen, (gateway, it) =>
    gateway.lookUpByPaymentId(it.paymentId),
  );
  const orders = await withoutOthers(engine, accountId, invoiceId, [...byOrder, ...byPayment]);
  return { askedAt, orders };
}

type Question<Order> = (gateway: Gateway, order: Order) => Promise<ProviderPayment | "not_found">;

async function askAll<Order extends AskedOrder | PaidOrder>(
  engine: Engine,
  orders: readonly Order[],
  question: Question<Order>,
): Promise<OrderNow[]> {
  const answers: OrderNow[] = [];
  for (let from = 0; from < orders.length; from += atOnce) {
    const some = orders.slice(from, from + atOnce);
    answers.push(...(await Promise.all(some.map((order) => askOne(engine, order, question)))));
  }
  return answers;
}

async function askOne<Order extends AskedOrder | PaidOrder>(
  engine: Engine,
  order: Order,
  question: Question<Order>,
): Promise<OrderNow> {
  const finding = await withPatience(engine, findingFor(engine, order, question));
  const { chargeId, connectionId, orderId } = order;
  const payment = "payment" in finding ? finding.payment : undefined;
  return {
    connectionId,
    chargeId,
    orderId,
    finding: finding.kind,
    detail: detailOf(finding),
    paymentId: payment?.paymentId,
    amount: payment?.amount,
    refundedMinor: payment?.refundedMinor ?? 0,
    hasMoney: payment !== undefined && keepsMoney(payment),
  };
}

async function findingFor<Order extends AskedOrder | PaidOrder>(
  engine: Engine,
  order: Order,
  question: Question<Order>,
): Promise<LookUpFinding> {
  const { accountId, chargeId, connectionId } = order;
  try {
    const connection = await findConnection(engine.database, accountId, connectionId);
    if (connection === undefined) throw new Error(`there is no connection ${connectionId}`);
    const gateway = await engine.gateways.of(engine.database, connection);
    return findingOf(order, await question(gateway, order), gateway.capabilities);
  } catch (error) {
    engine.log.warn({ chargeId, error }, "a question for a review got no clear answer");
    return findingOfFailure(error);
  }
}

/** @returns `no_answer` when it takes longer than somebody waits; never rejects. */
export async function withPatience<Finding>(
  { effects }: Engine,
  asking: Promise<Finding>,
): Promise<Finding | Extract<LookUpFinding, { kind: "no_answer" }>> {
  const over = new AbortController();
  const silence = effects.timers.sleep(patienceMs, over.signal).then(() => {
    const message = `no answer within ${patienceMs / 1_000} seconds`;
    return { kind: "no_answer", code: "no_answer", message } as const;
  });
  const first = await Promise.race([asking, silence]);
  over.abort();
  return first;
}

/** One payment pays one charge: what another invoice was paid with says nothing of this one. */
async function withoutOthers(
  engine: Engine,
  accountId: string,
  invoiceId: string,
  orders: readonly OrderNow[],
): Promise<OrderNow[]> {
  const ids = orders.flatMap(({ paymentId }) => paymentId ?? []);
  const owners = await findOtherOwners(engine.database, accountId, invoiceId, ids);
  return orders.map((order) => {
    const owner = owners.find(
      (it) => it.paymentId === order.paymentId && it.connectionId === order.connectionId,
    );
    if (owner === undefined) return order;
    const detail = `payment ${owner.paymentId} is that of charge ${owner.chargeId}`;
    return { ...order, finding: "mismatch", detail, hasMoney: false };
  });
}
