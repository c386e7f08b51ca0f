/**
 * What an answer of PortOne means. HTTP says little: declines and refusals come with 200. The envelope
 * decides: code 0 is an answer, any other a refusal, whose text is looked up in `refusal-texts.ts`.
 * Whatever has no row there is `outcome_unknown`.
 */
import { failureClasses, GatewayError, type FailureClass } from "../gateway-error.ts";
import type { ProviderPayment } from "../gateway.ts";
import { asksAboutMoney, type PortOneOperation } from "./operation.ts";
import {
  portOneSentences,
  portOneWords,
  type PortOneRefusalRow,
  type PortOneVerdict,
} from "./refusal-texts.ts";
import type { PortOneAnswer } from "./transport.ts";

interface Answered {
  readonly operation: PortOneOperation;
  readonly status: number;
  /** Undefined when there was no envelope that could be read. */
  readonly code: number | undefined;
  readonly message: string | undefined;
}

/**
 * Sorts an answer. `done` says only that PortOne has processed the call: what a charge came to is in
 * its payment.
 */
export function classifyPortOneAnswer(answer: Answered): PortOneVerdict {
  const { operation, status, code } = answer;
  if (code === undefined) return "outcome_unknown";
  if (code === 0) return status >= 200 && status < 300 ? "done" : "outcome_unknown";
  if (!isDefinite(status)) return "outcome_unknown";
  const verdict = classifyRefusal(answer);
  const isAnswer = !failureClasses.some((failure) => failure === verdict);
  // A look-up that was refused says nothing of the money, whatever refused it.
  return isAnswer || !asksAboutMoney(operation) ? verdict : "outcome_unknown";
}

function classifyRefusal({ operation, status, message = "" }: Answered): PortOneVerdict {
  // Credentials, or an address that is not on the account's list of allowed ones.
  if (status === 401 || status === 403) return "configuration";
  const sentence = findRow(portOneSentences, operation, message);
  if (sentence !== undefined) return sentence.refusal;
  if (status === 404 && foundOrNot.includes(operation)) return "not_found";
  if (status === 404 && operation === "unschedule") return "nothing_scheduled";
  if (status === 404 && operation === "retry_schedule") return "invalid_request";
  if (status === 400) return "invalid_request";
  return findRow(portOneWords, operation, message)?.refusal ?? "outcome_unknown";
}

/** PortOne V1 API schema (read 2026-08): their 404 says that there is none. */
const foundOrNot: readonly PortOneOperation[] = [
  "payment",
  "issuance",
  "list",
  "customer",
  "delete_customer",
  "schedules",
  "prepare",
];

/** 408, 409 and 429 come from in front of PortOne; a 3xx or a 5xx says nothing. */
function isDefinite(status: number): boolean {
  if (status >= 200 && status < 300) return true;
  return status >= 400 && status < 500 && ![408, 409, 429].includes(status);
}

/**
 * The class of a payment that is on record as failed. The record proves that no money moved, so a
 * reason without a row is a decline without a reason.
 */
export function classifyRecordedFailure(
  reason: string,
  pgProvider: string | undefined,
): FailureClass {
  const row =
    findRow(portOneSentences, "charge", reason, pgProvider) ??
    findRow(portOneWords, "charge", reason, pgProvider);
  if (row === undefined) return "soft_decline";
  return row.record ?? failureOf(row.refusal);
}

function findRow(
  rows: readonly PortOneRefusalRow[],
  operation: PortOneOperation,
  text: string,
  pgProvider?: string,
): PortOneRefusalRow | undefined {
  return rows.find(
    (row) =>
      row.operations.includes(operation) &&
      row.anyOf.some((part) => text.includes(part)) &&
      (row.together?.some((part) => text.includes(part)) ?? true) &&
      (row.pgProvider === undefined || row.pgProvider === pgProvider),
  );
}

/** An answer that ends up as an error is not the one that was asked for. */
function failureOf(verdict: PortOneVerdict): FailureClass {
  if (verdict === "not_found") return "invalid_request";
  return failureClasses.find((failure) => failure === verdict) ?? "outcome_unknown";
}

/** The error for an answer that is not the one that was asked for. */
export function portOneFailure(answer: PortOneAnswer): GatewayError {
  const { operation, status, code, retryAfterSeconds, exchange } = answer;
  const said = code === undefined ? "no readable envelope" : `code ${code}`;
  return new GatewayError(`PortOne, ${operation}: ${said} (HTTP ${status}).${noteOf(answer)}`, {
    provider: "portone",
    failure: failureOf(classifyPortOneAnswer(answer)),
    code: code === undefined ? undefined : String(code),
    providerMessage: messageOf(answer),
    httpStatus: status,
    retryAfterSeconds,
    exchange,
  });
}

function noteOf({ operation, status, code, message = "" }: PortOneAnswer): string {
  if (code === undefined || code === 0) return "";
  if (status === 401 || status === 403) return ` ${refusedAtTheDoor}`;
  const row =
    findRow(portOneSentences, operation, message) ?? findRow(portOneWords, operation, message);
  return row === undefined ? "" : ` ${row.note}`;
}

const refusedAtTheDoor =
  "PortOne does not let this account's calls in: see in its console whether the list of allowed IP addresses has this machine, and whether the API key is still this one.";

function messageOf({ message, redactor }: PortOneAnswer): string | undefined {
  return message === undefined || message === "" ? undefined : redactor.text(message);
}

/** The error for an answer whose content is not what the documents promise. */
export function unreadableAnswer(answer: PortOneAnswer, expected: string): GatewayError {
  const message = `PortOne, ${answer.operation}: an answer without a readable ${expected}.`;
  return new GatewayError(message, {
    provider: "portone",
    failure: "outcome_unknown",
    code: answer.code === undefined ? undefined : String(answer.code),
    httpStatus: answer.status,
    exchange: answer.exchange,
  });
}

/** The error for an answer about something else than what was asked for. */
export function mismatch(
  operation: PortOneOperation,
  differences: readonly string[],
  payment: ProviderPayment,
): GatewayError {
  const message = `PortOne answered the ${operation} call with another payment: ${differences.join(", ")}.`;
  const { exchange } = payment;
  return new GatewayError(message, {
    provider: "portone",
    failure: "mismatch",
    httpStatus: exchange.status,
    exchange,
    payment,
  });
}

/** The error for a call that we do not send, because PortOne would refuse or misunderstand it. */
export function refusedByUs(operation: PortOneOperation, message: string): GatewayError {
  // A look-up that was not made says nothing of the money either.
  const failure = asksAboutMoney(operation) ? "outcome_unknown" : "invalid_request";
  return new GatewayError(`PortOne, ${operation}: ${message}`, { provider: "portone", failure });
}
