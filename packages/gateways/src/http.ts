/**
 * HttpSender: how a client reaches a provider. One request, one answer: no retry, no redirect, no
 * more bytes than allowed, and a failure that says whether a byte may have left. The simulator and
 * the tests pass their own; `createHttpSender` is the real one, on undici.
 */
import { Agent, type Dispatcher } from "undici";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Absolute URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The exact bytes, as text; undefined for none. */
  readonly body?: string;
  /** How long to wait for a free connection and its handshake, which alone may take 10 s at most. */
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

export interface HttpSenderOptions {
  /** Open connections per host; a request over it waits, at most `connectTimeoutMs`. Default 64. */
  readonly connections?: number;
  /** A longer answer body is cut off and counts as no answer. Default 1 MiB. */
  readonly maximumAnswerBytes?: number;
}

const defaultConnections = 64;
const defaultMaximumAnswerBytes = 1024 * 1024;

/**
 * The real HttpSender. Connections are kept alive and carry one request at a time over HTTP/1.1:
 * HTTP/2 may replay a request that the server did not acknowledge, and a charge is never replayed.
 */
export function createHttpSender(options: HttpSenderOptions = {}): HttpSender {
  const agent = new Agent({
    connections: options.connections ?? defaultConnections,
    pipelining: 1,
    allowH2: false,
  });
  const maximumAnswerBytes = options.maximumAnswerBytes ?? defaultMaximumAnswerBytes;

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const url = new URL(request.url);
        const exchange = new SingleExchange(request, url.host, maximumAnswerBytes, resolve, reject);
        agent.dispatch(
          {
            origin: url.origin,
            path: `${url.pathname}${url.search}`,
            method: request.method,
            headers: request.headers,
            body: request.body ?? null,
            idempotent: false,
            // Both waits are covered by the exchange's own timer, which knows the whole deadline.
            headersTimeout: 0,
            bodyTimeout: 0,
          },
          exchange,
        );
      }),
    close: () => agent.close(),
  };
}

/**
 * One request on its way. undici calls `onRequestStart` on an established connection, before it
 * writes the first byte. So a failure without that call is proved to have sent nothing, be it DNS,
 * a refused connection, the TLS handshake or the wait for a free one; every failure after it is not.
 */
class SingleExchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #host: string;
  readonly #maximumAnswerBytes: number;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: Error) => void;
  #timer: NodeJS.Timeout;
  #isStarted = false;
  #isSettled = false;
  #status = 0;
  #headers: Record<string, string> = {};
  #chunks: Buffer[] = [];
  #byteCount = 0;

  constructor(
    request: HttpRequest,
    host: string,
    maximumAnswerBytes: number,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request;
    this.#host = host;
    this.#maximumAnswerBytes = maximumAnswerBytes;
    this.#resolve = resolve;
    this.#reject = reject;
    const { connectTimeoutMs } = request;
    this.#timer = setTimeout(() => {
      this.#fail(`no connection within ${connectTimeoutMs} ms`);
    }, connectTimeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while waiting, or offered a second connection: either way nothing may be written now.
    if (this.#isSettled || this.#isStarted) {
      controller.abort(new Error("A request is sent at most once, and not after its deadline."));
      return;
    }
    this.#isStarted = true;
    clearTimeout(this.#timer);
    const { readTimeoutMs } = this.#request;
    this.#timer = setTimeout(() => {
      this.#fail(`no complete answer within ${readTimeoutMs} ms`);
      controller.abort(new Error("The read timeout has passed."));
    }, readTimeoutMs);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return; // Interim answers such as 103; the real one follows.
    this.#status = status;
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined) continue;
      this.#headers[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#byteCount += chunk.byteLength;
    if (this.#byteCount > this.#maximumAnswerBytes) {
      this.#fail(`the answer is longer than ${this.#maximumAnswerBytes} bytes`);
      controller.abort(new Error("The answer is too long."));
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#isSettled) return;
    this.#settle();
    const body = Buffer.concat(this.#chunks).toString("utf8");
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(describe(error));
  }

  #fail(reason: string): void {
    if (this.#isSettled) return;
    this.#settle();
    const { method } = this.#request;
    // The path may hold a billing key, and undici's errors may hold bytes of the answer. Neither is
    // passed on: the host and the reason are enough to act on.
    this.#reject(
      this.#isStarted
        ? new NoAnswerError(`${method} to ${this.#host} may have arrived: ${reason}`)
        : new NotSentError(`${method} to ${this.#host} was not sent: ${reason}`),
    );
  }

  #settle(): void {
    this.#isSettled = true;
    clearTimeout(this.#timer);
  }
}

/** Code and sentence of a socket's error; for several tried addresses, those of the first. */
function describe(error: Error & { readonly code?: unknown }): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) {
    return describe(error.errors[0]);
  }
  return typeof error.code === "string" ? `${error.code}, ${error.message}` : error.message;
}
