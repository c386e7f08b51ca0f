/**
 * Whether a connection can charge an amount by a method: asked before a customer is sent through a
 * window or a subscription starts, because afterwards it would only show as a failed charge.
 */
import type { Money } from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";

/** @throws {AppError} `not_found`, `currency_not_supported`, `amount_out_of_range`. */
export async function checkLimits(
  engine: Engine,
  accountId: string,
  via: { readonly connectionId: string; readonly method: string },
  amount: Money,
): Promise<void> {
  const connection = await findConnection(engine.database, accountId, via.connectionId);
  if (connection === undefined) {
    throw new AppError("not_found", `There is no gateway connection ${via.connectionId}.`);
  }
  const { capabilities } = await engine.gateways.of(engine.database, connection);
  const limits = capabilities.methods[via.method]?.[amount.currency];
  if (limits === undefined) {
    const message = `Connection ${connection.id} does not charge ${amount.currency} by ${via.method}.`;
    throw new AppError("currency_not_supported", message);
  }
  const { maximumMinor = Number.MAX_SAFE_INTEGER, minimumMinor } = limits;
  if (amount.amountMinor < minimumMinor || amount.amountMinor > maximumMinor) {
    throw new AppError(
      "amount_out_of_range",
      `${via.method} charges ${minimumMinor} to ${maximumMinor} ${amount.currency}, not ${amount.amountMinor}.`,
    );
  }
}
