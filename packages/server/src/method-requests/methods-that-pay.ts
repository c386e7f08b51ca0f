/** The methods of a connection that can pay what a subscription costs. */
import type { Gateway } from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { checkPayable, gatewayOf, pricesToPay } from "../registrations/open-registration.ts";
import type { Price } from "../subscriptions/subscription.ts";

export interface MethodsThatPay {
  readonly gateway: Gateway;
  /** In the gateway's own order, at least one: `TRANSFER`, `CARD`. */
  readonly methods: readonly string[];
}

/**
 * @throws {AppError} `connection_refused`, `subscription_canceled`; and what `checkPrice` throws of
 *   the first method, when none can.
 */
export async function listMethodsThatPay(
  engine: Engine,
  connection: Connection,
  payer: {
    readonly accountId: string;
    readonly customerId: string;
    readonly subscriptionId: string;
  },
): Promise<MethodsThatPay> {
  const gateway = await gatewayOf(engine, connection);
  const prices = await pricesToPay(engine.database, payer);
  const tried = Object.keys(gateway.capabilities.methods).map((method) => {
    return { method, refusal: refusalOf(gateway, method, prices) };
  });
  const methods = tried.flatMap(({ method, refusal }) => (refusal === undefined ? [method] : []));
  const refusal = tried[0]?.refusal;
  if (methods.length === 0 && refusal !== undefined) throw refusal;
  return { gateway, methods };
}

function refusalOf(
  gateway: Gateway,
  method: string,
  prices: readonly Price[],
): AppError | undefined {
  try {
    for (const price of prices) checkPayable(gateway, method, price);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error;
  }
}
