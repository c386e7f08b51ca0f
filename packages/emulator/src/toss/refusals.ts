/**
 * Every error code the emulated Toss Payments can answer, with its HTTP status and a sentence in
 * Korean and English. The sentences are ours; the real ones change without notice and must never be
 * matched.
 *
 * Codes and statuses: Toss Payments core API 2022-11-16, the error tables of each endpoint and the
 * platform-wide list "API 에러 코드" (read 2026-11). Where those are silent the row says so.
 */

/** An error answer of the API: HTTP status, code and message. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly messageEnglish: string;
}

/** Thrown by operations to answer with an error. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(answer: Refusal) {
    super(answer.code);
    this.refusal = answer;
  }
}

/** @param detail What of the request is meant, added to the message. */
export function refused(code: string, detail = ""): Refused {
  const plain = refusal(code);
  if (detail === "") return new Refused(plain);
  const message = `${plain.message} (${detail})`;
  return new Refused({ ...plain, message, messageEnglish: `${plain.messageEnglish} (${detail})` });
}

type Row = readonly [status: number, korean: string, english: string];

const keyRows: Readonly<Record<string, Row>> = {
  ALREADY_REMOVED_BILLING_KEY: [400, "이미 삭제된 빌링키예요.", "This billing key was deleted."],
  BILLING_KEY_NOT_FOUND: [400, "빌링키가 없어요.", "There is no such billing key."],
  NOT_FOUND_BILLING: [404, "자동결제 정보를 찾지 못했어요.", "No such billing registration."],
  INVALID_BILL_KEY_REQUEST: [
    400,
    "자동결제 인증이 끝나지 않았거나 잘못된 거래예요.",
    "The billing registration is incomplete or invalid.",
  ],
  INVALID_BILLING_AUTH: [400, "자동결제 인증이 유효하지 않아요.", "Invalid billing registration."],
  NOT_MATCHES_CUSTOMER_KEY: [
    400,
    "빌링키와 customerKey가 서로 다른 구매자의 것이에요.",
    "The billing key belongs to another customerKey.",
  ],
  INVALID_CUSTOMER_KEY: [400, "customerKey 형식이 잘못됐어요.", "Malformed customerKey."],
  FAILED_BILL_KEY_AUTH_CREATION: [500, "빌링키를 만들지 못했어요.", "No billing key was made."],
  FAILED_BILLING_AUTO_CANCEL: [500, "자동 취소에 실패했어요.", "The automatic reversal failed."],
};

