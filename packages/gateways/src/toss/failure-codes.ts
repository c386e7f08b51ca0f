/**
 * Every error code of Toss Payments that is documented or was seen for billing, one row each: data,
 * read by `failures.ts`. Sources (all read 2026-11): "API 에러 코드" (the platform-wide list), the
 * per-endpoint error tables of the core API 2022-11-16, and public reports of measurements with test
 * keys. The failure class is always our own judgement; the other columns are not.
 */
import type { FailureClass } from "../gateway-error.ts";

/**
 * Error tables that list a code: `I` issue a billing key, `A` charge it, `X` delete it, `C` cancel a
 * payment, `G` get a payment, `T` list transactions, `P` the platform-wide list, `*` every call,
 * `-` none that could be found.
 */
export type ErrorTables = string;

/** How the code is known: documented, measured by a third party, judged, unverified. */
export type FailureBasis = "D" | "M" | "J" | "U";

export interface TossFailureRow {
  readonly code: string;
  /** Documented or measured statuses; empty when unknown. Documents disagree: never a criterion. */
  readonly httpStatuses: readonly number[];
  readonly tables: ErrorTables;
  /** What the code means for the money where its tables say that it occurs. */
  readonly failure: FailureClass;
  readonly basis: FailureBasis;
  /** For people: the cause, and the fix where there is one. */
  readonly note: string;
}

type Columns = readonly [
  string,
  number | undefined,
  ErrorTables,
  FailureClass,
  FailureBasis,
  string,
];

// prettier-ignore
const billingKeyCodes: readonly Columns[] = [
  ["ALREADY_REMOVED_BILLING_KEY",  400, "A",   "billing_key_invalid", "M", "The billing key was deleted. Unverified: the answer to a repeated delete."],
  ["BILLING_KEY_NOT_FOUND",        400, "X",   "billing_key_invalid", "D", "Toss knows no such billing key."],
  ["NOT_FOUND_BILLING",            404, "IX",  "billing_key_invalid", "D", "The auth key is spent or unknown, or the billing key is gone: register again."],
  ["INVALID_BILL_KEY_REQUEST",     400, "AX",  "billing_key_invalid", "D", "The key's authentication is incomplete or invalid. May be worth one re-check before the customer is asked."],
  ["INVALID_BILLING_AUTH",         400, "P",   "billing_key_invalid", "D", "The billing authentication is invalid: register again."],
  ["NOT_MATCHES_CUSTOMER_KEY",     400, "A",   "invalid_request",     "M", "Billing key and customer key are not a pair: our record is wrong, the customer is not to blame."],
  ["INVALID_CUSTOMER_KEY",         400, "P",   "invalid_request",     "D", "The customer key breaks Toss's format."],
  ["FAILED_BILL_KEY_AUTH_CREATION", 500, "P",  "outcome_unknown",     "D", "Toss could not create the authentication."],
  ["FAILED_BILLING_AUTO_CANCEL",   500, "P",   "outcome_unknown",     "D", "An automatic cancellation failed: look the payment up before anything else."],
  ["NOT_FOUND_BILLING_KEY",  undefined, "-",   "billing_key_invalid", "U", "Unverified: in no table that could be found."],
  ["INVALID_BILLING_KEY",    undefined, "-",   "billing_key_invalid", "U", "Unverified: in no table that could be found."],
  ["INVALID_AUTH_KEY",       undefined, "-",   "billing_key_invalid", "U", "Unverified: in no table that could be found."],
];

