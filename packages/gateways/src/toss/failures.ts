/**
 * What a failed call to Toss Payments means for the money. The code decides, per operation, and only
 * with a status that can carry a definite refusal: `PROVIDER_ERROR` is a 400 and unknown, 403 mixes
 * bad credentials, declines and refund rules. Whatever is not allowed for here is `outcome_unknown`.
 */
import * as z from "zod";
import { GatewayError, type FailureClass } from "../gateway-error.ts";
import { tossFailureRows, type TossFailureRow } from "./failure-codes.ts";
import type { TossAnswer, TossOperation } from "./transport.ts";

/** A failure class, or one of the two refusals that answer the question. */
export type TossVerdict = FailureClass | "already_gone" | "not_found";

const rowsByCode: ReadonlyMap<string, TossFailureRow> = new Map(
  tossFailureRows.map((row) => [row.code, row]),
);

/** Where a code answers the question instead of refusing it. */
const answers: Readonly<Partial<Record<TossOperation, ReadonlyMap<string, TossVerdict>>>> = {
  delete: new Map([
    ["ALREADY_REMOVED_BILLING_KEY", "already_gone"],
    ["BILLING_KEY_NOT_FOUND", "already_gone"],
    ["NOT_FOUND_BILLING", "already_gone"],
  ]),
  look_up: new Map([["NOT_FOUND_PAYMENT", "not_found"]]),
};

/**
 * Tables whose codes count for an operation. Issue and charge share theirs, because both ask the
 * same issuer or bank about the same key. A code outside them is as good as unknown: nothing says
 * what it would mean.
 */
const tablesOf: Readonly<Record<TossOperation, RegExp>> = {
  issue: /[IAXP*-]/,
  charge: /[IAXP*-]/,
  delete: /[XP*-]/,
  refund: /[CP*]/,
  look_up: /[G*]/,
  list: /[TP*]/,
};

/**
 * Sorts a failure.
 *
 * A look-up that fails says nothing about the payment, whatever refused it, so everything but
 * "not found" is `outcome_unknown` there; the code still tells people what to mend.
 */
export function classifyTossFailure(failure: {
  readonly operation: TossOperation;
  readonly status: number;
  readonly code: string | undefined;
}): TossVerdict {
  const { operation, status, code } = failure;
  if (code === undefined || !isDefinite(status)) return "outcome_unknown";
  const answer = answers[operation]?.get(code);
  if (answer !== undefined) return answer;
  const row = rowsByCode.get(code);
  if (row === undefined || operation === "look_up") return "outcome_unknown";
  return tablesOf[operation].test(row.tables) ? row.failure : "outcome_unknown";
}

/** 409 is still running, 408 and 429 come from in front of Toss; a 5xx or a stray 2xx says nothing. */
function isDefinite(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 409, 429].includes(status);
}

/**
 * The class of a refusal that Toss has on record (`Payment.failure` of an aborted payment). The
 * record itself proves that no money moved, so an unclear code is a decline without a reason.
 */
export function classifyRecordedFailure(code: string): FailureClass {
  const row = rowsByCode.get(code);
  return row === undefined || row.failure === "outcome_unknown" ? "soft_decline" : row.failure;
}

/**
 * What to do about a registration that failed (nothing was charged either way):
 * - `restart`: open a new window; this auth key will never work.
 * - `re_enter`: the customer corrects the entry, or brings another method, in a new window.
 * - `configuration`: mend keys or contract first; until then every registration fails.
 * - `unknown`: repeat with the same idempotency key and bytes; when that stays unclear, restart. The
 *   key of a lost answer cannot be asked for again.
 */
export type RegistrationRemedy = "restart" | "re_enter" | "configuration" | "unknown";

const remedies: Readonly<Record<FailureClass, RegistrationRemedy>> = {
  soft_decline: "re_enter",
  hard_decline: "re_enter",
  billing_key_invalid: "restart",
  invalid_request: "restart",
  mismatch: "restart",
  configuration: "configuration",
  not_sent: "unknown",
  outage: "unknown",
  outcome_unknown: "unknown",
};

/** What a failure of `issueBillingKey` means for the registration. */
export function registrationRemedy(failure: FailureClass): RegistrationRemedy {
  return remedies[failure];
}

/** Toss Payments, "요청·응답 본문" (read 2026-11): every error of `/v1` has this shape. */
const errorBody = z.looseObject({
  code: z.string().min(1),
  message: z.string().nullish().catch(undefined),
});

/** The verdict on an answer that is not a success. */
export function verdictOf(answer: TossAnswer): TossVerdict {
  const { operation, status } = answer;
  return classifyTossFailure({ operation, status, code: readError(answer)?.code });
}

/** The error for an answer that is not a success, once `verdictOf` has not made it one. */
export function tossFailure(answer: TossAnswer): GatewayError {
  const { operation, status, redactor, exchange, retryAfterSeconds } = answer;
  const error = readError(answer);
  const verdict = verdictOf(answer);
  // A code from our own table holds no secret; any other text could quote one.
  const row = error === undefined ? undefined : rowsByCode.get(error.code);
  const code = row?.code ?? (error === undefined ? undefined : redactor.text(error.code));
  const said = code === undefined ? "no readable error" : code;
  const note = row === undefined ? "" : ` ${row.note}`;
  return new GatewayError(`Toss Payments, ${operation}: ${said} (HTTP ${status}).${note}`, {
    provider: "toss",
    failure: verdict === "already_gone" || verdict === "not_found" ? "invalid_request" : verdict,
    code,
    providerMessage: error?.message ? redactor.text(error.message) : undefined,
    httpStatus: status,
    retryAfterSeconds,
    exchange,
  });
}

/** The error for a 200 whose body is not what the documents promise. */
export function unreadableAnswer(answer: TossAnswer, expected: string): GatewayError {
  const message = `Toss Payments, ${answer.operation}: HTTP ${answer.status} without a readable ${expected}.`;
  return new GatewayError(message, {
    provider: "toss",
    failure: "outcome_unknown",
    httpStatus: answer.status,
    exchange: answer.exchange,
  });
}

/** The error for a request that we do not send, because Toss would refuse it. */
export function refusedByUs(message: string): GatewayError {
  return new GatewayError(message, { provider: "toss", failure: "invalid_request" });
}

function readError(answer: TossAnswer): z.infer<typeof errorBody> | undefined {
  return errorBody.safeParse(answer.body).data;
}
