/**
 * Field values that are words. They are Korean literals unless the caller asks for English, which
 * translates everything but what the merchant typed ("인증 및 기타 헤더 설정", read 2026-11).
 *
 * Unverified: the English words themselves.
 */
const english: Readonly<Record<string, string>> = {
  카드: "Card",
  계좌이체: "Transfer",
  신용: "Credit",
  체크: "Check",
  미확인: "Unknown",
  개인: "Personal",
};

export function translated(word: string, isEnglish: boolean): string {
  return isEnglish ? (english[word] ?? word) : word;
}