// prettier-ignore
const declineCodes: readonly Columns[] = [
  ["REJECT_CARD_PAYMENT",                 403, "A",   "soft_decline",    "M", "Card limit exceeded or balance too low."],
  ["REJECT_ACCOUNT_PAYMENT",              403, "IA",  "soft_decline",    "D", "Account balance too low."],
  ["REJECT_CARD_COMPANY",                 403, "IA",  "soft_decline",    "D", "The issuer refused without a reason: few tries, then another method."],
  ["EXCEED_MAX_DAILY_PAYMENT_COUNT",      400, "P",   "soft_decline",    "D", "Daily number of payments reached: next day."],
  ["EXCEED_MAX_PAYMENT_AMOUNT",           400, "P",   "soft_decline",    "D", "Daily amount reached: next day."],
  ["EXCEED_MAX_ONE_DAY_AMOUNT",           403, "P",   "soft_decline",    "D", "Daily limit reached: next day."],
  ["EXCEED_MAX_AMOUNT",                   400, "P",   "hard_decline",    "D", "The amount is over the method's limit."],
  ["EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT",  400, "P",   "soft_decline",    "D", "The account's daily withdrawal limit is reached: next day."],
  ["EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT", 400, "P",   "hard_decline",    "D", "Over the account's limit for one withdrawal: the customer raises it at the bank."],
  ["EXCEEDS_TRANSFER_AMOUNT_MAXIMUM",     400, "P",   "invalid_request", "D", "A transfer takes 10,000,000 KRW at most."],
  ["RESTRICTED_TRANSFER_ACCOUNT",         400, "P",   "soft_decline",    "D", "The account is usable 12 hours after its registration. Unverified: for first billing charges."],
  ["NOT_AVAILABLE_BANK",                  403, "CP",  "soft_decline",    "D", "Outside the bank's service hours: hours later."],
  ["NOT_AVAILABLE_PAYMENT",               400, "P",   "soft_decline",    "D", "Not available at this time of day: hours later."],
  ["MAINTAINED_METHOD",                   400, "P",   "outage",          "D", "The method is under maintenance: hours later."],
  ["INVALID_STOPPED_CARD",                400, "IA",  "hard_decline",    "D", "The card is suspended."],
  ["INVALID_CARD_LOST_OR_STOLEN",         400, "A",   "hard_decline",    "D", "The card is reported lost or stolen."],
  ["INVALID_CARD_EXPIRATION",             400, "IA",  "hard_decline",    "D", "The expiry date is wrong or has passed."],
  ["INVALID_CARD_NUMBER",                 400, "IA",  "hard_decline",    "D", "The card number is wrong."],
  ["INVALID_REJECT_CARD",                 400, "IA",  "hard_decline",    "D", "The issuer refuses the card: the customer calls the issuer."],
  ["NOT_SUPPORTED_CARD_TYPE",             400, "IA",  "hard_decline",    "M", "This type of card cannot be billed."],
  ["NOT_REGISTERED_CARD_COMPANY",         400, "IA",  "hard_decline",    "D", "The card is not activated at its issuer."],
  ["INVALID_CARD_PASSWORD",               400, "I",   "hard_decline",    "D", "Wrong card password: enter it again."],
  ["INVALID_CARD_IDENTITY",               400, "I",   "hard_decline",    "D", "The identity number does not match the card: enter it again."],
  ["INVALID_BIRTH_DAY_FORMAT",            400, "I",   "hard_decline",    "D", "The birth date is not YYMMDD: enter it again."],
  ["EXCEED_MAX_AUTH_COUNT",               403, "IA",  "hard_decline",    "D", "Too many wrong authentications: no automatic retry."],
  ["ALREADY_CLOSE_ACCOUNT",               400, "P",   "hard_decline",    "D", "The account is closed."],
  ["INVALID_ACCOUNT_INFO_RE_REGISTER",    400, "P",   "hard_decline",    "D", "The account has to be registered again."],
  ["REJECT_TOSSPAY_INVALID_ACCOUNT",      403, "P",   "hard_decline",    "D", "The account is not set up for withdrawals."],
  ["USER_ACCOUNT_ON_HOLD",                400, "P",   "hard_decline",    "D", "The account is on hold."],
  ["FDS_ERROR",                           403, "P",   "hard_decline",    "D", "Stopped by fraud detection: no automatic retry."],
  ["NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT", 400, "A", "invalid_request", "D", "Instalments, which we never ask for."],
  ["INVALID_CARD_INSTALLMENT_PLAN",       400, "A",   "invalid_request", "D", "Instalments, which we never ask for."],
  ["NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN", 400, "A", "invalid_request", "D", "Instalments, which we never ask for."],
  ["BELOW_MINIMUM_AMOUNT",                400, "A",   "invalid_request", "D", "A card takes 100 KRW at least, an account 200 KRW."],
];

// prettier-ignore
const duplicateCodes: readonly Columns[] = [
  ["DUPLICATED_ORDER_ID",           400, "A",  "outcome_unknown", "D", "The order id was approved or cancelled before: look it up."],
  ["ALREADY_PROCESSED_PAYMENT",     400, "P",  "outcome_unknown", "D", "Look the payment up."],
  ["ALREADY_COMPLETED_PAYMENT",     400, "P",  "outcome_unknown", "D", "Look the payment up."],
  ["DUPLICATED_REQUEST",            400, "P",  "outcome_unknown", "D", "Look the payment up."],
  ["IDEMPOTENT_REQUEST_PROCESSING", 409, "*",  "outcome_unknown", "D", "The first request with this idempotency key is still running."],
  ["INVALID_IDEMPOTENCY_KEY",       400, "*",  "invalid_request", "D", "An idempotency key has 300 characters at most."],
  ["FORBIDDEN_CONSECUTIVE_REQUEST", 403, "GC", "outcome_unknown", "D", "Asked too often in a row: slow down."],
];

