/**
 * Why a payment is declined, in the words of a PG.
 *
 * Codes 2116, 3112, 8901 and F112 with their texts: public issues and client tests (read 2026-11).
 * Unverified: all others, CHAI's above all, whose texts no source has; they say what PortOne's
 * console lists as causes. No text is contractual.
 */
import { channelTraits, type PgProvider } from "./channels.ts";
import type { PortOneSwitches } from "./switches.ts";

const texts: Readonly<Record<string, string>> = {
  INSUFFICIENT_BALANCE: "잔액이 부족합니다.",
  OVER_LIMIT: "이용한도를 초과하였습니다.",
  STOPPED: "거래정지 카드입니다.",
  LOST: "분실·도난 신고된 카드입니다.",
  EXPIRED: "유효기간이 만료된 카드입니다.",
  BANK_MAINTENANCE: "은행 점검 시간입니다. 잠시 후 다시 시도해 주세요.",
  KEY_ENDED: "해지된 빌링키입니다.",
  CONTRACT: "계약되지 않은 가맹점입니다.",
  SERVICE_ENDED: "종료된 결제 서비스입니다.",
  MaintenanceOngoing: "네이버페이 시스템 점검 중입니다.",
  "2116": "개인 월 한도금액 초과",
  "3112": "한도가 초과하였습니다.",
  "8901": "미등록PG업체/거래정지업체",
  F112: "유효하지않은 카드번호를 입력하셨습니다.",
};

/** The decline as `fail_reason` or `message` tells it. */
export function declineText(
  code: string,
  message: string | undefined,
  pgProvider: PgProvider,
  { declineText: shape }: PortOneSwitches,
): string {
  const sentence = message ?? texts[code] ?? "승인이 거절되었습니다.";
  switch (shape) {
    case "bracketed":
      return `[${code}] ${sentence}`;
    case "sentence":
      return sentence;
    case "prefixed":
      return `[${channelTraits[pgProvider].name.en}] ${sentence}`;
  }
}
