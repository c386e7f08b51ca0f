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
  const message = `The provider is to charge this key by itself ${times}, next at ${next.at.toString()} (order ${next.orderId}), and the customer would pay twice: revoke that there, or import with --unschedule.`;
  return { code: "scheduled_at_provider", message };
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
