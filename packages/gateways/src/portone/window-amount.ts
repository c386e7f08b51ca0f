import { money, type Money } from "../money.ts";
import type { ScriptOrder } from "../gateway.ts";
import type { PortOneChannel } from "./channels.ts";
import { refusedByUs } from "./failures.ts";

/**
 * The amount that a window is opened with. A channel that charges what its window is opened with gets
 * 0 when nothing may be taken; the others show the price and take nothing.
 *
 * @throws {GatewayError} `invalid_request` when the channel's window cannot do what the order asks for.
 */
export function windowAmount(
  { code, takesPayment }: PortOneChannel,
  { amount, isPayment }: ScriptOrder,
): Money {
  if (amount.currency !== "KRW") {
    throw refusedByUs("issuance", `its windows take KRW here, not ${amount.currency}.`);
  }
  if (!isPayment) {
    if (takesPayment === "always") {
      throw refusedByUs("issuance", `the window of ${code} registers by taking a payment only.`);
    }
    return takesPayment === "never" ? amount : money(0, "KRW");
  }
  if (takesPayment === "never") {
    throw refusedByUs("issuance", `the window of ${code} takes no payment: charge afterwards.`);
  }
  if (amount.amountMinor === 0) throw refusedByUs("issuance", "a payment of 0 is none.");
  return amount;
}
