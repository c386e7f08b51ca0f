/** One payment pays one charge: a result that would have us adopt another charge's is a mismatch. */
import type { ProviderPayment } from "@maedal/gateways";
import type { Transaction } from "../db/database.ts";
import { paidOrderOf, paymentOf, type CallResult } from "./call-result.ts";
import { findTakenPayments, type PaymentKey } from "./charge-result-store.ts";
import type { OpenCharge } from "./charge-store.ts";

/** A payment that another charge has already is not ours, whatever else it says (rule 7). */
export async function withoutTakenPayments(
  tx: Transaction,
  results: readonly CallResult[],
  charges: readonly OpenCharge[],
): Promise<CallResult[]> {
  const byToken = new Map(charges.map((charge) => [charge.leaseToken, charge]));
  // A zombie's result is not recorded, so it takes nothing from anybody.
  const claimOf = (result: CallResult): PaymentKey | undefined => {
    const charge = byToken.get(result.lease.leaseToken);
    return charge && paymentKeyOf(result, charge);
  };
  const claimed = results.flatMap((result) => claimOf(result) ?? []);
  const nameOf = (it: PaymentKey) => `${it.accountId} ${it.connectionId} ${it.paymentId}`;
  const taken = new Set((await findTakenPayments(tx, claimed)).map(nameOf));
  return results.map((result) => {
    const claim = claimOf(result);
    const payment = paymentOf(result);
    if (claim === undefined || payment === undefined) return result;
    const isTaken = taken.has(nameOf(claim));
    taken.add(nameOf(claim));
    return isTaken ? asMismatch(result, payment) : result;
  });
}

function paymentKeyOf(result: CallResult, charge: OpenCharge): PaymentKey | undefined {
  const paymentId = paymentOf(result)?.paymentId;
  if (paymentId === undefined) return undefined;
  const { connectionId } = paidOrderOf(result, charge);
  return { accountId: charge.accountId, connectionId, paymentId };
}

function asMismatch(result: CallResult, payment: ProviderPayment): CallResult {
  const message = `payment ${payment.paymentId} belongs to another charge already`;
  return result.of === "attempt"
    ? { ...result, outcome: { kind: "mismatch", code: "payment_taken", message } }
    : { ...result, finding: { kind: "mismatch", payment, detail: message } };
}
