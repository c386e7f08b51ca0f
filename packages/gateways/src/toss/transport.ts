/**
 * Transport: one call to the core API of Toss Payments. It authenticates, sends once, and hands back
 * the status and the parsed body with a redacted record of both. It decides nothing about success.
 *
 * Sources (read 2026-11): "인증 및 기타 헤더 설정" (Basic auth, Idempotency-Key), "요청·응답 본문".
 * Never sent: `Accept-Language`, which would translate values such as 계좌이체; any API version
 * header, of which none is documented.
 */
import { Buffer } from "node:buffer";
import { isPathSegment } from "../address.ts";
import { receiveAnswer } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import {
  NoAnswerError,
  NotSentError,
  type HttpAnswer,
  type HttpRequest,
  type HttpSender,
} from "../http.ts";
import { readApiHost, tossApiHost } from "./address.ts";
import { createRedactor, secretsIn, type Redactor } from "./redaction.ts";

/** What a call is for: the same code may mean different things to different operations. */
export type TossOperation = "issue" | "charge" | "delete" | "refund" | "look_up" | "list";

export interface TossTimeouts {
  readonly connectMs: number;
  readonly readMs: number;
}

/**
 * Toss Payments, core API 2022-11-16 (read 2026-11): a billing approval may take 60 s, "set the read
 * timeout to at least 60 s".
 */
export const tossTimeouts: TossTimeouts = { connectMs: 10_000, readMs: 65_000 };

/** Giving up earlier turns payments that Toss is still approving into unknown ones. */
export const minimumLiveReadMs = 60_000;

export interface TossTransportOptions {
  readonly secretKey: string;
  readonly sender: HttpSender;
  /** Default `https://api.tosspayments.com`; `http://` for an emulator on this machine only. */
  readonly apiHost?: string | undefined;
  readonly timeouts?: TossTimeouts | undefined;
}

export interface TossCall {
  readonly operation: TossOperation;
  readonly method: "GET" | "POST" | "DELETE";
  /** Path segments, percent-encoded on sending; a secret one comes with the label shown instead. */
  readonly path: readonly (string | { readonly secret: string; readonly label: string })[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** POST only: Toss ignores it elsewhere. */
  readonly idempotencyKey?: string;
}

export interface TossAnswer {
  readonly operation: TossOperation;
  readonly status: number;
  /** Parsed; undefined when there was no body, or none that could be read. */
  readonly body: unknown;
  /** From `Retry-After` in seconds; its form as a date is not read. */
  readonly retryAfterSeconds: number | undefined;
  readonly exchange: Exchange;
  /** Knows the secrets of this call and of its answer. */
  readonly redactor: Redactor;
}

export interface TossTransport {
  /**
   * Sends a call once.
   *
   * @throws {GatewayError} `not_sent`, or `outcome_unknown` without an answer. For a look-up both
   *   are `outcome_unknown`, because either way nothing is known of the payment.
   */
  send(call: TossCall): Promise<TossAnswer>;
}

/** @throws {GatewayError} `configuration` when `apiHost` is not acceptable. */
export function createTossTransport(options: TossTransportOptions): TossTransport {
  const origin = readApiHost(options.apiHost ?? tossApiHost);
  const { connectMs, readMs } = options.timeouts ?? tossTimeouts;
  const authorization = basicAuthorization(options.secretKey);
  const { sender, secretKey } = options;

  return {
    async send(call) {
      const secrets = secretsOfCall(call, secretKey, authorization);
      const sent = redactedRequest(call, createRedactor(secrets));
      const request: HttpRequest = {
        method: call.method,
        url: `${origin}${pathOf(call)}${queryOf(call)}`,
        headers: headersOf(call, authorization),
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        connectTimeoutMs: connectMs,
        readTimeoutMs: readMs,
      };
      const answer = await sendOnce(call.operation, sent, () => sender.send(request));
      return readAnswer(call.operation, sent, answer, secrets);
    },
  };
}

/** User = secret key, password empty; without the colon Toss answers INCORRECT_BASIC_AUTH_FORMAT. */
export function basicAuthorization(secretKey: string): string {
  return `Basic ${Buffer.from(`${secretKey}:`, "utf8").toString("base64")}`;
}

type Secrets = readonly (readonly [string, string])[];

function secretsOfCall(call: TossCall, secretKey: string, authorization: string): Secrets {
  const inPath = call.path.flatMap((segment) =>
    typeof segment === "string" ? [] : [[segment.secret, segment.label] as const],
  );
  return [
    [secretKey, "[secret key]"],
    [authorization, "[authorization]"],
    [authorization.slice("Basic ".length), "[authorization]"],
    ...inPath,
    ...secretsIn(call.body),
  ];
}

function redactedRequest(call: TossCall, redactor: Redactor): Exchange {
  const shown = call.path.map((segment) => (typeof segment === "string" ? segment : segment.label));
  return {
    method: call.method,
    path: `/v1/${shown.join("/")}${queryOf(call)}`,
    ...(call.body === undefined ? {} : { requestBody: redactor.json(call.body) }),
  };
}

/** @throws {GatewayError} when a segment would address something else. Nothing was sent. */
function pathOf(call: TossCall): string {
  const segments = call.path.map((segment) =>
    typeof segment === "string" ? segment : segment.secret,
  );
  if (!segments.every(isPathSegment)) {
    const message = `Toss Payments, ${call.operation}: a key or an id is empty, made of dots, or no text.`;
    // A look-up that was not made says nothing of the payment either.
    const failure = call.operation === "look_up" ? "outcome_unknown" : "invalid_request";
    throw new GatewayError(message, { provider: "toss", failure });
  }
  return `/v1/${segments.map((segment) => encodeURIComponent(segment)).join("/")}`;
}

function queryOf(call: TossCall): string {
  return call.query === undefined ? "" : `?${new URLSearchParams(call.query).toString()}`;
}

function headersOf(call: TossCall, authorization: string): Record<string, string> {
  return {
    authorization,
    ...(call.body === undefined ? {} : { "content-type": "application/json" }),
    ...(call.method === "POST" && call.idempotencyKey !== undefined
      ? { "idempotency-key": call.idempotencyKey }
      : {}),
  };
}

async function sendOnce(
  operation: TossOperation,
  exchange: Exchange,
  send: () => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  try {
    return await send();
  } catch (error) {
    const isProvedUnsent = error instanceof NotSentError && operation !== "look_up";
    const isExpected = error instanceof NotSentError || error instanceof NoAnswerError;
    // Another error's text may quote the URL with the billing key in it, so it is not repeated.
    const reason = isExpected ? error.message : "the sender failed in an unexpected way";
    throw new GatewayError(`Toss Payments, ${operation}: ${reason}`, {
      provider: "toss",
      failure: isProvedUnsent ? "not_sent" : "outcome_unknown",
      exchange,
      cause: isExpected ? error : undefined,
    });
  }
}

function readAnswer(
  operation: TossOperation,
  sent: Exchange,
  answer: HttpAnswer,
  secrets: Secrets,
): TossAnswer {
  const received = receiveAnswer(sent, answer, (body) =>
    createRedactor([...secrets, ...secretsIn(body)]),
  );
  const { body, retryAfterSeconds, redactor } = received;
  const traceId = answer.headers["x-tosspayments-trace-id"];
  const exchange: Exchange = {
    ...received.exchange,
    ...(traceId === undefined ? {} : { traceId: redactor.text(traceId) }),
  };
  return { operation, status: answer.status, body, retryAfterSeconds, exchange, redactor };
}
