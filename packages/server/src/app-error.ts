/**
 * AppError: a request that we refuse, for a reason the caller can act on. `code` is stable and listed
 * in docs/errors.md; the message names the fix; details carry no secret.
 */
export const errorCodes = {
  invalid_request: 422,
  malformed_json: 400,
  body_too_large: 413,
  unsupported_media_type: 415,
  unauthorized: 401,
  wrong_mode: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  idempotency_key_reused: 422,
  idempotency_in_progress: 409,
  currency_not_supported: 422,
  amount_out_of_range: 422,
  capture_not_supported: 422,
  interval_outlives_key: 422,
  external_id_taken: 409,
  plan_retired: 409,
  plan_in_use: 409,
  subscription_canceled: 409,
  billing_key_not_usable: 409,
  connection_not_active: 409,
  connection_refused: 422,
  sunset_ended: 409,
  registration_needs_subscription: 422,
  registration_over: 409,
  method_request_over: 409,
  payment_in_progress: 409,
  window_unavailable: 502,
  registration_other_browser: 403,
  registration_mismatch: 403,
  gateway_failed: 502,
  test_clock_busy: 409,
  test_clock_backwards: 422,
  charge_not_captured: 409,
  refund_too_large: 409,
  refund_in_console: 409,
  review_over: 409,
  review_contradicted: 409,
  review_too_early: 409,
  provider_silent: 409,
  charge_not_authorized: 409,
  authorization_refused: 409,
  authorization_released: 409,
  invoice_not_collectible: 409,
  too_many_requests: 429,
  internal_error: 500,
} as const;

export type ErrorCode = keyof typeof errorCodes;

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, { cause });
    this.code = code;
    this.details = details;
  }
}
