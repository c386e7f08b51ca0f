/**
 * Payments under order ids of our form that this connection never sent. Another connection to the same
 * merchant has its own in its own sweep; what is left is an orphan. Whoever else uses the provider account
 * may make more of them than anybody could read, so there is a limit to those that are asked about.
 */
import type { ProviderPayment, ProviderTransaction } from "@maedal/gateways";
import { readOrderId } from "../ids/order-id.ts";
import { countOpenOrphans, findFoundPayments } from "./finding-store.ts";
import type { NewFinding } from "./finding.ts";
import type { ListContext } from "./list-context.ts";
import { traceOrder, type OrderTrace } from "./our-orders-store.ts";
import { askForPayment, forEachOf, questionsAtOnce } from "./questions.ts";
import { recordPlainFinding } from "./record-finding.ts";

interface Stranger {
  readonly movement: ProviderTransaction;
  readonly trace: OrderTrace;
}

/** @returns The payments that were asked about. */
export async function compareStrangers(
  context: ListContext,
  movements: readonly ProviderTransaction[],
): Promise<string[]> {
  if (movements.length === 0) return [];
  const strangers = await withoutFlood(context, await newStrangers(context, movements));
  await forEachOf(strangers, questionsAtOnce(context.connection), async (stranger) => {
    await context.goOn();
    await lookInto(context, stranger);
  });
  return strangers.map(({ movement }) => movement.paymentId);
}

/** Each payment once, without those that are another connection's or were found before. */
async function newStrangers(
  { connection, engine }: ListContext,
  movements: readonly ProviderTransaction[],
): Promise<Stranger[]> {
  const { database } = engine;
  const byPayment = new Map(movements.map((movement) => [movement.paymentId, movement]));
  const found = await findFoundPayments(database, connection, "orphan", [...byPayment.keys()]);
  const strangers: Stranger[] = [];
  for (const [paymentId, movement] of byPayment) {
    if (found.has(paymentId)) continue;
    const trace = await traceOrder(database, connection, movement.orderId);
    if (!trace.isSentElsewhere) strangers.push({ movement, trace });
  }
  return strangers;
}

/** As many as may wait for a person; one more finding says that there are more. */
async function withoutFlood(
  context: ListContext,
  strangers: readonly Stranger[],
): Promise<readonly Stranger[]> {
  const { connection, engine, mostOrphans } = context;
  const open = await countOpenOrphans(engine.database, connection, mostOrphans);
  const room = Math.max(0, mostOrphans - open);
  if (strangers.length <= room) return strangers;
  const detail = `more than ${mostOrphans} payments that this database never sent wait for a person: further ones are not asked about. Find out who makes them, settle these, then compare that time once more`;
  const names = { orderId: undefined, paymentId: undefined, chargeId: undefined };
  const finding = { kind: "orphan", ...names, amount: undefined, detail } as const;
  await recordPlainFinding(context, finding, "told");
  return strangers.slice(0, room);
}

/** Nothing in a list is believed before the payment itself says so. */
async function lookInto(context: ListContext, { movement, trace }: Stranger): Promise<void> {
  const found = await askForPayment(context.gateway, movement.paymentId);
  if (found === "not_found" || "mismatch" in found || found.state !== "captured") return;
  await recordOrphan(context, { ...found, orderId: found.orderId ?? movement.orderId }, trace);
}

/** The order id says what it was taken for; who took it, somebody has to find out. */
async function recordOrphan(
  context: ListContext,
  { amount, orderId, paymentId }: ProviderPayment & { readonly orderId: string },
  { chargeId, isKnown }: OrderTrace,
): Promise<void> {
  const subject = subjectOf(orderId);
  const who =
    "another installation of Maedal or a copy of this database sent it, or this database was restored to an earlier moment";
  const here = isKnown ? "which are of this database" : "which this database does not have";
  const detail =
    chargeId === undefined
      ? `payment ${paymentId} was taken for ${subject}, ${here}: ${who}`
      : `payment ${paymentId} was taken under the order id of charge ${chargeId}, which never sent it: ${who}`;
  const finding: NewFinding = { kind: "orphan", orderId, paymentId, chargeId, amount, detail };
  await recordPlainFinding(context, finding, "told");
}

function subjectOf(orderId: string): string {
  const named = readOrderId(orderId);
  if (named?.kind === "period") {
    return `period ${named.periodIndex} and subscription ${named.subscriptionId}`;
  }
  if (named?.kind === "invoice") return `invoice ${named.invoiceId} and its subscription`;
  return `registration ${named?.registrationId} and its window`;
}
