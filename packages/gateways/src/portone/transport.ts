/**
 * Transport: one call to PortOne's V1 API. It brings a token, sends once, and hands back the envelope
 * with a redacted record of both sides. It decides nothing about success. The one thing it repeats is
 * a call that was refused because of its token, once: such a call was not carried out.
 *
 * PortOne V1 API schema and "V1 API 인증 방법" (read 2026-08): envelope, header, statuses.
 */
import type { Temporal } from "temporal-polyfill";
import * as z from "zod";
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
import type { Redactor, Secrets } from "../redaction.ts";
import { portOneApiHost, readApiHost } from "./address.ts";
import { asksAboutMoney, type PortOneOperation } from "./operation.ts";
import { createRedactor, secretsIn } from "./redaction.ts";
import { portOneTimeouts, readMsOf, type PortOneTimeouts } from "./timeouts.ts";
import { createTokenSource, type IssuedToken } from "./token.ts";
import { readSeconds } from "./wire.ts";

export interface PortOneTransportOptions {
  /** "REST API key" in the console. Not secret by itself, and of no use to anybody else. */
  readonly apiKey: string;
  /** "REST API secret" in the console. */
  readonly apiSecret: string;
  readonly sender: HttpSender;
  /** Milliseconds on a clock that never goes back, such as `performance.now`: for the token's life. */
  readonly monotonicMs: () => number;
  /** Default `https://api.iamport.kr`; `http://` for an emulator on this machine only. */
  readonly apiHost?: string | undefined;
  /** Default 5 s and 60 s. */
  readonly timeouts?: PortOneTimeouts | undefined;
}

export interface PortOneCall {
  readonly operation: PortOneOperation;
  readonly method: HttpRequest["method"];
  /** Segments, percent-encoded on sending; a secret one comes with its label. */
  readonly path: readonly (string | { readonly secret: string; readonly label: string })[];
  readonly query?: URLSearchParams;
  readonly body?: object;
  /** Secrets that the query holds; those of path and body are known by themselves. */
  readonly secrets?: Secrets;
  /** Asked once there is a token, which may have taken its time: false, and the call is not sent. */
  readonly isStillInTime?: (() => boolean) | undefined;
}

export interface PortOneAnswer {
  readonly operation: PortOneOperation;
  readonly status: number;
  /** 0: the call was processed. Undefined when there is no envelope that could be read. */
  readonly code: number | undefined;
  readonly message: string | undefined;
  /** Parsed; undefined when absent or null. */
  readonly response: unknown;
  readonly retryAfterSeconds: number | undefined;
  readonly exchange: Exchange;
  /** Knows the secrets of this call and of its answer. */
  readonly redactor: Redactor;
}

export interface PortOneTransport {
  /**
   * Sends a call: once, or a second time after a 401 with a new token.
   *
   * @throws {GatewayError} `not_sent`, also when no token could be had in time; `configuration` when the
   *   credentials are refused; `outcome_unknown` without an answer. For calls that ask about money all
   *   of them are `outcome_unknown`, because either way nothing is known of it.
   */
  send(call: PortOneCall): Promise<PortOneAnswer>;
  /**
   * What time PortOne has, to the second: for lists that want a range around now. Asking for a token
   * tells it, and changes nothing.
   *
   * @throws {GatewayError} it did not tell.
   */
  askTime(): Promise<Temporal.Instant>;
}

