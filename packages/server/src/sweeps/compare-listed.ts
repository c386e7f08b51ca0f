/**
 * Theirs → ours: each movement in the provider's list is recognized, or looked up. What is ours and
 * unknown to our books becomes a finding; the merchant's other business is counted only.
 */
import type { ProviderTransaction } from "@maedal/gateways";
import { checkPayment } from "./check-payment.ts";
import { compareStrangers } from "./compare-strangers.ts";
import { standingOf, type Recognized } from "./listed-payment.ts";
import type { ListContext } from "./list-context.ts";
import { recognize } from "./our-orders-store.ts";
import { askForPayment, forEachOf, questionsAtOnce } from "./questions.ts";
import { recordLatePayment } from "./record-finding.ts";
import { isWithin, listedFor, type TimeRange } from "./sweep.ts";
import type { SweepCounts } from "./sweep-store.ts";

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
  const strangers: ProviderTransaction[] = [];
  for (const [n, movement] of movements.entries()) {
    const recognized = known[n];
    if (recognized === undefined) throw new Error("a movement was not looked for");
    const standing = standingOf(movement, recognized);
    if (standing === "foreign") foreign.push(movement);
    if (standing === "stranger") strangers.push(movement);
    if (standing !== "ours" && standing !== "late") continue;
    if (asked.has(movement.paymentId)) continue;
    asked.add(movement.paymentId);
    suspects.push({ movement, known: recognized });
  }
  await forEachOf(suspects, questionsAtOnce(connection), async (suspect) => {
    await context.goOn();
    await lookInto(context, suspect);
  });
  for (const id of await compareStrangers(context, strangers)) asked.add(id);
  return { foreign };
}

/** Nothing in a list is believed before the payment itself says so. */
async function lookInto(context: ListContext, { known, movement }: Suspect): Promise<void> {
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
  await recordLatePayment(context, { ...found, orderId: found.orderId ?? orderId }, false);
}
