/**
 * What an answer of LINE Pay means. HTTP says next to nothing there: declines come with 200. The
 * return code decides, per operation, and only where `return-codes.ts` allows for it; everything else
 * is `outcome_unknown`.
 */
import { failureClasses, GatewayError, type FailureClass } from "../gateway-error.ts";
import type { ProviderPayment } from "../gateway.ts";
import { linePayReturnCodes, type LinePayReturnCode, type LinePayVerdict } from "./return-codes.ts";
import { asksAboutMoney, type LinePayAnswer, type LinePayOperation } from "./transport.ts";

const rowsByCode: ReadonlyMap<string, LinePayReturnCode> = new Map(
  linePayReturnCodes.map((row) => [row.code, row]),
);

/** Sorts an answer by its code; `undefined` for none that could be read. */
export function classifyLinePayAnswer(answer: {
  readonly operation: LinePayOperation;
  readonly status: number;
  readonly code: string | undefined;
}): LinePayVerdict {
  const { operation, status, code } = answer;
  if (code === undefined || !isDefinite(status, code)) return "outcome_unknown";
  return rowsByCode.get(code)?.verdicts[operation] ?? "outcome_unknown";
}

/**
 * An answer of LINE Pay's own comes with 200 (documented); an implementer reports refusals under 400.
 * 408, 409 and 429 come from in front of it, and a 3xx or a 5xx says nothing.
 */
function isDefinite(status: number, code: string): boolean {
  if (status >= 200 && status < 300) return true;
  const isRefusal = !code.startsWith("0");
  return isRefusal && status >= 400 && status < 500 && ![408, 409, 429].includes(status);
}

/** After this decline of a charge only the key itself tells whether it still lives. */
export function asksKey(code: string | undefined): boolean {
  return code !== undefined && rowsByCode.get(code)?.asksKey === true;
}

/**
 * Why a capture ended voided, in the class that the same code has for a charge. LINE Pay's own fault
 * (1199) says nothing against the method.
 */
export function classOfVoided(code: string | undefined): FailureClass {
  const verdict = code === undefined ? undefined : rowsByCode.get(code)?.verdicts.charge;
  return verdict === "billing_key_invalid" || verdict === "hard_decline" ? verdict : "soft_decline";
}

/** An answer that ends up as an error is not the one that was asked for. */
function failureOf(verdict: LinePayVerdict): FailureClass {
  return failureClasses.find((failure) => failure === verdict) ?? "outcome_unknown";
}

/** The error for an answer that is not the success that was asked for. */
export function linePayFailure(answer: LinePayAnswer): GatewayError {
  const { operation, status, redactor, exchange, retryAfterSeconds } = answer;
  // A code from our own table holds no secret; any other text could quote one.
  const row = answer.code === undefined ? undefined : rowsByCode.get(answer.code);
  const code = row?.code ?? (answer.code === undefined ? undefined : redactor.text(answer.code));
  const said = code === undefined ? "no readable return code" : code;
  const note = row === undefined ? "" : ` ${row.note}`;
  return new GatewayError(`LINE Pay, ${operation}: ${said} (HTTP ${status}).${note}`, {
    provider: "line_pay",
    failure: failureOf(classifyLinePayAnswer(answer)),
    code,
    providerMessage: messageOf(answer),
    httpStatus: status,
    retryAfterSeconds,
    exchange,
  });
}

/** LINE Pay's own words; it writes `-` when it has none. */
export function messageOf({ message, redactor }: LinePayAnswer): string | undefined {
  return message === undefined || message === "" || message === "-"
    ? undefined
    : redactor.text(message);
}

/** The error for a success whose content is not what the documents promise. */
export function unreadableAnswer(answer: LinePayAnswer, expected: string): GatewayError {
  const message = `LINE Pay, ${answer.operation}: a success without a readable ${expected}.`;
  return new GatewayError(message, {
    provider: "line_pay",
    failure: "outcome_unknown",
    code: answer.code,
    httpStatus: answer.status,
    exchange: answer.exchange,
  });
}

/** The error for a success about something else than what was asked for. */
export function mismatch(
  answer: LinePayAnswer,
  differences: readonly string[],
  payment: ProviderPayment | undefined,
): GatewayError {
  const message = `LINE Pay answered the ${answer.operation} call with another payment: ${differences.join(", ")}.`;
  return new GatewayError(message, {
    provider: "line_pay",
    failure: "mismatch",
    httpStatus: answer.status,
    exchange: answer.exchange,
    payment,
  });
}

/** The error for a call that we do not send, because LINE Pay would refuse it. */
export function refusedByUs(operation: LinePayOperation, message: string): GatewayError {
  // A look-up that was not made says nothing of the money either.
  const failure = asksAboutMoney(operation) ? "outcome_unknown" : "invalid_request";
  return new GatewayError(`LINE Pay, ${operation}: ${message}`, { provider: "line_pay", failure });
}