// prettier-ignore
const configurationAndRequestCodes: readonly Columns[] = [
  ["UNAUTHORIZED_KEY",                401, "*",    "configuration",   "M", "Toss does not know the secret key: enter the API-individual secret key of this MID again. After a re-issue the old one works for 7 days."],
  ["INVALID_API_KEY",                 400, "P",    "configuration",   "D", "Client and secret key must be a pair of one environment: copy both again."],
  ["INVALID_CLIENT_KEY",              400, "P",    "configuration",   "D", "The client key is wrong: copy it again."],
  ["INCORRECT_BASIC_AUTH_FORMAT",     403, "*",    "configuration",   "D", "The Authorization header is damaged: a proxy may rewrite it, or the secret key was stored with stray characters."],
  ["FORBIDDEN_REQUEST",               403, "CP",   "configuration",   "D", "This MID may not do this: check the keys and the contract."],
  ["NOT_SUPPORTED_METHOD",            400, "I",    "configuration",   "D", "The MID has no billing contract (자동결제 계약) for this method: use the keys of the contracted MID, or ask Toss Payments for the contract."],
  ["NOT_FOUND_MERCHANT",              404, "P",    "configuration",   "D", "Toss does not know the merchant: check that the keys belong to the contracted MID."],
  ["NOT_FOUND_MERCHANT_INTEGRATION",  404, "P",    "configuration",   "D", "The merchant's integration is missing: ask Toss Payments."],
  ["NOT_FOUND_TERMINAL_ID",           400, "P",    "configuration",   "D", "The merchant has no terminal id: ask Toss Payments."],
  ["NOT_REGISTERED_BUSINESS",         400, "P",    "configuration",   "D", "The business is not registered: ask Toss Payments."],
  ["API_VERSION_UPDATE_NEEDED",       400, "P",    "configuration",   "D", "Set a newer API version for this key in the developer centre."],
  ["INVALID_REQUEST",                 400, "IAXC", "invalid_request", "D", "Toss calls the request malformed."],
  ["INVALID_REQUIRED_PARAM",          400, "IAP",  "invalid_request", "D", "A required member is missing."],
  ["INVALID_ORDER_ID",                400, "IAP",  "invalid_request", "D", "An order id has 6 to 64 letters, digits, - and _."],
  ["INVALID_ORDER_NAME",              400, "IAP",  "invalid_request", "D", "An order name has 1 to 100 characters."],
  ["INVALID_EMAIL",                   400, "IAP",  "invalid_request", "D", "The customer's e-mail address is malformed."],
  ["INVALID_CURRENCY",                400, "IAP",  "invalid_request", "D", "Billing is in KRW only."],
  ["INVALID_DATE",                    400, "IAPT", "invalid_request", "D", "Dates are yyyy-MM-dd'T'HH:mm:ss in Korean time, without a zone."],
  ["BELOW_ZERO_AMOUNT",               400, "IAP",  "invalid_request", "D", "The amount is below zero."],
  ["INVALID_TEST_CODE",               400, "*",    "invalid_request", "D", "The test header names an unknown code."],
  ["NOT_FOUND_HTTP_METHOD",           404, "P",    "invalid_request", "D", "Wrong URL or verb: check apiHost."],
];

// prettier-ignore
const transientCodes: readonly Columns[] = [
  ["PROVIDER_ERROR",                            400, "CP",  "outcome_unknown", "D", "A fault behind Toss, in spite of its status 400."],
  ["CARD_PROCESSING_ERROR",                     400, "P",   "outcome_unknown", "D", "A fault at the card company."],
  ["COMMON_ERROR",                              500, "IPC", "outcome_unknown", "D", "A fault at Toss."],
  ["UNKNOWN_ERROR",                             500, "IP",  "outcome_unknown", "D", "A fault at Toss."],
  ["UNKNOWN_PAYMENT_ERROR",                     500, "IP",  "outcome_unknown", "D", "A fault at Toss."],
  ["FAILED_INTERNAL_SYSTEM_PROCESSING",         500, "AC",  "outcome_unknown", "D", "A fault at Toss."],
  ["FAILED_DB_PROCESSING",                      500, "A",   "outcome_unknown", "D", "A fault at Toss, also caused by input that is too long."],
  ["FAILED_CARD_COMPANY_RESPONSE",              500, "A",   "outcome_unknown", "D", "The card company did not answer Toss."],
  ["FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", 500, "CG",  "outcome_unknown", "D", "A fault at Toss; carries its provider's message."],
  ["FAILED_METHOD_HANDLING",                    500, "P",   "outcome_unknown", "D", "A fault in handling the method."],
];

