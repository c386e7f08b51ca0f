import { describe, expect, it } from "vitest";
import { classifyPortOneAnswer, classifyRecordedFailure } from "./failures.ts";
import type { PortOneOperation } from "./operation.ts";

function verdict(
  operation: PortOneOperation,
  message: string,
  { status = 200, code = 1 }: { readonly status?: number; readonly code?: number } = {},
): string {
  return classifyPortOneAnswer({ operation, status, code, message });
}

const everyOperation: readonly PortOneOperation[] = [
  "charge",
  "retry_schedule",
  "refund",
  "payment",
  "issuance",
  "list",
  "customer",
  "delete_customer",
  "schedule",
  "unschedule",
  "schedules",
  "change_schedule",
  "prepare",
  "channels",
];

describe("an answer with code 0", () => {
  it.each([200, 201, 207])("is processed under HTTP %i", (status) => {
    expect(verdict("charge", "", { status, code: 0 })).toBe("done");
  });

  it.each([302, 400, 401, 404, 409, 500, 502])("says nothing under HTTP %i", (status) => {
    const verdicts = everyOperation.map((each) => verdict(each, "", { status, code: 0 }));
    expect(new Set(verdicts)).toEqual(new Set(["outcome_unknown"]));
  });
});

describe("an answer without an envelope", () => {
  it.each([200, 400, 401, 404, 500])("says nothing, whatever its status: %i", (status) => {
    const verdicts = everyOperation.map((operation) =>
      classifyPortOneAnswer({ operation, status, code: undefined, message: undefined }),
    );
    expect(new Set(verdicts)).toEqual(new Set(["outcome_unknown"]));
  });
});

describe("a refusal under a status that cannot carry one", () => {
  it.each([302, 408, 409, 429, 500, 503])("says nothing: %i", (status) => {
    const message = "등록되지 않은 구매자입니다.";
    expect(verdict("charge", message, { status })).toBe("outcome_unknown");
    expect(verdict("customer", message, { status })).toBe("outcome_unknown");
  });
});

describe("a refusal that is told by its status", () => {
  it("is about the credentials: 401 and 403", () => {
    const verdicts = [401, 403].flatMap((status) => [
      verdict("charge", "Unauthorized", { status, code: -1 }),
      verdict("payment", "Unauthorized", { status, code: -1 }),
    ]);
    expect(verdicts).toEqual([
      "configuration",
      "outcome_unknown",
      "configuration",
      "outcome_unknown",
    ]);
  });

  it("is about the request: 400", () => {
    const verdicts = (["charge", "refund", "schedule", "payment"] as const).map((each) =>
      verdict(each, "잘못된 요청", { status: 400 }),
    );
    expect(verdicts).toEqual([
      "invalid_request",
      "invalid_request",
      "invalid_request",
      "outcome_unknown",
    ]);
  });

  it("says that there is none: 404, for calls that look for something", () => {
    const found = everyOperation.filter(
      (each) => verdict(each, "없습니다", { status: 404, code: -1 }) === "not_found",
    );
    expect(found).toEqual([
      "payment",
      "issuance",
      "list",
      "customer",
      "delete_customer",
      "schedules",
      "prepare",
    ]);
    expect(verdict("charge", "없습니다", { status: 404, code: -1 })).toBe("outcome_unknown");
    expect(verdict("refund", "없습니다", { status: 404, code: -1 })).toBe("outcome_unknown");
    expect(verdict("unschedule", "", { status: 404, code: -1 })).toBe("nothing_scheduled");
    expect(verdict("retry_schedule", "", { status: 404, code: -1 })).toBe("invalid_request");
  });
});

