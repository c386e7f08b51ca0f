/**
 * Banks and card companies as PortOne V1 codes them, and what the emulator knows of card numbers.
 *
 * KFTC codes (read 2026-11). Unverified: the issuer by a card's first digits is the emulator's own
 * rule; so is that a number beginning with 9 is a debit card's.
 */

export interface Institution {
  readonly ko: string;
  readonly en: string;
}

/** Three-digit bank code to the bank's name. */
export const bankNames: Readonly<Record<string, Institution>> = {
  "003": { ko: "기업은행", en: "IBK" },
  "004": { ko: "국민은행", en: "KB Kookmin" },
  "011": { ko: "농협은행", en: "NH Nonghyup" },
  "020": { ko: "우리은행", en: "Woori" },
  "039": { ko: "경남은행", en: "Gyeongnam" },
  "081": { ko: "하나은행", en: "Hana" },
  "088": { ko: "신한은행", en: "Shinhan" },
  "089": { ko: "케이뱅크", en: "K bank" },
  "090": { ko: "카카오뱅크", en: "KakaoBank" },
  "092": { ko: "토스뱅크", en: "Toss Bank" },
};

/** Three-digit card company code to its name. */
export const cardNames: Readonly<Record<string, Institution>> = {
  "361": { ko: "BC카드", en: "BC" },
  "364": { ko: "광주카드", en: "Gwangju" },
  "365": { ko: "삼성카드", en: "Samsung" },
  "366": { ko: "신한카드", en: "Shinhan" },
  "367": { ko: "현대카드", en: "Hyundai" },
  "368": { ko: "롯데카드", en: "Lotte" },
  "374": { ko: "하나카드", en: "Hana" },
  "381": { ko: "국민카드", en: "KB Kookmin" },
};

/** Whether these are the digits of a card at all. */
export function isCardNumber(digits: string): boolean {
  return /^[34569]\d{13,15}$/.test(digits);
}

export function cardCompanyOf(digits: string): string {
  const codes = Object.keys(cardNames);
  return codes[Number(digits[1]) % codes.length] ?? "366";
}

export function isDebit(digits: string): boolean {
  return digits.startsWith("9");
}

/** `2016********1111`: at most the ends of a number leave us. */
export function masked(digits: string): string {
  return `${digits.slice(0, 4)}${"*".repeat(Math.max(digits.length - 8, 4))}${digits.slice(-4)}`;
}
