/**
 * The addresses to which a window sends the buyer back. The merchant's own query and fragment stay
 * as they are; a query may end in `&`, as in Toss Payments' own sample.
 *
 * @see Toss Payments docs, "퀵계좌이체 자동결제 연동", 리다이렉트 URL (read 2026-11).
 */

/** `{successUrl}?customerKey=…&authKey=…` */
export function successRedirect(
  successUrl: string,
  approval: { readonly customerKey: string; readonly authKey: string },
): string {
  const { customerKey, authKey } = approval;
  return withQuery(successUrl, { customerKey, authKey });
}

/** `{failUrl}?code=…&message=…`; billing registration has no orderId to add. */
export function failureRedirect(
  failUrl: string,
  failure: { readonly code: string; readonly message: string },
): string {
  const { code, message } = failure;
  return withQuery(failUrl, { code, message });
}

function withQuery(url: string, params: Readonly<Record<string, string>>): string {
  const hashAt = url.indexOf("#");
  const address = hashAt === -1 ? url : url.slice(0, hashAt);
  const fragment = hashAt === -1 ? "" : url.slice(hashAt);
  return `${address}${separatorAfter(address)}${new URLSearchParams(params).toString()}${fragment}`;
}

function separatorAfter(address: string): string {
  if (!address.includes("?")) return "?";
  return address.endsWith("?") || address.endsWith("&") ? "" : "&";
}
