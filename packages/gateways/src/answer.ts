/** What every client does with an answer before it asks what the answer means. */
import type { Exchange } from "./exchange.ts";
import type { HttpAnswer } from "./http.ts";
import { parseLosslessJson } from "./lossless-json.ts";
import type { Redactor } from "./redaction.ts";

export interface ReceivedAnswer {
  /** Parsed JSON; undefined when it was empty or none. */
  readonly body: unknown;
  readonly retryAfterSeconds: number | undefined;
  /** The request with its answer, without secrets. */
  readonly exchange: Exchange;
  readonly redactor: Redactor;
}

/** @param redactorFor Knows the secrets of the request, and those that this body names. */
export function receiveAnswer(
  sent: Exchange,
  answer: HttpAnswer,
  redactorFor: (body: unknown) => Redactor,
): ReceivedAnswer {
  const body = readBody(answer.body);
  const redactor = redactorFor(body);
  const isUnreadable = body === undefined && answer.body !== "";
  const answerBody = isUnreadable
    ? `[not JSON, ${answer.body.length} characters]`
    : redactor.json(body);
  const exchange: Exchange = {
    ...sent,
    status: answer.status,
    ...(answerBody === undefined ? {} : { answerBody }),
  };
  const retryAfter = answer.headers["retry-after"];
  const retryAfterSeconds =
    retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  return { body, retryAfterSeconds, exchange, redactor };
}

function readBody(text: string): unknown {
  try {
    return parseLosslessJson(text);
  } catch {
    return undefined; // Empty, cut off, or a proxy's page: judged by the status and the operation.
  }
}
