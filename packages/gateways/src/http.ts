/**
 * HttpSender: how a client reaches a provider. One request, one answer: no retry, no redirect, no
 * more bytes than allowed, and a failure that says whether a byte may have left. The simulator and
 * the tests pass their own; `createHttpSender` is the real one, on undici.
 */
import { Agent, request } from "undici";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Absolute URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The exact bytes, as text; undefined for none. */
  readonly body?: string;
  readonly connectTimeoutMs: number;
  /** How long to wait for the whole answer once connected. */
  readonly readTimeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Proved: the connection was never made, so no byte of the request was written. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
}

/** The request may have reached the provider; nothing readable came back. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

export interface HttpSender {
  /**
   * @throws {NotSentError} no byte was written.
   * @throws {NoAnswerError} anything else without a complete answer: timeout, reset, oversize body.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}
