import { describe, expect, it } from "vitest";
import type { FailureClass } from "../gateway-error.ts";
import { tossFailureRows } from "./failure-codes.ts";
import {
  classifyRecordedFailure,
  classifyTossFailure,
  registrationRemedy,
  type TossVerdict,
} from "./failures.ts";
import type { TossOperation } from "./transport.ts";

/** Every code of the providers' error tables and what it means for the operation that lists it. */
const expected: readonly (readonly [TossOperation, FailureClass, string])[] = [
  [
    "charge",
    "soft_decline",
    `REJECT_CARD_PAYMENT REJECT_ACCOUNT_PAYMENT REJECT_CARD_COMPANY EXCEED_MAX_DAILY_PAYMENT_COUNT
     EXCEED_MAX_PAYMENT_AMOUNT EXCEED_MAX_ONE_DAY_AMOUNT EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT
     RESTRICTED_TRANSFER_ACCOUNT NOT_AVAILABLE_BANK NOT_AVAILABLE_PAYMENT`,
  ],
  ["charge", "outage", "MAINTAINED_METHOD"],
  [
    "charge",
    "hard_decline",
    `EXCEED_MAX_AMOUNT EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT INVALID_STOPPED_CARD
     INVALID_CARD_LOST_OR_STOLEN INVALID_CARD_EXPIRATION INVALID_CARD_NUMBER INVALID_REJECT_CARD
     NOT_SUPPORTED_CARD_TYPE NOT_REGISTERED_CARD_COMPANY EXCEED_MAX_AUTH_COUNT ALREADY_CLOSE_ACCOUNT
     INVALID_ACCOUNT_INFO_RE_REGISTER REJECT_TOSSPAY_INVALID_ACCOUNT USER_ACCOUNT_ON_HOLD FDS_ERROR`,
  ],
  [
    "charge",
    "billing_key_invalid",
    `ALREADY_REMOVED_BILLING_KEY BILLING_KEY_NOT_FOUND NOT_FOUND_BILLING INVALID_BILL_KEY_REQUEST
     INVALID_BILLING_AUTH NOT_FOUND_BILLING_KEY INVALID_BILLING_KEY INVALID_AUTH_KEY`,
  ],
  [
    "charge",
    "configuration",
    `UNAUTHORIZED_KEY INVALID_API_KEY INVALID_CLIENT_KEY INCORRECT_BASIC_AUTH_FORMAT
     FORBIDDEN_REQUEST NOT_SUPPORTED_METHOD NOT_FOUND_MERCHANT NOT_FOUND_MERCHANT_INTEGRATION
     NOT_FOUND_TERMINAL_ID NOT_REGISTERED_BUSINESS API_VERSION_UPDATE_NEEDED`,
  ],
  [
    "charge",
    "invalid_request",
    `NOT_MATCHES_CUSTOMER_KEY INVALID_CUSTOMER_KEY EXCEEDS_TRANSFER_AMOUNT_MAXIMUM
     NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT INVALID_CARD_INSTALLMENT_PLAN
     NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN BELOW_MINIMUM_AMOUNT INVALID_IDEMPOTENCY_KEY
     INVALID_REQUEST INVALID_REQUIRED_PARAM INVALID_ORDER_ID INVALID_ORDER_NAME INVALID_EMAIL
     INVALID_CURRENCY INVALID_DATE BELOW_ZERO_AMOUNT INVALID_TEST_CODE NOT_FOUND_HTTP_METHOD`,
  ],
  [
    "charge",
    "outcome_unknown",
    `FAILED_BILL_KEY_AUTH_CREATION FAILED_BILLING_AUTO_CANCEL DUPLICATED_ORDER_ID
     ALREADY_PROCESSED_PAYMENT ALREADY_COMPLETED_PAYMENT DUPLICATED_REQUEST
     IDEMPOTENT_REQUEST_PROCESSING PROVIDER_ERROR CARD_PROCESSING_ERROR COMMON_ERROR UNKNOWN_ERROR
     UNKNOWN_PAYMENT_ERROR FAILED_INTERNAL_SYSTEM_PROCESSING FAILED_DB_PROCESSING
     FAILED_CARD_COMPANY_RESPONSE FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING FAILED_METHOD_HANDLING`,
  ],
  ["issue", "hard_decline", "INVALID_CARD_PASSWORD INVALID_CARD_IDENTITY INVALID_BIRTH_DAY_FORMAT"],
  [
    "refund",
    "outcome_unknown",
    `ALREADY_CANCELED_PAYMENT ALREADY_REFUND_PAYMENT NOT_CANCELABLE_AMOUNT
     NOT_MATCHES_REFUNDABLE_AMOUNT EXCEED_MAX_REFUND_AMOUNT FORBIDDEN_CONSECUTIVE_REQUEST
     FAILED_REFUND_PROCESS FAILED_METHOD_HANDLING_CANCEL FAILED_PARTIAL_REFUND`,
  ],
  [
    "refund",
    "invalid_request",
    `INVALID_REFUND_AMOUNT INVALID_REFUND_ACCOUNT_INFO INVALID_REFUND_ACCOUNT_NUMBER INVALID_BANK
     EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT NOT_FOUND_PAYMENT`,
  ],
  [
    "refund",
    "hard_decline",
    `REFUND_REJECTED FORBIDDEN_BANK_REFUND_REQUEST NOT_CANCELABLE_PAYMENT
     NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER NOT_ALLOWED_PARTIAL_REFUND EXCEED_MAX_REFUND_DUE
     NOT_SUPPORTED_REFUND`,
  ],
  ["refund", "soft_decline", "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT EXCEED_CANCEL_LIMIT"],
  ["look_up", "outcome_unknown", "NOT_FOUND"],
  ["list", "invalid_request", "INVALID_TRANSACTION_KEY"],
];

