/**
 * Exchange: one HTTP request to a provider and its answer, redacted, as evidence beside an attempt.
 * Billing keys, customer keys, auth keys, credentials and account numbers never get in here.
 */
export interface Exchange {
  readonly method: string;
  /** Path with every secret segment replaced, such as `/v1/billing/[billing key]`. */
  readonly path: string;
  /** Parsed JSON body with secret members replaced; undefined when there was none. */
  readonly requestBody?: unknown;
  /** Undefined when no answer arrived. */
  readonly status?: number;
  readonly answerBody?: unknown;
  /** The provider's correlation id, for its support desk (Toss: `x-tosspayments-trace-id`). */
  readonly traceId?: string;
}