/** @throws {GatewayError} `configuration` when `apiHost` is not acceptable. */
export function createPortOneTransport(options: PortOneTransportOptions): PortOneTransport {
  const origin = readApiHost(options.apiHost ?? portOneApiHost);
  const { apiKey, apiSecret, sender, monotonicMs, timeouts = portOneTimeouts } = options;

  async function exchangeOnce(call: PortOneCall, token?: string): Promise<PortOneAnswer> {
    const secrets: Secrets = [
      [apiSecret, "[api secret]"],
      ...(token === undefined ? [] : [[token, "[access token]"] as const]),
      ...secretsInPath(call),
      ...(call.secrets ?? []),
      ...secretsIn(call.body),
    ];
    const sent = redactedRequest(call, createRedactor(secrets));
    const request = requestOf(call, origin, timeouts, token);
    const answer = await sendOnce(call.operation, sent, () => sender.send(request));
    return readAnswer(call.operation, sent, answer, secrets);
  }

  async function issue(): Promise<DatedToken> {
    const body = { imp_key: apiKey, imp_secret: apiSecret };
    const path = ["users", "getToken"];
    const answer = await exchangeOnce({ operation: "token", method: "POST", path, body });
    return readToken(answer);
  }

  const tokens = createTokenSource(issue, monotonicMs);

  async function tokenFor(operation: PortOneOperation): Promise<string> {
    try {
      return await tokens.get();
    } catch (error) {
      throw error instanceof GatewayError ? withoutToken(operation, error) : error;
    }
  }

  return {
    async send(call) {
      const token = await tokenFor(call.operation);
      checkTime(call);
      const answer = await exchangeOnce(call, token);
      if (!isTokenRefused(answer)) return answer;
      tokens.drop(token);
      const another = await tokenFor(call.operation);
      checkTime(call);
      return await exchangeOnce(call, another);
    },
    async askTime() {
      const { now } = await issue();
      if (now !== undefined) return now;
      throw new GatewayError("PortOne, token: its time cannot be read.", {
        provider: "portone",
        failure: "outcome_unknown",
      });
    },
  };
}

/** @throws {GatewayError} `not_sent`. A call that was refused for its token was not carried out either. */
function checkTime({ operation, isStillInTime }: PortOneCall): void {
  if (isStillInTime?.() !== false) return;
  const message = `PortOne, ${operation}, not sent: it was too late when there was a token.`;
  throw new GatewayError(message, { provider: "portone", failure: "not_sent" });
}

/** PortOne's own 401, with its envelope: one from in front of it says nothing of the call. */
function isTokenRefused({ status, code }: PortOneAnswer): boolean {
  return status === 401 && code !== undefined && code !== 0;
}

const issuedToken = z.looseObject({
  access_token: z.string().min(1),
  /** UNIX seconds of PortOne's clock. */
  now: z.number(),
  expired_at: z.number(),
});

interface DatedToken extends IssuedToken {
  /** Undefined when PortOne's clock shows a time that is none. */
  readonly now: Temporal.Instant | undefined;
}

/** @throws {GatewayError} in the class that it has for a call that could not even begin. */
function readToken(answer: PortOneAnswer): DatedToken {
  const { status, code, exchange, retryAfterSeconds } = answer;
  const issued = code === 0 && status === 200 && issuedToken.safeParse(answer.response).data;
  if (issued) {
    return {
      token: issued.access_token,
      lifeMs: Math.max(0, issued.expired_at - issued.now) * 1_000,
      now: readSeconds(Math.floor(issued.now)),
    };
  }
  const isRefused = [401, 403].includes(status) && code !== undefined && code !== 0;
  const said = isRefused
    ? `the API key or secret is refused (HTTP ${status}): copy both again from PortOne's console, API keys (V1), and see whether its list of allowed IP addresses has this machine.`
    : `no readable token (HTTP ${status}).`;
  throw new GatewayError(`PortOne, token: ${said}`, {
    provider: "portone",
    failure: isRefused ? "configuration" : "not_sent",
    code: code === undefined ? undefined : String(code),
    providerMessage:
      answer.message === undefined ? undefined : answer.redactor.text(answer.message),
    httpStatus: status,
    retryAfterSeconds,
    exchange,
  });
}