const cases = expected.flatMap(([operation, failure, codes]) =>
  codes.split(/\s+/).map((code) => ({ operation, code, failure })),
);

function verdict(operation: TossOperation, code: string | undefined, status = 400): TossVerdict {
  return classifyTossFailure({ operation, status, code });
}

describe("the table of codes", () => {
  it("holds every documented code once, and no other", () => {
    const codes = tossFailureRows.map((row) => row.code);
    expect(codes.toSorted()).toEqual(cases.map(({ code }) => code).toSorted());
  });

  it("says of each code what it means for the money", () => {
    const found = cases.map(({ operation, code }) => {
      const status = tossFailureRows.find((row) => row.code === code)?.httpStatuses[0] ?? 400;
      return { operation, code, failure: verdict(operation, code, status) };
    });
    expect(found).toEqual(cases);
  });

  it("marks every row with what it rests on, and explains it", () => {
    for (const row of tossFailureRows) {
      expect(row.basis).toMatch(/^[DMJU]$/);
      expect(row.tables).toMatch(/^([IAXCGTP]+|\*|-)$/);
      expect(row.note).not.toBe("");
    }
  });
});

describe("a refused charge", () => {
  it("is unknown when the code is unknown, or there is none", () => {
    expect(verdict("charge", "BRAND_NEW_CODE")).toBe("outcome_unknown");
    expect(verdict("charge", undefined, 404)).toBe("outcome_unknown");
    expect(verdict("charge", "constructor")).toBe("outcome_unknown");
  });

  it("is unknown when the status cannot carry a refusal, whatever the code", () => {
    for (const status of [100, 201, 204, 302, 408, 409, 429, 500, 502, 503, 504]) {
      expect(verdict("charge", "REJECT_CARD_PAYMENT", status)).toBe("outcome_unknown");
    }
  });

  it("is a decline under any other status of the 400s, because the documents disagree on them", () => {
    for (const status of [400, 401, 403, 404, 422]) {
      expect(verdict("charge", "REJECT_ACCOUNT_PAYMENT", status)).toBe("soft_decline");
    }
  });

  it("is unknown when the code is one of refunds", () => {
    expect(verdict("charge", "NOT_CANCELABLE_PAYMENT", 403)).toBe("outcome_unknown");
    expect(verdict("charge", "NOT_FOUND_PAYMENT", 404)).toBe("outcome_unknown");
  });
});

describe("a refused delete", () => {
  it("has found the key gone when the code says so", () => {
    expect(verdict("delete", "ALREADY_REMOVED_BILLING_KEY")).toBe("already_gone");
    expect(verdict("delete", "BILLING_KEY_NOT_FOUND")).toBe("already_gone");
    expect(verdict("delete", "NOT_FOUND_BILLING", 404)).toBe("already_gone");
  });

  it("has not found the key gone by a bare 404 or a wrong address", () => {
    expect(verdict("delete", undefined, 404)).toBe("outcome_unknown");
    expect(verdict("delete", "NOT_FOUND_HTTP_METHOD", 404)).toBe("invalid_request");
    expect(verdict("delete", "NOT_FOUND_BILLING", 500)).toBe("outcome_unknown");
  });
});

describe("a refused look-up", () => {
  it("has found no payment when the code says so", () => {
    expect(verdict("look_up", "NOT_FOUND_PAYMENT", 404)).toBe("not_found");
  });

  it("says nothing of the payment for every other code", () => {
    const others = tossFailureRows.filter(({ code }) => code !== "NOT_FOUND_PAYMENT");
    const verdicts = others.map(({ code, httpStatuses }) =>
      verdict("look_up", code, httpStatuses[0] ?? 400),
    );
    expect(new Set(verdicts)).toEqual(new Set(["outcome_unknown"]));
    expect(verdict("look_up", undefined, 404)).toBe("outcome_unknown");
    expect(verdict("look_up", "NOT_FOUND_PAYMENT", 500)).toBe("outcome_unknown");
  });
});

describe("a refused registration", () => {
  const remedy = (code: string, status = 400) =>
    registrationRemedy(verdict("issue", code, status) as FailureClass);

  it("starts again when the auth key is spent or unknown", () => {
    expect(remedy("NOT_FOUND_BILLING", 404)).toBe("restart");
    expect(remedy("INVALID_BILLING_AUTH")).toBe("restart");
  });

  it("asks the customer for other details or another method when the issuer refuses", () => {
    expect(remedy("INVALID_CARD_PASSWORD")).toBe("re_enter");
    expect(remedy("REJECT_ACCOUNT_PAYMENT", 403)).toBe("re_enter");
  });

  it("waits for the operator when the contract is missing", () => {
    expect(remedy("NOT_SUPPORTED_METHOD")).toBe("configuration");
  });

  it("is repeated with the same idempotency key when its outcome is unknown", () => {
    expect(remedy("PROVIDER_ERROR")).toBe("unknown");
    expect(registrationRemedy("not_sent")).toBe("unknown");
  });
});

describe("a refusal on record at Toss", () => {
  it("keeps its class", () => {
    expect(classifyRecordedFailure("INVALID_CARD_EXPIRATION")).toBe("hard_decline");
  });

  it("is a decline without a reason when its code is unclear, because no money moved", () => {
    expect(classifyRecordedFailure("PROVIDER_ERROR")).toBe("soft_decline");
    expect(classifyRecordedFailure("EXPIRED_PAYMENT")).toBe("soft_decline");
  });
});
