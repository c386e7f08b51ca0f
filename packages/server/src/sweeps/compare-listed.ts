/**
 * Theirs → ours: each movement in the provider's list is recognized, or looked up. What is ours and
 * unknown to our books becomes a finding; the merchant's other business is counted only.
 */
import type { Gateway, ProviderPayment, ProviderTransaction } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { readOrderId } from "../ids/order-id.ts";
import { checkPayment } from "./check-payment.ts";
import type { NewFinding } from "./finding.ts";
import { standingOf, type Recognized, type Standing } from "./listed-payment.ts";
import { recognize, traceOrder } from "./our-orders-store.ts";
import { askForPayment, forEachOf, questionsAtOnce } from "./questions.ts";
import { recordLatePayment, recordPlainFinding, type FindingContext } from "./record-finding.ts";
import { isWithin, listedFor, type TimeRange } from "./sweep.ts";
import type { SweepCounts } from "./sweep-store.ts";

export interface ListContext extends FindingContext {
  readonly gateway: Gateway;
  /** The latest end of a send that the provider must show by now. */
  readonly settledBy: Temporal.Instant;
  /** Called between questions. @throws {SweepStopped} */
  readonly goOn: () => Promise<void>;
}

/** What a list has shown: our charges with these payments need no further question. */
export interface Listed extends SweepCounts {
  readonly paymentIds: ReadonlySet<string>;
  readonly transactionIds: ReadonlySet<string>;
}

const chunkSize = 500;

/** @throws {GatewayError} the list or a look-up got no clear answer. */
export async function compareListed(context: ListContext, slice: TimeRange): Promise<Listed> {
  const { gateway } = context;
  const seen = { paymentIds: new Set<string>(), transactionIds: new Set<string>() };
  const asked = new Set<string>();
  let counts: SweepCounts = { listed: 0, foreignListed: 0, asked: 0 };
  let chunk: ProviderTransaction[] = [];
  const compare = async (): Promise<void> => {
    await context.goOn();
    const found = await compareChunk(context, chunk, asked);
    for (const { paymentId, transactionId } of chunk) {
      seen.paymentIds.add(paymentId);
      seen.transactionIds.add(transactionId);
    }
    const ofSlice = (movements: readonly ProviderTransaction[]) =>
      movements.filter(({ happenedAt }) => !happenedAt || isWithin(slice, happenedAt)).length;
    counts = {
      listed: counts.listed + ofSlice(chunk),
      foreignListed: counts.foreignListed + ofSlice(found.foreign),
      asked: asked.size,
    };
    chunk = [];
  };
  for await (const movement of gateway.listTransactions?.(listedFor(slice)) ?? []) {
    chunk.push(movement);
    if (chunk.length === chunkSize) await compare();
  }
  await compare();
  return { ...seen, ...counts };
}

interface Suspect {
  readonly movement: ProviderTransaction;
  readonly known: Recognized;
  readonly standing: Exclude<Standing, "agrees" | "foreign">;
}

/** @param asked Payments that were looked up for this slice already; added to. */
async function compareChunk(
  context: ListContext,
  movements: readonly ProviderTransaction[],
  asked: Set<string>,
): Promise<{ readonly foreign: readonly ProviderTransaction[] }> {
  const { connection, engine } = context;
  const known = await recognize(engine.database, connection, movements);
  const suspects: Suspect[] = [];
  const foreign: ProviderTransaction[] = [];
  for (const [n, movement] of movements.entries()) {
    const recognized = known[n];
    if (recognized === undefined) throw new Error("a movement was not looked for");
    const standing = standingOf(movement, recognized);
    if (standing === "foreign") foreign.push(movement);
    if (standing === "foreign" || standing === "agrees" || asked.has(movement.paymentId)) continue;
    asked.add(movement.paymentId);
    suspects.push({ movement, known: recognized, standing });
  }
  await forEachOf(suspects, questionsAtOnce(connection), async (suspect) => {
    await context.goOn();
    await lookInto(context, suspect);
  });
  return { foreign };
}

/** Nothing in a list is believed before the payment itself says so. */
async function lookInto(
  context: ListContext,
  { known, movement, standing }: Suspect,
): Promise<void> {
  const { gateway, settledBy } = context;
  const { orderId, paymentId } = movement;
  const found = await askForPayment(gateway, paymentId);
  if (known.paid !== undefined) {
    const { capabilities } = gateway;
    await checkPayment(context, known.paid, { found, capabilities, settledBy });
    return;
  }
  const isPayment = found !== "not_found" && !("mismatch" in found);
  if (!isPayment || found.state !== "captured") return;
  const payment = { ...found, orderId: found.orderId ?? orderId };
  if (standing === "late") await recordLatePayment(context, payment, false);
  else await recordOrphan(context, payment);
}

/** The order id says what it was taken for; who took it, somebody has to find out. */
async function recordOrphan(context: ListContext, payment: ProviderPayment): Promise<void> {
  const { connection, engine } = context;
  const { amount, orderId = "", paymentId } = payment;
  const trace = await traceOrder(engine.database, connection.accountId, orderId);
  if (trace.isSentElsewhere) return; // Another connection here sent it, and compares it.
  const { chargeId } = trace;
  const subject = subjectOf(orderId);
  const who =
    "another installation of Maedal or a copy of this database sent it, or this database was restored to an earlier moment";
  const here = trace.isKnown ? "which are of this database" : "which this database does not have";
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
