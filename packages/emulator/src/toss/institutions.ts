/**
 * Banks and card issuers as Toss Payments codes them since API version 2022-11-16, and what the
 * emulator knows of card numbers.
 *
 * Bank and issuer codes: tables of the Ruby gem toss_payments (read 2026-11).
 */

/** Two-character bank code to the name shown to people. */
export const bankNames: Readonly<Record<string, { ko: string; en: string }>> = {
  "02": { ko: "산업은행", en: "KDB" },
  "03": { ko: "기업은행", en: "IBK" },
  "06": { ko: "국민은행", en: "KB Kookmin" },
  "07": { ko: "수협은행", en: "Suhyup" },
  "11": { ko: "농협은행", en: "NH Nonghyup" },
  "20": { ko: "우리은행", en: "Woori" },
  "23": { ko: "SC제일은행", en: "SC First" },
  "31": { ko: "iM뱅크", en: "iM Bank" },
  "32": { ko: "부산은행", en: "Busan" },
  "34": { ko: "광주은행", en: "Gwangju" },
  "35": { ko: "제주은행", en: "Jeju" },
  "37": { ko: "전북은행", en: "Jeonbuk" },
  "39": { ko: "경남은행", en: "Gyeongnam" },
  "45": { ko: "새마을금고", en: "MG Saemaul" },
  "48": { ko: "신협", en: "Shinhyup" },
  "71": { ko: "우체국", en: "Korea Post" },
  "81": { ko: "하나은행", en: "Hana" },
  "88": { ko: "신한은행", en: "Shinhan" },
  "89": { ko: "케이뱅크", en: "K bank" },
  "90": { ko: "카카오뱅크", en: "KakaoBank" },
  "92": { ko: "토스뱅크", en: "Toss Bank" },
};

/** Issuer code to the company's name, for the `cardCompany` of older API versions. */
const cardCompanies: Readonly<Record<string, string>> = {
  "11": "국민",
  "21": "하나",
  "31": "BC",
  "41": "신한",
  "51": "삼성",
  "61": "현대",
  "71": "롯데",
};

export interface CardTraits {
  readonly issuerCode: string;
  readonly company: string;
  readonly cardType: "신용" | "체크" | "미확인";
  readonly ownerType: "개인" | "미확인";
}

/**
 * Numbers whose behaviour in the test environment was measured (gj-kit and boilpayment, 2026-08):
 * 941000 and 490625 issue and pay; 433012 and 552022 issue with an unknown type and then fail to
 * pay. Every other number beginning with 3, 4, 5, 6 or 9 is a credit card here, issuer by its
 * second digit, which is the emulator's own rule.
 */
export function cardTraits(number: string): CardTraits {
  const bin = number.slice(0, 6);
  if (bin === "433012" || bin === "552022") {
    return { issuerCode: "41", company: "신한", cardType: "미확인", ownerType: "미확인" };
  }
  const issuerCode = bin === "941000" ? "21" : bin === "490625" ? "31" : issuerByDigit(number);
  const cardType = bin === "941000" ? "체크" : "신용";
  return { issuerCode, company: cardCompanies[issuerCode] ?? "신한", cardType, ownerType: "개인" };
}

/** Whether the first digits are those of a card at all. */
export function isCardNumber(number: string): boolean {
  return /^[34569]\d{13,19}$/.test(number);
}

function issuerByDigit(number: string): string {
  const codes = Object.keys(cardCompanies);
  return codes[Number(number[1]) % codes.length] ?? "41";
}

/** Hides the middle of a number: `1000****1234`, `94100000****123*` as card answers show it. */
export function maskedAccount(number: string): string {
  return `${number.slice(0, 4)}****${number.slice(-4)}`;
}

export function maskedCard(number: string): string {
  return `${number.slice(0, 8)}****${number.slice(12, 15)}*`;
}
