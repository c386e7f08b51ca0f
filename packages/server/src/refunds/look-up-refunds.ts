/**
 * Asks the provider what became of refunds whose outcome is unknown: looks their payment up and lets
 * its list of refunds judge, through the connection that they were sent with. It never refunds.
 */
import { GatewayError, type Exchange } from "@maedal/gateways";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { refundFindingOf, refundFindingOfFailure, type RefundFinding } from "./refund-outcome.ts";
import {
  claimDueRefundLookUps,
  expireRefundLeases,
  expireRefundLookUpLeases,
  type DueRefundLookUp,
} from "./refund-queue-store.ts";
import { recordRefundOrLeave } from "./record-refund.ts";

const batchSize = 20;

/** @returns How many refunds were moved or asked about: 0 when there is nothing to do now. */
export async function reconcileRefunds(engine: Engine): Promise<number> {
  const { database, effects, windows } = engine;
  const expired = await expireRefundLeases(database, 100);
  if (expired > 0) engine.log.warn({ expired }, "refunds' leases ran out: outcome unknown");
  await expireRefundLookUpLeases(database);

  const tokens = Array.from({ length: batchSize }, () => effects.random.uuid());
  const due = await claimDueRefundLookUps(database, tokens, windows.lookUpLeaseMs);
  await Promise.all(
    due.map(async (lookUp) => {
      const { accountId, askedAt, leaseToken, refundId } = lookUp;
      const lease = { accountId, refundId, leaseToken };
      const answer = await ask(engine, lookUp);
      await recordRefundOrLeave(engine, { of: "look_up", lease, askedAt, ...answer });
    }),
  );
  return expired + due.length;
}

async function ask(
  engine: Engine,
  lookUp: DueRefundLookUp,
): Promise<{ readonly finding: RefundFinding; readonly exchange: Exchange | undefined }> {
  const { accountId, amount, connectionId, orderId, paymentId, refundId } = lookUp;
  try {
    const connection = await findConnection(engine.database, accountId, connectionId);
    if (connection === undefined) throw new Error(`there is no connection ${connectionId}`);
    const gateway = await engine.gateways.of(engine.database, connection);
    const found = await gateway.lookUpByPaymentId(paymentId);
    const exchange = found === "not_found" ? undefined : found.exchange;
    const finding = refundFindingOf({ orderId, amount }, found, gateway.capabilities);
    return { finding, exchange };
  } catch (error) {
    const isAnswer = error instanceof GatewayError;
    if (!isAnswer) engine.log.error({ refundId, error }, "a look-up failed in our own code");
    return {
      finding: refundFindingOfFailure(error),
      exchange: isAnswer ? error.exchange : undefined,
    };
  }
}
