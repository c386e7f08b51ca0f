import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import { readTossBilling, type TossBilling } from "./billing.ts";
import { tossFailure, unreadableAnswer } from "./failures.ts";
import { checkCustomerKey, checkIdempotencyKey, checkLength } from "./limits.ts";
import type { TossTransport } from "./transport.ts";

export interface IssueBillingKey {
  /** From the success redirect: one use, at most 300 characters, lifetime unpublished. */
  readonly authKey: string;
  /**
   * The one that the window was opened with, from our own session. The redirect repeats it through
   * the browser: compare, never trust.
   */
  readonly customerKey: string;
  /** Unverified: that Toss replays this endpoint's answer; documented for every POST. */
  readonly idempotencyKey: string;
}

/**
 * Exchanges an auth key for a billing key. Nothing is charged. The key is shown once: store it
 * before anything else, it cannot be asked for again.
 *
 * @throws {GatewayError} `registrationRemedy` says what each class means for the registration;
 *   `mismatch` when the answer names another customer key.
 * @see Toss Payments core API 2022-11-16, "자동결제 빌링키 발급" (read 2026-11).
 */
export async function issueBillingKey(
  transport: TossTransport,
  registration: IssueBillingKey,
): Promise<{ readonly billing: TossBilling; readonly exchange: Exchange }> {
  const { authKey, customerKey, idempotencyKey } = registration;
  checkLength("An auth key", authKey, 300);
  checkCustomerKey(customerKey);
  checkIdempotencyKey(idempotencyKey);

  const answer = await transport.send({
    operation: "issue",
    method: "POST",
    path: ["billing", "authorizations", "issue"],
    body: { authKey, customerKey },
    idempotencyKey,
  });
  if (answer.status !== 200) throw tossFailure(answer);

  const { exchange } = answer;
  const billing = readTossBilling(answer.body);
  if (billing === undefined) throw unreadableAnswer(answer, "Billing object");
  if (billing.customerKey !== customerKey) {
    const message = "Toss Payments issued a billing key for another customer key than ours.";
    throw new GatewayError(message, {
      provider: "toss",
      failure: "mismatch",
      httpStatus: answer.status,
      exchange,
    });
  }
  return { billing, exchange };
}