// prettier-ignore
const refundCodes: readonly Columns[] = [
  ["ALREADY_CANCELED_PAYMENT",            400, "C",  "outcome_unknown", "M", "Refunded already, perhaps by an earlier try of this refund: look up and compare the balance."],
  ["ALREADY_REFUND_PAYMENT",              400, "C",  "outcome_unknown", "D", "Refunded already, perhaps by an earlier try of this refund: look up and compare the balance."],
  ["NOT_CANCELABLE_AMOUNT",               403, "C",  "outcome_unknown", "M", "More than is left, perhaps after an earlier try of this refund: look up and compare the balance."],
  ["NOT_MATCHES_REFUNDABLE_AMOUNT",       400, "C",  "outcome_unknown", "M", "The balance is not what we believed, perhaps after an earlier try of this refund: look up and compare."],
  ["EXCEED_MAX_REFUND_AMOUNT",            400, "P",  "outcome_unknown", "D", "More than is left: look up and compare the balance."],
  ["INVALID_REFUND_AMOUNT",               400, "P",  "invalid_request", "D", "The refund's amount is wrong."],
  ["INVALID_REFUND_ACCOUNT_INFO",         400, "C",  "invalid_request", "D", "A refund account is for virtual accounts only."],
  ["INVALID_REFUND_ACCOUNT_NUMBER",       400, "C",  "invalid_request", "D", "A refund account is for virtual accounts only."],
  ["INVALID_BANK",                        400, "C",  "invalid_request", "D", "A refund account is for virtual accounts only."],
  ["EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT", 400, "C", "invalid_request", "D", "What would be left is less than the discount: refund another amount."],
  ["REFUND_REJECTED",                     400, "C",  "hard_decline",    "D", "Refused for good: pay the customer back in another way."],
  ["FORBIDDEN_BANK_REFUND_REQUEST",       400, "C",  "hard_decline",    "D", "The customer's account takes no deposits."],
  ["NOT_CANCELABLE_PAYMENT",              403, "C",  "hard_decline",    "D", "This payment cannot be refunded."],
  ["NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER", 403, "C", "hard_decline", "D", "The customer's account at the provider is dormant."],
  ["NOT_ALLOWED_PARTIAL_REFUND",          403, "C",  "hard_decline",    "D", "This payment can only be refunded in full."],
  ["NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT", 403, "C", "soft_decline", "D", "Not in part before the deposit has arrived: later."],
  ["EXCEED_MAX_REFUND_DUE",               403, "C",  "hard_decline",    "D", "Past the deadline: 180 days for account transfers."],
  ["EXCEED_CANCEL_LIMIT",                 403, "C",  "soft_decline",    "D", "The merchant's limit for refunds is reached: later, or ask Toss Payments to raise it."],
  ["NOT_SUPPORTED_REFUND",                400, "P",  "hard_decline",    "D", "This method cannot be refunded."],
  ["FAILED_REFUND_PROCESS",               500, "C",  "outcome_unknown", "D", "A fault while refunding."],
  ["FAILED_METHOD_HANDLING_CANCEL",       500, "C",  "outcome_unknown", "D", "A fault while refunding."],
  ["FAILED_PARTIAL_REFUND",               500, "C",  "outcome_unknown", "D", "A fault while refunding in part."],
];

// prettier-ignore
const lookUpCodes: readonly Columns[] = [
  ["NOT_FOUND_PAYMENT",       404, "CG", "invalid_request", "M", "Toss knows no such payment now."],
  ["NOT_FOUND",               404, "G",  "outcome_unknown", "D", "Says nothing about the payment: not the code of a payment that is missing."],
  ["INVALID_TRANSACTION_KEY", 400, "T",  "invalid_request", "D", "The page's cursor is wrong."],
];

/** Every known code, once, in the order of the reference's error tables. */
export const tossFailureRows: readonly TossFailureRow[] = [
  ...billingKeyCodes,
  ...declineCodes,
  ...duplicateCodes,
  ...configurationAndRequestCodes,
  ...transientCodes,
  ...refundCodes,
  ...lookUpCodes,
].map(([code, status, tables, failure, basis, note]) => ({
  code,
  httpStatuses: status === undefined ? [] : [status],
  tables,
  failure,
  basis,
  note,
}));