const declineRows: Readonly<Record<string, Row>> = {
  REJECT_CARD_PAYMENT: [
    403,
    "한도가 넘었거나 잔액이 모자라요.",
    "Over the card's limit, or not enough money.",
  ],
  REJECT_ACCOUNT_PAYMENT: [403, "계좌 잔액이 모자라요.", "Not enough money in the account."],
  REJECT_CARD_COMPANY: [403, "카드사가 거절했어요.", "The card company refused."],
  EXCEED_MAX_DAILY_PAYMENT_COUNT: [400, "하루 결제 횟수를 넘었어요.", "Too many payments today."],
  EXCEED_MAX_PAYMENT_AMOUNT: [400, "하루 결제 금액을 넘었어요.", "Over the daily amount."],
  EXCEED_MAX_ONE_DAY_AMOUNT: [403, "하루 한도를 넘었어요.", "Over the daily limit."],
  EXCEED_MAX_AMOUNT: [400, "거래 한도를 넘었어요.", "Over the amount allowed."],
  EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT: [
    400,
    "하루 출금 한도를 넘었어요.",
    "Over the account's daily limit.",
  ],
  EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT: [
    400,
    "한 번에 출금할 수 있는 금액을 넘었어요.",
    "Over the account's limit for one withdrawal.",
  ],
  EXCEEDS_TRANSFER_AMOUNT_MAXIMUM: [
    400,
    "계좌이체는 한 번에 1천만 원까지예요.",
    "A transfer is at most 10,000,000 KRW.",
  ],
  RESTRICTED_TRANSFER_ACCOUNT: [
    400,
    "등록하고 12시간이 지나야 쓸 수 있는 계좌예요.",
    "The account can be used 12 hours after its registration.",
  ],
  NOT_AVAILABLE_BANK: [403, "지금은 은행 점검 시간이에요.", "The bank is closed at this hour."],
  NOT_AVAILABLE_PAYMENT: [400, "지금은 결제할 수 없어요.", "No payments at this hour."],
  MAINTAINED_METHOD: [400, "점검 중인 결제수단이에요.", "This method is under maintenance."],
  INVALID_STOPPED_CARD: [400, "정지된 카드예요.", "The card is suspended."],
  INVALID_CARD_LOST_OR_STOLEN: [400, "분실 또는 도난 신고된 카드예요.", "Lost or stolen card."],
  INVALID_CARD_EXPIRATION: [400, "카드 유효기간을 확인해 주세요.", "Check the card's expiry date."],
  INVALID_CARD_NUMBER: [400, "카드 번호를 확인해 주세요.", "Check the card number."],
  INVALID_REJECT_CARD: [400, "카드사에 문의해야 하는 카드예요.", "Ask the card company."],
  NOT_SUPPORTED_CARD_TYPE: [400, "쓸 수 없는 종류의 카드예요.", "This kind of card cannot pay."],
  NOT_REGISTERED_CARD_COMPANY: [400, "사용 등록이 필요한 카드예요.", "The card is not activated."],
  INVALID_CARD_PASSWORD: [400, "카드 비밀번호가 달라요.", "Wrong card password."],
  INVALID_CARD_IDENTITY: [400, "카드 소유자 정보가 달라요.", "The card holder differs."],
  INVALID_BIRTH_DAY_FORMAT: [
    400,
    "생년월일 6자리나 사업자번호 10자리가 필요해요.",
    "Six digits of a birth date or ten of a business number.",
  ],
  EXCEED_MAX_AUTH_COUNT: [403, "인증을 너무 여러 번 틀렸어요.", "Too many wrong attempts."],
  ALREADY_CLOSE_ACCOUNT: [400, "해지된 계좌예요.", "The account is closed."],
  INVALID_ACCOUNT_INFO_RE_REGISTER: [
    400,
    "계좌를 다시 등록해 주세요.",
    "Register the account again.",
  ],
  REJECT_TOSSPAY_INVALID_ACCOUNT: [403, "출금할 수 없는 계좌예요.", "The account cannot pay out."],
  USER_ACCOUNT_ON_HOLD: [400, "거래가 정지된 계좌예요.", "The account is on hold."],
  FDS_ERROR: [403, "위험 거래로 막혔어요.", "Stopped by fraud detection."],
  NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT: [
    400,
    "할부를 쓸 수 없는 카드나 가맹점이에요.",
    "No instalments for this card or merchant.",
  ],
  INVALID_CARD_INSTALLMENT_PLAN: [
    400,
    "할부 개월 수가 잘못됐어요.",
    "Wrong number of instalments.",
  ],
  NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN: [400, "할부를 쓸 수 없어요.", "No instalments here."],
  BELOW_MINIMUM_AMOUNT: [
    400,
    "카드는 100원, 계좌는 200원부터 결제할 수 있어요.",
    "At least 100 KRW by card and 200 KRW by account.",
  ],
};

