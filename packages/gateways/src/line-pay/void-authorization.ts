import type { Exchange } from "../exchange.ts";
import { classifyLinePayAnswer, linePayFailure } from "./failures.ts";
import { checkTransactionId } from "./limits.ts";
import type { LinePayTransport } from "./transport.ts";

/**
 * Gives a whole authorization back. After a capture only a refund does.
 *
 * @throws {GatewayError} `outcome_unknown`, which includes "voided before": look the payment up and
 *   read its state. Every other class: nothing changed.
 * @see LINE Pay Online API v3, "Void payment" (read 2026-11).
 */
export async function voidAuthorization(
  transport: LinePayTransport,
  transactionId: string,
): Promise<{ readonly exchange: Exchange }> {
  checkTransactionId("void", transactionId);
  const answer = await transport.send({
    operation: "void",
    method: "POST",
    path: ["authorizations", transactionId, "void"],
    body: {},
  });
  if (classifyLinePayAnswer(answer) !== "done") throw linePayFailure(answer);
  return { exchange: answer.exchange };
}
