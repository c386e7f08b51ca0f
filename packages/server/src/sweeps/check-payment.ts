/** Judges the payment of one of our charges by what its provider says now, and records the verdict. */
import type { GatewayCapabilities, ProviderPayment } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { recordRefundsOf } from "../refunds/record-found-refunds.ts";
import { settleAgreeing } from "./finding-store.ts";
import { judgePaid, type PaidOrder } from "./our-orders.ts";
import { listFoundRefunds } from "./our-orders-store.ts";
import {
  recordDifference,
  recordLatePayment,
  recordPlainFinding,
  type FindingContext,
} from "./record-finding.ts";

export interface PaymentAnswer {
  readonly found: ProviderPayment | "not_found" | { readonly mismatch: string };
  readonly capabilities: GatewayCapabilities;
  /** The latest end of a send that the provider must show by now. */
  readonly settledBy: Temporal.Instant;
}

/** @throws {GatewayError} the provider was asked about refunds and gave no clear answer. */
export async function checkPayment(
  context: FindingContext,
  order: PaidOrder,
  { capabilities, found, settledBy }: PaymentAnswer,
): Promise<void> {
  const { connection, engine } = context;
  if (typeof found === "object" && "mismatch" in found) {
    const differs = { kind: "differs", as: "state_differs", detail: found.mismatch } as const;
    await recordDifference(context, order, undefined, differs);
    return;
  }
  const verdict = judgePaid(order, found, capabilities.lookUpFields, settledBy);
  const payment = found === "not_found" ? undefined : found;
  switch (verdict.kind) {
    case "agrees":
      await settleAgreeing(engine.database, connection, order.chargeId);
      return;
    case "nothing":
      return;
    case "late":
      if (payment !== undefined) await recordLatePayment(context, payment, false);
      return;
    case "refunded_elsewhere":
      await bookRefunds(context, order);
      return;
    case "differs":
      await recordDifference(context, order, payment, verdict);
  }
}

/** The refunds look the payment up themselves; one of ours that is on its way is waited for. */
async function bookRefunds(context: FindingContext, order: PaidOrder): Promise<void> {
  const { connection, engine } = context;
  const { chargeId, orderId, paymentId } = order;
  const { accountId } = connection;
  const before = await listFoundRefunds(engine.database, accountId, chargeId);
  const known = new Set(before.map(({ transactionId }) => transactionId));
  try {
    await recordRefundsOf(engine, connection, paymentId);
  } catch (error) {
    engine.log.warn({ chargeId, error }, "refunds at the provider are not clear yet; next sweep");
    return;
  }
  for (const refund of await listFoundRefunds(engine.database, accountId, chargeId)) {
    const { amount, transactionId } = refund;
    if (known.has(transactionId)) continue;
    const detail = `${amount.amountMinor} ${amount.currency} of payment ${paymentId} were refunded at the provider`;
    const names = { orderId, paymentId, transactionId, chargeId };
    await recordPlainFinding(
      context,
      { kind: "refund_elsewhere", ...names, amount, detail },
      "booked",
    );
  }
}
