import { tossFailure, verdictOf } from "./failures.ts";
import type { TossTransport } from "./transport.ts";

/**
 * Deletes a billing key at Toss, which also sends the webhook BILLING_DELETED. Safe to repeat:
 * after an unknown outcome, ask again.
 *
 * @returns "already_gone" when Toss says, by code, that it has no such key. A bare 404 says nothing.
 * @throws {GatewayError} the key may still be charged.
 * @see Toss Payments core API 2022-11-16, "자동결제 해지" (read 2026-11): 200 with an empty body.
 */
export async function deleteBillingKey(
  transport: TossTransport,
  billingKey: string,
): Promise<"deleted" | "already_gone"> {
  const answer = await transport.send({
    operation: "delete",
    method: "DELETE",
    path: ["billing", { secret: billingKey, label: "[billing key]" }],
  });
  if (answer.status === 200) return "deleted";
  if (verdictOf(answer) === "already_gone") return "already_gone";
  throw tossFailure(answer);
}