const requestRows: Readonly<Record<string, Row>> = {
  DUPLICATED_ORDER_ID: [400, "이미 쓴 주문번호예요.", "This orderId was used already."],
  ALREADY_PROCESSED_PAYMENT: [400, "이미 처리된 결제예요.", "The payment was processed already."],
  ALREADY_COMPLETED_PAYMENT: [400, "이미 끝난 결제예요.", "The payment is complete already."],
  DUPLICATED_REQUEST: [400, "중복된 요청이에요.", "A duplicated request."],
  IDEMPOTENT_REQUEST_PROCESSING: [
    409,
    "같은 멱등키의 요청을 처리하고 있어요.",
    "A request with this idempotency key is being processed.",
  ],
  INVALID_IDEMPOTENCY_KEY: [
    400,
    "멱등키는 300자까지예요.",
    "An idempotency key has at most 300 characters.",
  ],
  FORBIDDEN_CONSECUTIVE_REQUEST: [403, "잠시 뒤에 다시 해 주세요.", "Too soon; try again later."],
  UNAUTHORIZED_KEY: [401, "모르는 시크릿 키예요.", "Unknown secret key."],
  INVALID_API_KEY: [400, "API 키가 잘못됐어요.", "Wrong API key."],
  INVALID_CLIENT_KEY: [400, "클라이언트 키가 잘못됐어요.", "Wrong client key."],
  INCORRECT_BASIC_AUTH_FORMAT: [
    403,
    "시크릿 키 뒤에 콜론을 붙여 base64로 인코딩해 주세요.",
    "Encode the secret key followed by a colon as base64.",
  ],
  FORBIDDEN_REQUEST: [403, "허용되지 않은 요청이에요.", "The request is not allowed."],
  NOT_SUPPORTED_METHOD: [
    400,
    "자동결제 계약이 없는 상점이에요.",
    "The merchant has no contract for billing.",
  ],
  NOT_SUPPORTED_WIDGET_KEY: [
    400,
    "위젯 키로는 할 수 없어요. API 개별 연동 키를 써 주세요.",
    "Not with a widget key; use the API-individual key.",
  ],
  NOT_FOUND_MERCHANT: [404, "상점을 찾지 못했어요.", "No such merchant."],
  NOT_FOUND_MERCHANT_INTEGRATION: [404, "상점 연동을 찾지 못했어요.", "No such integration."],
  NOT_FOUND_TERMINAL_ID: [400, "단말기 번호가 없어요.", "No such terminal."],
  NOT_REGISTERED_BUSINESS: [400, "등록되지 않은 사업자예요.", "The business is not registered."],
  API_VERSION_UPDATE_NEEDED: [400, "API 버전을 올려 주세요.", "A newer API version is needed."],
  INVALID_REQUEST: [400, "요청이 잘못됐어요.", "The request is wrong."],
  INVALID_REQUIRED_PARAM: [400, "필수 값이 빠졌어요.", "A required value is missing."],
  INVALID_ORDER_ID: [
    400,
    "주문번호는 영문, 숫자, -, _ 로 6~64자예요.",
    "An orderId has 6 to 64 letters, digits, - or _.",
  ],
  INVALID_ORDER_NAME: [400, "주문명은 1~100자예요.", "An orderName has 1 to 100 characters."],
  INVALID_EMAIL: [400, "이메일이 잘못됐어요.", "Malformed e-mail address."],
  INVALID_CURRENCY: [400, "통화가 잘못됐어요.", "Wrong currency."],
  INVALID_DATE: [400, "날짜가 잘못됐어요.", "Malformed date."],
  INVALID_TRANSACTION_KEY: [400, "거래 키가 잘못됐어요.", "Unknown transactionKey."],
  BELOW_ZERO_AMOUNT: [400, "금액은 0보다 커야 해요.", "The amount must be above zero."],
  INVALID_TEST_CODE: [400, "모르는 테스트 코드예요.", "Unknown test code."],
  NOT_FOUND_HTTP_METHOD: [404, "없는 주소나 메서드예요.", "No such URL or method."],
  NOT_FOUND: [404, "찾지 못했어요.", "Not found."],
  NOT_FOUND_PAYMENT: [404, "결제를 찾지 못했어요.", "No such payment."],
  /** Unverified: the code of an exceeded rate limit is not published. */
  TOO_MANY_REQUESTS: [429, "요청이 너무 많아요.", "Too many requests."],
};

const troubleRows: Readonly<Record<string, Row>> = {
  PROVIDER_ERROR: [400, "잠시 오류가 났어요.", "A temporary error at the institution."],
  CARD_PROCESSING_ERROR: [400, "카드사에서 오류가 났어요.", "An error at the card company."],
  COMMON_ERROR: [500, "오류가 났어요.", "An error."],
  UNKNOWN_ERROR: [500, "알 수 없는 오류예요.", "An unknown error."],
  UNKNOWN_PAYMENT_ERROR: [500, "결제 중 알 수 없는 오류예요.", "An unknown payment error."],
  FAILED_INTERNAL_SYSTEM_PROCESSING: [500, "내부 처리에 실패했어요.", "Internal failure."],
  FAILED_DB_PROCESSING: [500, "저장에 실패했어요.", "A database failure."],
  FAILED_CARD_COMPANY_RESPONSE: [500, "카드사 응답이 이상해요.", "A bad card company answer."],
  FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING: [
    500,
    "결제 내부 처리에 실패했어요.",
    "Internal payment failure.",
  ],
  FAILED_METHOD_HANDLING: [500, "결제수단 처리에 실패했어요.", "The method could not be used."],
};

