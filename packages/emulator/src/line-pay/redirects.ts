/**
 * The addresses to which LINE Pay sends the customer back. `orderId` and `transactionId` are added
 * to the merchant's own query, and one that is there already is left alone.
 *
 * LINE Pay Online API v3, "Redirection pages" (read 2026-11).
 */
import type { Reservation } from "./records.ts";

type Returning = Pick<Reservation, "orderId" | "transactionId">;

/** `{confirmUrl}?orderId=…&transactionId=…` */
export function confirmRedirect(confirmUrl: string, reservation: Returning): string {
  return withIds(confirmUrl, reservation);
}

/**
 * `{cancelUrl}?orderId=…&transactionId=…`. The two are called conditional here; the v2 manual adds
 * none.
 *
 * @param carriesIds The switch `cancelUrlCarriesIds`.
 */
export function cancelRedirect(
  cancelUrl: string,
  reservation: Returning,
  carriesIds: boolean,
): string {
  return carriesIds ? withIds(cancelUrl, reservation) : cancelUrl;
}

function withIds(url: string, { orderId, transactionId }: Returning): string {
  const hashAt = url.indexOf("#");
  const address = hashAt === -1 ? url : url.slice(0, hashAt);
  const fragment = hashAt === -1 ? "" : url.slice(hashAt);
  const queryAt = address.indexOf("?");
  const there = new URLSearchParams(queryAt === -1 ? "" : address.slice(queryAt));
  const added = new URLSearchParams();
  if (!there.has("orderId")) added.set("orderId", orderId);
  if (!there.has("transactionId")) added.set("transactionId", transactionId);
  if (added.size === 0) return url;
  return `${address}${separatorAfter(address)}${added.toString()}${fragment}`;
}

function separatorAfter(address: string): string {
  if (!address.includes("?")) return "?";
  return address.endsWith("?") || address.endsWith("&") ? "" : "&";
}
