/** Whether a key can be taken over, judged by what its provider says of it. Pure module. */
import type { ExistingKey, GatewayCapabilities } from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import { checkPrice, withoutTrial } from "../plans/check-limits.ts";
import type { Plan } from "../plans/plan.ts";
import type { Refusal } from "./refusal.ts";

/** @param unschedule What the provider is to charge by itself is revoked, and so no reason to refuse. */
export function keyRefusal(key: ExistingKey | undefined, unschedule: boolean): Refusal | undefined {
  if (key === undefined) {
    const message =
      "The provider has no key of this customer_uid: mend it, or let the customer register a new method.";
    return { code: "key_not_found", message };
  }
  if (key.problems.length > 0) return { code: "key_not_usable", message: key.problems.join(" ") };
  const [next] = key.scheduled;
  if (next === undefined || unschedule) return undefined;
  const count = key.scheduled.length;
  const times = count === 1 ? "once more" : `${count} times more`;
  const order = orderNameOf(key, next.orderId);
  const message = `The provider is to charge this key by itself ${times}, next at ${next.at.toString()} (order ${order}), and the customer would pay twice: revoke that there, or import with --unschedule.`;
  return { code: "scheduled_at_provider", message };
}

/**
 * What was scheduled and is not among what was revoked has run in between: for which day it was, and so
 * whether the row's next charge is paid already, only the merchant knows.
 */
export function chargedMeanwhile(
  key: ExistingKey,
  revoked: readonly string[],
): Refusal | undefined {
  const ran = key.scheduled.find(({ orderId }) => !revoked.includes(orderId));
  if (ran === undefined) return undefined;
  const message = `The provider may have charged this key by itself just now (order ${orderNameOf(key, ran.orderId)}), and charges it no more: see there what was paid, mend next_charge_on, and import the row again.`;
  return { code: "charged_meanwhile", message };
}

/** An order id of another system may be made of its key. */
function orderNameOf({ secret }: ExistingKey, orderId: string): string {
  return orderId.replaceAll(secret.billingKey, "[billing key]");
}

/** Whether a key's method can pay a plan. */
export function priceRefusal(
  capabilities: GatewayCapabilities,
  method: string,
  plan: Plan | undefined,
): Refusal | undefined {
  if (plan === undefined) return undefined;
  try {
    checkPrice(capabilities, method, withoutTrial(plan));
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { code: "plan_not_payable", message: error.message };
  }
}