describe("a charge that was refused", () => {
  it.each<[string, string]>([
    [
      "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)",
      "duplicate",
    ],
    ["이미 결제가 이루어진 거래건입니다.", "duplicate"],
    ["등록되지 않은 구매자입니다.", "billing_key_invalid"],
    ["등록된 고객정보가 없습니다.", "billing_key_invalid"],
    ["해지된 빌키입니다.", "billing_key_invalid"],
    ["빌링키가 만료되었습니다.", "billing_key_invalid"],
    ["은행 시스템 점검 중입니다.", "outage"],
    ["MaintenanceOngoing", "outage"],
    ["[8901] 미등록PG업체/거래정지업체", "configuration"],
    ["계약되지 않은 인증방법", "configuration"],
    ["분실 신고된 카드", "hard_decline"],
    ["유효기간 만료", "hard_decline"],
    ["한도초과로 정지된 카드", "hard_decline"],
    ["결제승인에 실패하였습니다. [2116]개인 월 한도금액 초과", "soft_decline"],
    ["잔액부족", "soft_decline"],
    ["결제승인에 실패하였습니다.", "soft_decline"],
    ["필수 파라미터 누락", "invalid_request"],
    ["가맹점 통신 오류", "outcome_unknown"],
    ["일시적인 장애입니다.", "outcome_unknown"],
    ["시간초과", "outcome_unknown"],
    ["아무도 모르는 문장", "outcome_unknown"],
    ["", "outcome_unknown"],
  ])("%s", (message, expected) => {
    expect([verdict("charge", message), verdict("charge", message, { code: -1 })]).toEqual([
      expected,
      expected,
    ]);
    expect(verdict("retry_schedule", message)).toBe(expected);
  });

  it("is a bad request under 400, unless PortOne's own sentence says more", () => {
    expect(verdict("charge", "상품명은 필수입니다", { status: 400 })).toBe("invalid_request");
    expect(verdict("charge", "등록되지 않은 구매자입니다.", { status: 400 })).toBe(
      "billing_key_invalid",
    );
  });
});

describe("a payment on record as failed", () => {
  it.each<[string, string]>([
    ["잔액부족", "soft_decline"],
    ["도난카드", "hard_decline"],
    ["거래정지업체", "configuration"],
    ["해지된 빌키", "billing_key_invalid"],
    ["일시적 장애", "soft_decline"],
    ["(PG사 결제 장애) Internal error", "soft_decline"],
    ["누가 알겠습니까", "soft_decline"],
    ["", "soft_decline"],
    ["이미 결제가 이루어진 거래건입니다.", "outcome_unknown"],
  ])("%s", (reason, expected) => {
    expect(classifyRecordedFailure(reason, "chai")).toBe(expected);
  });

  it("may still be approved by Paymentwall", () => {
    const reason = "(PG사 결제 장애) Internal error";
    expect(classifyRecordedFailure(reason, "paymentwall")).toBe("outcome_unknown");
  });
});

describe("a refund that was refused", () => {
  it.each<[string, string]>([
    ["이미 전액취소된 주문입니다.", "outcome_unknown"],
    [
      "결제취소에 실패하였습니다.(requested cancel amount is bigger than cancelable amount)",
      "outcome_unknown",
    ],
    ["취소할 결제건이 존재하지 않습니다.", "invalid_request"],
    ["결제취소에 실패하였습니다.([8178] …)", "soft_decline"],
    ["취소불가 상태입니다", "soft_decline"],
    ["취소금액이 미정산 금액보다 큽니다", "soft_decline"],
    ["결제취소에 실패하였습니다.(기타)", "hard_decline"],
    ["취소 가능 금액이 다릅니다", "outcome_unknown"],
    // Words about a charge mean nothing here.
    ["잔액부족", "outcome_unknown"],
  ])("%s", (message, expected) => {
    expect(verdict("refund", message)).toBe(expected);
  });
});

describe("another call that was refused", () => {
  it("answers the question where the sentence does", () => {
    expect({
      payment: verdict("payment", "존재하지 않는 결제정보입니다."),
      customer: verdict("customer", "요청하신 customer_uid(a)로 등록된 정보를 찾을 수 없습니다."),
      unschedule: verdict("unschedule", "취소할 예약결제 기록이 존재하지 않습니다."),
      prepare: verdict(
        "prepare",
        "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).",
      ),
      schedule: verdict("schedule", "등록된 고객정보가 없습니다."),
    }).toEqual({
      payment: "not_found",
      customer: "not_found",
      unschedule: "nothing_scheduled",
      prepare: "duplicate",
      schedule: "billing_key_invalid",
    });
  });

  it("says nothing where it does not", () => {
    const silent = everyOperation.filter(
      (each) => verdict(each, "아무도 모르는 문장") === "outcome_unknown",
    );
    expect(silent).toEqual(everyOperation);
  });
});
