/**
 * Refusals: answers with a code other than 0. There is no table of codes; 1 is PortOne's own no, -1
 * a PG's or one of the door. Texts are those seen in public tests and issues of client libraries
 * (read 2026-11) but for those marked.
 */

export interface Refusal {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

/** Thrown by operations to answer with a refusal. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** PortOne refuses; HTTP 200. */
export function refused(message: string, status = 200): Refused {
  return new Refused({ status, code: 1, message });
}

/** The PG refuses; HTTP 200. */
export function refusedByPg(message: string, status = 200): Refused {
  return new Refused({ status, code: -1, message });
}

/** Unverified: the sentence. */
export function badRequest(what: string): Refused {
  return new Refused({ status: 400, code: 1, message: `파라미터를 확인해 주세요. (${what})` });
}

export function notFound(message: string): Refused {
  return new Refused({ status: 404, code: -1, message });
}

export function unauthorized(message = "Unauthorized"): Refused {
  return new Refused({ status: 401, code: -1, message });
}

export const texts = {
  /** Unverified. */
  wrongCredentials: "인증에 실패하였습니다. API키와 secret을 확인하세요.",
  unknownBuyer: "등록되지 않은 구매자입니다.",
  noCustomer: "등록된 고객정보가 없습니다.",
  duplicate:
    "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)",
  duplicateWindow: "이미 결제가 이루어진 거래건입니다.",
  noPayment: "존재하지 않는 결제정보입니다.",
  nothingToCancel: "취소할 결제건이 존재하지 않습니다.",
  alreadyCancelled: "이미 전액취소된 주문입니다.",
  nothingToUnschedule: "취소할 예약결제 기록이 존재하지 않습니다.",
  alreadyPrepared: "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).",
  /** Unverified, as are the next four. */
  alreadyScheduled: "이미 등록된 merchant_uid입니다.",
  noSchedule: "존재하지 않는 예약결제입니다.",
  noPreparation: "사전등록된 결제정보가 없습니다.",
  checksum: "취소 가능 금액이 checksum과 일치하지 않습니다.",
  notAllowed: "허용되지 않은 IP 주소입니다.",
} as const;

export function noCustomerText(customerUid: string): string {
  return `요청하신 customer_uid(${customerUid})로 등록된 정보를 찾을 수 없습니다.`;
}

/** What the PG says stands inside. */
export function cancelFailedText(inner: string): string {
  return `결제취소에 실패하였습니다.(${inner})`;
}
