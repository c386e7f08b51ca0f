/** Problem: the one place where an error becomes an answer (RFC 9457). */
import { GatewayError } from "@maedal/gateways";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { AppError, errorCodes, type ErrorCode } from "../app-error.ts";
import type { Problem } from "../contract/problem.ts";
import type { Log } from "../engine.ts";

/** What each code means, the same each time; explained in docs/errors.md. */
export const errorTitles: Readonly<Record<ErrorCode, string>> = {
  invalid_request: "The request does not say something that can be done",
  malformed_json: "The body is not JSON",
  body_too_large: "The body is too large",
  unsupported_media_type: "The body is not sent as JSON",
  unauthorized: "The API key is missing, wrong or revoked",
  wrong_mode: "Test and live do not mix",
  not_found: "There is no such thing in this account",
  method_not_allowed: "This address does not take this method",
  conflict: "The present state does not allow this",
  idempotency_key_reused: "The idempotency key belongs to another request",
  idempotency_in_progress: "The first request with this idempotency key is still running",
  currency_not_supported: "The currency cannot be charged",
  amount_out_of_range: "The amount cannot be charged",
  capture_not_supported: "The money cannot be held first and captured later",
  interval_outlives_key: "The billing key would die between two payments",
  external_id_taken: "Another customer has this externalId",
  plan_retired: "The plan takes no new subscriptions",
  plan_in_use: "The plan is in use",
  subscription_canceled: "The subscription has ended",
  billing_key_not_usable: "The billing key cannot be charged",
  connection_not_active: "The gateway connection is paused or sunset",
  connection_refused: "The credentials do not fit",
  sunset_ended: "The sunset has ended",
  registration_needs_subscription: "The provider's window takes a payment, for a subscription",
  registration_over: "The registration is over",
  method_request_over: "The method request is answered",
  payment_in_progress: "The outcome of an earlier payment is not known yet",
  window_unavailable: "The provider opened no window",
  registration_other_browser: "The registration belongs to another browser",
  registration_mismatch: "The answer belongs to another registration",
  gateway_failed: "The provider did not do it",
  test_clock_busy: "The test clock is still on its way",
  test_clock_backwards: "A test clock only goes forward",
  charge_not_captured: "No money was captured with this charge",
  refund_too_large: "Less is left of the charge than this refund",
  refund_in_console: "Only the provider's console can refund this payment",
  review_over: "It is no longer in review",
  review_contradicted: "The provider's present answer contradicts the decision",
  review_too_early: "Too early to decide",
  provider_silent: "The provider cannot be asked",
  charge_not_authorized: "Nothing is held for the charge",
  authorization_refused: "The provider did not capture or void it",
  authorization_released: "The provider gave the money up instead of capturing it",
  invoice_not_collectible: "The invoice cannot be charged now",
  too_many_requests: "Too many requests",
  internal_error: "We made a mistake",
};

/** A refusal because of one field. @param message Follows the field's name: `must be …`. */
export function invalidField(path: string, message: string): AppError {
  const errors = [{ path, message }];
  return new AppError("invalid_request", `Mend this field: ${path} ${message}.`, { errors });
}

/** Answers with the problem that an error is; a bug is logged and tells nothing. */
export function answerError(error: unknown, c: Context, log: Log): Response {
  const known = toAppError(error);
  const problem = problemOf(known ?? internalError);
  if (known === undefined || problem.status >= 500) {
    const { method } = c.req;
    // The rest of a webhook's address is as good as a password.
    const path = c.req.path.replace(/^(\/notifications\/).*/, "$1…");
    log.error({ error, method, path, requestId: c.get("requestId") }, "a request failed");
  }
  return answerProblem(c, problem, known?.details["headers"] as Record<string, string> | undefined);
}

const internalError = new AppError(
  "internal_error",
  "Nothing is known to be wrong with the request. Send it again with the same Idempotency-Key; the server's log has the cause under this request's id.",
);

function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  if (error instanceof GatewayError) {
    const message = `The provider did not do it (${error.failure}): ${error.message}`;
    return new AppError("gateway_failed", message, {}, error);
  }
  if (!(error instanceof HTTPException)) return undefined;
  if (error.status === 415) {
    return new AppError(
      "unsupported_media_type",
      "Send the body with Content-Type: application/json.",
    );
  }
  if (error.status === 400) {
    return new AppError(
      "malformed_json",
      "The body cannot be read as JSON: check quotes and commas.",
    );
  }
  return undefined;
}

function problemOf({ code, details, message }: AppError): Problem {
  const { errors, path } = details as { errors?: Problem["errors"]; path?: string };
  const fields = errors ?? (path === undefined ? undefined : [{ path, message }]);
  return {
    type: `/docs#${code}`,
    title: errorTitles[code],
    status: errorCodes[code],
    code,
    detail: message,
    ...(fields === undefined ? {} : { errors: fields }),
  };
}

function answerProblem(
  c: Context,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): Response {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  c.header("content-type", "application/problem+json; charset=utf-8");
  c.status(problem.status as Parameters<Context["status"]>[0]);
  return c.body(JSON.stringify(problem));
}
