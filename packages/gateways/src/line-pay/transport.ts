/**
 * Transport: one call to LINE Pay's Online API. It signs, sends once, and hands back the return code
 * and the parsed body with a redacted record of both. It decides nothing about success.
 *
 * LINE Pay Online API v3, "Overview" and "Prerequisites" (read 2026-11): headers, signature, envelope.
 * v4 has the same hosts, bodies and codes under another path. Never sent: `X-LINE-ChannelSecret`,
 * which is of v2 and would give the secret away.
 */
import { isPathSegment } from "../address.ts";
import { receiveAnswer } from "../answer.ts";
import { parseLosslessJson } from "../lossless-json.ts";
import * as z from "zod";
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
import { readLinePayHost, type LinePayMode } from "./address.ts";
import { createRedactor, secretsIn } from "./redaction.ts";
import { linePaySignature } from "./signature.ts";
import { linePayTimeouts, readMsOf, type LinePayTimeouts } from "./timeouts.ts";

/** What a call is for: the same code means different things to different operations. */
export type LinePayOperation =
  | "request"
  | "check_request"
  | "confirm"
  | "charge"
  | "capture"
  | "void"
  | "refund"
  | "details"
  | "check_key"
  | "expire";

export type LinePayApiVersion = "v3" | "v4";

export interface LinePayTransportOptions {
  readonly mode: LinePayMode;
  /** Public number of the merchant's channel. */
  readonly channelId: string;
  readonly channelSecret: string;
  readonly sender: HttpSender;
  /** A new random UUID for every call. */
  readonly nonce: () => string;
  /** Default: LINE Pay's host of the mode; `http://` for an emulator on this machine only. */
  readonly apiHost?: string | undefined;
  /** Default v3. v4 is Taiwan's, since November 2025. */
  readonly apiVersion?: LinePayApiVersion | undefined;
  readonly timeouts?: LinePayTimeouts | undefined;
}

export interface LinePayCall {
  readonly operation: LinePayOperation;
  readonly method: "GET" | "POST";
  /** Segments after `/v3/payments`, percent-encoded on sending; a secret one comes with its label. */
  readonly path: readonly (string | { readonly secret: string; readonly label: string })[];
  readonly query?: URLSearchParams;
  /** POST only; `{}` where the call has no fields, because that is what is signed then. */
  readonly body?: object;
}

export interface LinePayAnswer {
  readonly operation: LinePayOperation;
  readonly status: number;
  /** Four digits; undefined when the answer has none that could be read. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  /** Parsed, with the digits of its large numbers; undefined when absent. */
  readonly info: unknown;
  readonly retryAfterSeconds: number | undefined;
  readonly exchange: Exchange;
  /** Knows the secrets of this call and of its answer. */
  readonly redactor: Redactor;
}

export interface LinePayTransport {
  readonly apiVersion: LinePayApiVersion;
  /**
   * Sends a call once.
   *
   * @throws {GatewayError} `not_sent`, or `outcome_unknown` without an answer. For the two calls that
   *   ask about money both are `outcome_unknown`, because either way nothing is known of it.
   */
  send(call: LinePayCall): Promise<LinePayAnswer>;
}

/** @throws {GatewayError} `configuration` when `apiHost` is not acceptable. */
export function createLinePayTransport(options: LinePayTransportOptions): LinePayTransport {
  const origin = readLinePayHost(options.mode, options.apiHost);
  const { channelId, channelSecret, sender, nonce: newNonce } = options;
  const { apiVersion = "v3", timeouts = linePayTimeouts } = options;

  return {
    apiVersion,
    async send(call) {
      const path = pathOf(call, apiVersion);
      const query = call.query?.toString() ?? "";
      const body = call.body === undefined ? undefined : JSON.stringify(call.body);
      const nonce = newNonce();
      const payload = body ?? query;
      const signature = linePaySignature({ channelSecret, path, payload, nonce });
      const request: HttpRequest = {
        method: call.method,
        url: `${origin}${path}${query === "" ? "" : `?${query}`}`,
        headers: {
          "Content-Type": "application/json",
          "X-LINE-ChannelId": channelId,
          "X-LINE-Authorization-Nonce": nonce,
          "X-LINE-Authorization": signature,
        },
        ...(body === undefined ? {} : { body }),
        connectTimeoutMs: timeouts.connectMs,
        readTimeoutMs: readMsOf(call.operation, timeouts),
      };
      const sentBody = body === undefined ? undefined : parseLosslessJson(body);
      const secrets: Secrets = [
        [channelSecret, "[channel secret]"],
        [signature, "[signature]"],
        [nonce, "[nonce]"],
        ...secretsInPath(call),
        ...secretsIn(sentBody),
      ];
      const sent = redactedRequest(call, apiVersion, sentBody, createRedactor(secrets));
      const answer = await sendOnce(call.operation, sent, () => sender.send(request));
      return readAnswer(call.operation, sent, answer, secrets);
    },
  };
}

