/**
 * What PortOne's sentences mean: data, read by `failures.ts`. V1 has no table of error codes. A code
 * other than 0 says that a call was refused, and a text in Korean says why, often the payment
 * company's own, passed through unchanged. No text is contractual, so a row matches by a part of it,
 * and the first row that matches wins.
 *
 * Sources (all read 2026-08): the V1 API schema, PortOne's help centre, its official clients, public
 * tests, plugins and issues. Which class a text has is our own judgement, except where the basis is D.
 */
import type { FailureClass } from "../gateway-error.ts";
import type { PortOneOperation } from "./operation.ts";

/**
 * A failure class, or one of the answers: `done`; `not_found`: none now; `duplicate`: the order id is
 * in use; `nothing_scheduled`: there is nothing to revoke.
 */
export type PortOneVerdict =
  FailureClass | "done" | "not_found" | "duplicate" | "nothing_scheduled";

/** Documented; seen in public; judged from the words alone. */
export type TextBasis = "D" | "O" | "J";

export interface PortOneRefusalRow {
  readonly operations: readonly PortOneOperation[];
  /** One of these occurs in the text … */
  readonly anyOf: readonly string[];
  /** … and one of these as well, where there are any. */
  readonly together?: readonly string[];
  /** Only of this payment company, where one is named. */
  readonly pgProvider?: string;
  /** As the message of a call that was refused and left no record. */
  readonly refusal: PortOneVerdict;
  /**
   * As the reason of a payment on record as failed. The record itself proves that no money moved, so
   * it may be a decline where a refusal is unknown. Undefined: as a refusal.
   */
  readonly record?: FailureClass;
  readonly basis: TextBasis;
  /** For people: the cause, and the fix where there is one. */
  readonly note: string;
}

const charges: readonly PortOneOperation[] = ["charge", "retry_schedule"];

/** Whole sentences and codes of PortOne and of the payment companies. */
export const portOneSentences: readonly PortOneRefusalRow[] = [
  {
    operations: charges,
    anyOf: ["동일한 merchant_uid", "이미 주문이 이루어진", "이미 결제가 이루어진"],
    refusal: "duplicate",
    record: "outcome_unknown",
    basis: "O",
    note: "A payment under this order id was made, or made and refunded.",
  },
  {
    operations: charges,
    anyOf: ["결제 장애"],
    pgProvider: "paymentwall",
    refusal: "outcome_unknown",
    basis: "D",
    note: "Paymentwall may still approve it.",
  },
  {
    operations: [...charges, "schedule"],
    anyOf: ["등록되지 않은 구매자", "등록된 고객정보가 없"],
    refusal: "billing_key_invalid",
    basis: "O",
    note: "PortOne knows no such billing key.",
  },
  {
    operations: [...charges, "schedule"],
    anyOf: ["빌링키", "빌키"],
    together: ["삭제", "해지", "만료"],
    refusal: "billing_key_invalid",
    basis: "J",
    note: "The payment company has ended the billing key.",
  },
  {
    operations: charges,
    anyOf: ["MaintenanceOngoing"],
    refusal: "outage",
    basis: "D",
    note: "Announced maintenance of the payment company.",
  },
  {
    operations: charges,
    anyOf: ["시스템 점검", "시스템점검", "점검 중", "점검중"],
    refusal: "outage",
    basis: "J",
    note: "Maintenance of the payment company or the bank.",
  },
  {
    operations: charges,
    anyOf: ["[8901]"],
    refusal: "configuration",
    basis: "O",
    note: "The contract for recurring payments is not active at NICE.",
  },
  {
    operations: ["payment", "issuance"],
    anyOf: ["존재하지 않는 결제정보"],
    refusal: "not_found",
    basis: "O",
    note: "PortOne has no such payment now.",
  },
  {
    operations: ["customer", "delete_customer"],
    anyOf: ["등록된 정보를 찾을 수 없", "등록되지 않은 구매자", "등록된 고객정보가 없"],
    refusal: "not_found",
    basis: "O",
    note: "PortOne knows no such billing key.",
  },
  {
    operations: ["unschedule"],
    anyOf: ["취소할 예약결제 기록이 존재하지 않", "등록되지 않은 구매자", "등록된 고객정보가 없"],
    refusal: "nothing_scheduled",
    basis: "O",
    note: "There is nothing to revoke.",
  },
  {
    operations: ["prepare"],
    anyOf: ["이미 등록된 merchant_uid"],
    refusal: "duplicate",
    basis: "O",
    note: "An amount is registered for this order id: compare it, or change it.",
  },
  {
    operations: ["refund"],
    anyOf: ["이미 전액취소된"],
    refusal: "outcome_unknown",
    basis: "O",
    note: "All of it was given back before, perhaps by an earlier try of this refund: look it up.",
  },
  {
    operations: ["refund"],
    anyOf: ["bigger than cancelable amount"],
    refusal: "outcome_unknown",
    basis: "O",
    note: "More than is left, perhaps after an earlier try of this refund: look it up.",
  },
  {
    operations: ["refund"],
    anyOf: ["취소할 결제건이 존재하지 않"],
    refusal: "invalid_request",
    basis: "O",
    note: "PortOne has no such payment.",
  },
  {
    operations: ["refund"],
    anyOf: ["취소불가 상태", "[8178]", "[9029]", "미정산 금액보다 큽니다"],
    refusal: "soft_decline",
    basis: "D",
    note: "The merchant's unsettled balance at the payment company is too low: later, or fill it up.",
  },
  {
    operations: ["refund"],
    anyOf: ["결제취소에 실패하였습니다"],
    refusal: "hard_decline",
    basis: "O",
    note: "The payment company refuses this refund.",
  },
];

/**
 * Words of payment companies and banks about a charge, for all that has no row above. The order
 * matters: `거래정지업체` is about the merchant, not about a suspended card, and a trouble on the line
 * is no limit that was exceeded.
 */
export const portOneWords: readonly PortOneRefusalRow[] = [
  {
    operations: charges,
    anyOf: [
      "장애",
      "일시적",
      "통신오류",
      "통신 오류",
      "통신실패",
      "통신 실패",
      "타임아웃",
      "시간초과",
      "시간 초과",
    ],
    refusal: "outcome_unknown",
    record: "soft_decline",
    basis: "J",
    note: "A fault on the way to the payment company or the bank.",
  },
  {
    operations: charges,
    anyOf: ["계약", "미등록", "업체", "가맹점", "상점", "MID", "설정"],
    refusal: "configuration",
    basis: "J",
    note: "Contract or settings of the merchant: ask PortOne or the payment company.",
  },
  {
    operations: charges,
    anyOf: ["해지", "탈퇴", "분실", "도난", "정지", "사용불가", "사용 불가", "유효기간", "만료"],
    refusal: "hard_decline",
    basis: "J",
    note: "The method behind the key cannot be used any more.",
  },
  {
    operations: charges,
    anyOf: ["잔액", "한도", "초과", "점검", "일시"],
    refusal: "soft_decline",
    basis: "J",
    note: "Not enough money, or a limit.",
  },
  {
    operations: charges,
    anyOf: ["필수", "누락", "형식", "유효하지"],
    refusal: "invalid_request",
    basis: "J",
    note: "A part of the request is missing or malformed.",
  },
  {
    operations: charges,
    anyOf: ["결제승인에 실패하였습니다"],
    refusal: "soft_decline",
    basis: "O",
    note: "Declined, without a reason that we know.",
  },
];