const cancelRows: Readonly<Record<string, Row>> = {
  ALREADY_CANCELED_PAYMENT: [400, "이미 취소된 결제예요.", "The payment is cancelled already."],
  ALREADY_REFUND_PAYMENT: [400, "이미 환불된 결제예요.", "The payment is refunded already."],
  INVALID_REFUND_ACCOUNT_INFO: [400, "환불 계좌 정보가 잘못됐어요.", "Wrong refund account."],
  INVALID_REFUND_ACCOUNT_NUMBER: [400, "환불 계좌번호가 잘못됐어요.", "Wrong account number."],
  INVALID_BANK: [400, "은행이 잘못됐어요.", "Wrong bank."],
  EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT: [
    400,
    "할인 금액보다 적게 취소할 수 없어요.",
    "The amount is below the discount.",
  ],
  NOT_MATCHES_REFUNDABLE_AMOUNT: [
    400,
    "남은 금액이 보내신 값과 달라요.",
    "The refundable amount is another one.",
  ],
  REFUND_REJECTED: [400, "환불이 거절됐어요.", "The refund was refused."],
  /** These three are in the platform-wide list only. Unverified: their status. */
  INVALID_REFUND_AMOUNT: [400, "취소 금액이 잘못됐어요.", "Wrong amount to refund."],
  EXCEED_MAX_REFUND_AMOUNT: [
    400,
    "취소할 수 있는 금액을 넘었어요.",
    "Over the amount that can be refunded.",
  ],
  NOT_SUPPORTED_REFUND: [400, "환불할 수 없는 결제수단이에요.", "This method has no refunds."],
  FORBIDDEN_BANK_REFUND_REQUEST: [
    400,
    "지금은 환불할 수 없는 은행이에요.",
    "Not at this bank now.",
  ],
  NOT_CANCELABLE_AMOUNT: [403, "취소할 수 없는 금액이에요.", "This amount cannot be cancelled."],
  NOT_CANCELABLE_PAYMENT: [403, "취소할 수 없는 결제예요.", "This payment cannot be cancelled."],
  NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER: [
    403,
    "휴면 회원의 결제예요.",
    "A dormant user's payment.",
  ],
  NOT_ALLOWED_PARTIAL_REFUND: [403, "부분 취소할 수 없어요.", "Only a full cancellation works."],
  NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT: [
    403,
    "입금 전에는 부분 취소할 수 없어요.",
    "No partial cancellation before the deposit.",
  ],
  EXCEED_MAX_REFUND_DUE: [403, "취소할 수 있는 기간이 지났어요.", "Too late to cancel."],
  EXCEED_CANCEL_LIMIT: [403, "취소 한도를 넘었어요.", "Over the cancellation limit."],
  FAILED_REFUND_PROCESS: [500, "환불 처리에 실패했어요.", "The refund failed."],
  FAILED_METHOD_HANDLING_CANCEL: [500, "취소 처리에 실패했어요.", "The cancellation failed."],
  FAILED_PARTIAL_REFUND: [500, "부분 환불에 실패했어요.", "The partial refund failed."],
};

/** What a registration window reports to failUrl; never an API answer. */
const windowRows: Readonly<Record<string, Row>> = {
  PAY_PROCESS_CANCELED: [400, "구매자가 취소했어요.", "The buyer cancelled."],
  PAY_PROCESS_ABORTED: [400, "진행하지 못했어요.", "The process failed."],
};

const rows: Readonly<Record<string, Row>> = {
  ...keyRows,
  ...declineRows,
  ...requestRows,
  ...troubleRows,
  ...cancelRows,
};

/** Whether the code stands in the API's error list, and so may be forced by the test header. */
export function isKnownCode(code: string): boolean {
  return Object.hasOwn(rows, code);
}

/** An unlisted code, which only a fault can bring, gets a sentence that names it and status 400. */
export function refusal(code: string): Refusal {
  const row = Object.hasOwn(rows, code) ? rows[code] : windowRows[code];
  const [status, message, messageEnglish] = row ?? [400, code, code];
  return { status, code, message, messageEnglish };
}