/** What a missing token means for the call that needed it: no byte of that call was written. */
function withoutToken(operation: PortOneOperation, error: GatewayError): GatewayError {
  const { provider, code, providerMessage, httpStatus, retryAfterSeconds, exchange } = error;
  const failure = error.failure === "configuration" ? "configuration" : "not_sent";
  return new GatewayError(`PortOne, ${operation}, not sent for want of a token. ${error.message}`, {
    provider,
    failure: asksAboutMoney(operation) ? "outcome_unknown" : failure,
    code,
    providerMessage,
    httpStatus,
    retryAfterSeconds,
    exchange,
    cause: error,
  });
}

function requestOf(
  call: PortOneCall,
  origin: string,
  timeouts: PortOneTimeouts,
  token: string | undefined,
): HttpRequest {
  const query = call.query?.toString() ?? "";
  return {
    method: call.method,
    url: `${origin}${pathOf(call)}${query === "" ? "" : `?${query}`}`,
    headers: {
      ...(call.body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    connectTimeoutMs: timeouts.connectMs,
    readTimeoutMs: readMsOf(call.operation, timeouts),
  };
}

/** @throws {GatewayError} when a segment would address something else. Nothing was sent. */
function pathOf({ operation, path }: PortOneCall): string {
  const segments = path.map((segment) => (typeof segment === "string" ? segment : segment.secret));
  if (!segments.every(isPathSegment)) {
    throw new GatewayError(
      `PortOne, ${operation}: a key or an id is empty, made of dots, or no text.`,
      {
        provider: "portone",
        failure: asksAboutMoney(operation) ? "outcome_unknown" : "invalid_request",
      },
    );
  }
  return ["", ...segments.map(encodeURIComponent)].join("/");
}

function secretsInPath({ path }: PortOneCall): Secrets {
  return path.flatMap((segment) =>
    typeof segment === "string" ? [] : [[segment.secret, segment.label] as const],
  );
}

function redactedRequest({ method, path, query, body }: PortOneCall, redactor: Redactor): Exchange {
  const shown = path.map((segment) => (typeof segment === "string" ? segment : segment.label));
  const pairs = [...(query ?? [])].map(([name, value]) => `${name}=${redactor.text(value)}`);
  return {
    method,
    path: `${["", ...shown].join("/")}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`,
    ...(body === undefined ? {} : { requestBody: redactor.json(body) }),
  };
}

async function sendOnce(
  operation: PortOneOperation,
  exchange: Exchange,
  send: () => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  try {
    return await send();
  } catch (error) {
    const isProvedUnsent = error instanceof NotSentError && !asksAboutMoney(operation);
    const isExpected = error instanceof NotSentError || error instanceof NoAnswerError;
    // Another error's text may quote the URL with the key in it, so it is not repeated.
    const reason = isExpected ? error.message : "the sender failed in an unexpected way";
    throw new GatewayError(`PortOne, ${operation}: ${reason}`, {
      provider: "portone",
      failure: isProvedUnsent ? "not_sent" : "outcome_unknown",
      exchange,
      cause: isExpected ? error : undefined,
    });
  }
}

/** The envelope of every answer. Older documents write the code as a text. */
const envelope = z.looseObject({
  code: z.union([
    z.number().int(),
    z
      .string()
      .regex(/^-?\d{1,9}$/)
      .transform(Number),
  ]),
  message: z.string().nullish().catch(undefined),
  response: z.unknown().optional(),
});

function readAnswer(
  operation: PortOneOperation,
  sent: Exchange,
  answer: HttpAnswer,
  secrets: Secrets,
): PortOneAnswer {
  const received = receiveAnswer(sent, answer, (body) =>
    createRedactor([...secrets, ...secretsIn(body)]),
  );
  const { retryAfterSeconds, exchange, redactor } = received;
  const read = envelope.safeParse(received.body).data;
  return {
    operation,
    status: answer.status,
    code: read?.code,
    message: read?.message ?? undefined,
    response: read?.response ?? undefined,
    retryAfterSeconds,
    exchange,
    redactor,
  };
}
