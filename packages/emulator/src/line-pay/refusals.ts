/**
 * Every return code that the emulated LINE Pay can answer, with a sentence. The sentences are ours
 * but for those seen in public (1104, 1172, 2101, 2103); they must never be matched.
 *
 * Codes: LINE Pay Online API v3, "Result codes", and the lists of each call in public clients (read
 * 2026-11).
 */

/** A return code with its message. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Thrown by operations to answer with a return code other than 0000. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(answer: Refusal) {
    super(answer.code);
    this.refusal = answer;
  }
}

/** @param message Instead of the code's usual one. */
export function refused(code: string, message?: string): Refused {
  return new Refused(refusal(code, message));
}

const messages: Readonly<Record<string, string>> = {
  "0110": "The customer has authenticated; the payment can be confirmed.",
  "0121": "The customer cancelled, or the time is over.",
  "0122": "The payment failed.",
  "0123": "The payment is completed.",
  "1101": "The payer is not a LINE Pay user.",
  "1102": "The payer cannot use LINE Pay now.",
  "1104": "Merchant not found.",
  "1105": "The merchant cannot use LINE Pay now.",
  "1106": "Header information error.",
  "1110": "The credit card cannot be used.",
  "1124": "Amount information error (scale).",
  "1141": "Account status error.",
  "1142": "Insufficient balance remains.",
  "1145": "The payment is in progress.",
  "1150": "Transaction record not found.",
  "1152": "Transaction has already been made.",
  "1153": "The amount differs from the requested one.",
  "1154": "The payment method behind the key is unavailable.",
  "1155": "Wrong transaction id.",
  "1159": "Payment request information is missing.",
  "1163": "The refund period is over.",
  "1164": "The refund amount exceeds what can be refunded.",
  "1165": "The transaction has already been refunded.",
  "1169": "Payment method and password must be confirmed by LINE Pay.",
  "1170": "The balance of the payer's account has changed.",
  "1172": "Existing same orderId.",
  "1177": "More than 100 transactions were asked for.",
  "1178": "The merchant does not support this currency.",
  "1179": "The status cannot be processed.",
  "1180": "The payment time is over.",
  "1183": "The amount is below the minimum.",
  "1184": "The amount is above the maximum.",
  "1190": "The regKey does not exist.",
  "1193": "The regKey has expired.",
  "1194": "The merchant cannot use preapproved payments.",
  "1197": "The regKey is being charged.",
  "1198": "The API call is duplicated.",
  "1199": "Internal request error.",
  "1264": "iPASS MONEY error.",
  "1280": "Temporary credit card error.",
  "1281": "Credit card payment error.",
  "1282": "Credit card authorization error.",
  "1283": "Payment refused, suspected of fraud.",
  "1284": "Credit card payment is temporarily stopped.",
  "1285": "Credit card information is missing.",
  "1286": "Credit card information is wrong.",
  "1287": "The credit card has expired.",
  "1288": "Insufficient funds on the credit card.",
  "1289": "The credit card's limit is exceeded.",
  "1290": "The credit card's limit for one payment is exceeded.",
  "1291": "The card was reported stolen.",
  "1292": "The card is suspended.",
  "1293": "The CVN is wrong.",
  "1294": "The card is blacklisted.",
  "1295": "The card number is wrong.",
  "1296": "The amount cannot be processed.",
  "1298": "The credit card was declined.",
  "1900": "Temporary error, try again later.",
  "1902": "Temporary error, try again later.",
  "1903": "Temporary error, try again later.",
  "1999": "The request differs from the earlier one.",
  "2101": "Parameter error.",
  "2102": "JSON data format error.",
  "2103": "Parameter is not allowed.",
  "9000": "Internal error.",
};

/** A code that is in no list is answered with `-`, as LINE Pay does where it has no text. */
export function refusal(code: string, message = messages[code] ?? "-"): Refusal {
  return { code, message };
}
