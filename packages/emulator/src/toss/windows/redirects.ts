/**
 * The addresses to which a window sends the buyer back. The merchant's own query and fragment stay
 * as they are, byte for byte; a query may end in `&`, as in Toss Payments' own sample.
 *
 * @see Toss Payments docs, "퀵계좌이체 자동결제 연동", 리다이렉트 URL (read 2026-11).
 */

/** Codes with which a window ends unsuccessfully. No orderId comes with them. */
export const failureCodes = [
  "PAY_PROCESS_CANCELED",
  "PAY_PROCESS_ABORTED",
  "REJECT_CARD_COMPANY",
] as const;
export type FailureCode = (typeof failureCodes)[number];

/** The message sent when nobody typed another. Always Korean, as the documents show it. */
export const failureMessages: Readonly<Record<FailureCode, string>> = {
  PAY_PROCESS_CANCELED: "구매자가 결제 등록을 취소했습니다.",
  PAY_PROCESS_ABORTED: "결제 등록을 마치지 못하고 중단했습니다.",
  REJECT_CARD_COMPANY: "카드사에서 입력한 카드를 거절했습니다.",
};

/** `{successUrl}?customerKey=…&authKey=…` */
export function successRedirect(
  successUrl: string,
  approval: { customerKey: string; authKey: string },
): string {
  const { customerKey, authKey } = approval;
  return withQuery(successUrl, { customerKey, authKey });
}

/** `{failUrl}?code=…&message=…` */
export function failureRedirect(
  failUrl: string,
  failure: { code: string; message: string },
): string {
  const { code, message } = failure;
  return withQuery(failUrl, { code, message });
}

function withQuery(url: string, params: Readonly<Record<string, string>>): string {
  const [address = "", ...fragments] = url.split("#");
  const fragment = fragments.length > 0 ? `#${fragments.join("#")}` : "";
  const query = new URLSearchParams(params).toString();
  return `${address}${separatorAfter(address)}${query}${fragment}`;
}

function separatorAfter(address: string): string {
  if (!address.includes("?")) return "?";
  return address.endsWith("?") || address.endsWith("&") ? "" : "&";
}
