/**
 * Banks and card issuers by the two-character codes of Toss Payments' API 2022-11-16 and later,
 * from its published lists of institution codes (read 2026-11). Lists grow: a code that is not here
 * is shown as unknown and never refused.
 */

const banks: Readonly<Record<string, string>> = {
  "02": "산업은행",
  "03": "기업은행",
  "06": "국민은행",
  "07": "수협은행",
  "11": "농협은행",
  "12": "단위농협",
  "20": "우리은행",
  "23": "SC제일은행",
  "27": "씨티은행",
  "31": "iM뱅크",
  "32": "부산은행",
  "34": "광주은행",
  "35": "제주은행",
  "37": "전북은행",
  "39": "경남은행",
  "45": "새마을금고",
  "48": "신협",
  "50": "저축은행",
  "54": "HSBC",
  "64": "산림조합",
  "71": "우체국",
  "81": "하나은행",
  "88": "신한은행",
  "89": "케이뱅크",
  "90": "카카오뱅크",
  "92": "토스뱅크",
  S2: "신한투자증권",
  S3: "삼성증권",
  S4: "KB증권",
  S5: "미래에셋증권",
  S6: "한국투자증권",
  SL: "NH투자증권",
  SQ: "카카오페이증권",
  ST: "토스증권",
};

const cardIssuers: Readonly<Record<string, string>> = {
  "11": "국민카드",
  "15": "카카오뱅크",
  "21": "하나카드",
  "24": "토스뱅크",
  "30": "산업은행",
  "31": "BC카드",
  "33": "우리카드",
  "34": "수협은행",
  "35": "전북은행",
  "36": "씨티카드",
  "37": "우체국",
  "38": "새마을금고",
  "39": "저축은행",
  "3A": "케이뱅크",
  "3C": "UnionPay",
  "3K": "기업BC",
  "41": "신한카드",
  "42": "제주은행",
  "46": "광주은행",
  "4J": "JCB",
  "4M": "Mastercard",
  "4V": "VISA",
  "51": "삼성카드",
  "61": "현대카드",
  "62": "신협",
  "6D": "Diners Club",
  "6I": "Discover",
  "71": "롯데카드",
  "7A": "AMEX",
  "91": "농협카드",
  W1: "우리카드",
};

/** Such as `토스뱅크`, or `unknown bank (Z9)`. */
export function bankName(code: string): string {
  return nameIn(banks, code, "unknown bank");
}

/** Such as `신한카드`, or `unknown card issuer (Z9)`. */
export function cardIssuerName(code: string): string {
  return nameIn(cardIssuers, code, "unknown card issuer");
}

function nameIn(names: Readonly<Record<string, string>>, code: string, unknown: string): string {
  const name = Object.hasOwn(names, code) ? names[code] : undefined;
  // Only a text that can be a code is repeated: anything longer could be an account number.
  return name ?? (/^[0-9A-Z]{1,3}$/.test(code) ? `${unknown} (${code})` : unknown);
}
