/**
 * Asks once more about an order that was answered "paid" after an earlier send of it had stayed
 * unanswered. A provider pays one order id once, we assume; one that pays both sends would otherwise
 * be found out by nobody. Nothing hangs on the answer but that a person hears of it.
 */
import { GatewayError } from "@maedal/gateways";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { paymentOf, type CallResult } from "./call-result.ts";
import { findResentOrder, type ResentOrder } from "./late-payment-store.ts";
import { noteLatePayment, noteSeveralPayments } from "./late-payment.ts";

/** Of a result that is recorded. Never throws: what cannot be asked now is told by the log. */
export async function checkResentOrder(engine: Engine, result: CallResult): Promise<void> {
  if (result.of !== "attempt" || paymentOf(result) === undefined) return;
  const { chargeId } = result.lease;
  try {
    const order = await findResentOrder(engine.database, result.lease);
    if (order !== undefined) await check(engine, order);
  } catch (error) {
    engine.log.warn({ chargeId, error }, "whether a resent order was paid twice is not known");
  }
}

async function check(
  engine: Engine,
  { accountId, connectionId, orderId }: ResentOrder,
): Promise<void> {
  const { database, gateways } = engine;
  const connection = await findConnection(database, accountId, connectionId);
  if (connection === undefined) throw new Error(`there is no connection ${connectionId}`);
  const gateway = await gateways.of(database, connection);
  try {
    const found = await gateway.lookUpByOrderId(orderId);
    if (found === "not_found") return;
    await database.transaction((tx) => noteLatePayment(tx, engine, connection, found));
  } catch (error) {
    if (!(error instanceof GatewayError) || error.failure !== "mismatch") throw error;
    const said = error.message;
    await database.transaction((tx) => noteSeveralPayments(tx, engine, connection, orderId, said));
  }
}