/** The two calls whose failure says nothing of the money that they ask about. */
export function asksAboutMoney(operation: LinePayOperation): boolean {
  return operation === "details" || operation === "check_request";
}

/** @throws {GatewayError} when a segment would address something else. Nothing was sent. */
function pathOf({ operation, path }: LinePayCall, apiVersion: LinePayApiVersion): string {
  const segments = path.map((segment) => (typeof segment === "string" ? segment : segment.secret));
  if (!segments.every(isPathSegment)) {
    const message = `LINE Pay, ${operation}: a key or an id is empty, made of dots, or no text.`;
    const failure = asksAboutMoney(operation) ? "outcome_unknown" : "invalid_request";
    throw new GatewayError(message, { provider: "line_pay", failure });
  }
  return ["", apiVersion, "payments", ...segments.map(encodeURIComponent)].join("/");
}

function secretsInPath({ path }: LinePayCall): Secrets {
  return path.flatMap((segment) =>
    typeof segment === "string" ? [] : [[segment.secret, segment.label] as const],
  );
}

function redactedRequest(
  call: LinePayCall,
  apiVersion: LinePayApiVersion,
  sentBody: unknown,
  redactor: Redactor,
): Exchange {
  const shown = call.path.map((segment) => (typeof segment === "string" ? segment : segment.label));
  const query = call.query === undefined ? "" : `?${call.query.toString()}`;
  return {
    method: call.method,
    path: `${["", apiVersion, "payments", ...shown].join("/")}${query}`,
    ...(sentBody === undefined ? {} : { requestBody: redactor.json(sentBody) }),
  };
}

async function sendOnce(
  operation: LinePayOperation,
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
    throw new GatewayError(`LINE Pay, ${operation}: ${reason}`, {
      provider: "line_pay",
      failure: isProvedUnsent ? "not_sent" : "outcome_unknown",
      exchange,
      cause: isExpected ? error : undefined,
    });
  }
}

/**
 * The envelope of every answer. An official sample of an error says `resultCode`, a number, and
 * `statusMessage` instead: both are read.
 */
const envelope = z.looseObject({
  returnCode: z.string().min(1).nullish(),
  resultCode: z
    .union([z.string().min(1), z.number().int().min(0).max(9_999).transform(fourDigits)])
    .nullish(),
  returnMessage: z.string().nullish().catch(undefined),
  statusMessage: z.string().nullish().catch(undefined),
  info: z.unknown().optional(),
});

function readAnswer(
  operation: LinePayOperation,
  sent: Exchange,
  answer: HttpAnswer,
  secrets: Secrets,
): LinePayAnswer {
  const received = receiveAnswer(sent, answer, (body) =>
    createRedactor([...secrets, ...secretsIn(body)]),
  );
  const { retryAfterSeconds, exchange, redactor } = received;
  const read = envelope.safeParse(received.body).data;
  return {
    operation,
    status: answer.status,
    code: read === undefined ? undefined : codeOf(read),
    message: read?.returnMessage ?? read?.statusMessage ?? undefined,
    info: read?.info ?? undefined,
    retryAfterSeconds,
    exchange,
    redactor,
  };
}

/** Undefined when there is none, or there are two that contradict each other. */
function codeOf({ returnCode, resultCode }: z.infer<typeof envelope>): string | undefined {
  if (returnCode != null && resultCode != null && returnCode !== resultCode) return undefined;
  return returnCode ?? resultCode ?? undefined;
}

function fourDigits(code: number): string {
  return String(code).padStart(4, "0");
}
