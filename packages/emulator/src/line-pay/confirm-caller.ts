/**
 * LINE Pay's own server at the confirmUrl, for confirmUrlType SERVER: one GET when the customer has
 * agreed, and nothing is made of the answer.
 *
 * LINE Pay Online API v3, "Redirection pages" (read 2026-11): 20 s to answer. Unverified: that it is
 * not repeated.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Reservation } from "./records.ts";
import { confirmRedirect } from "./redirects.ts";

const readTimeoutMs = 20_000;

/** Told of an approval, calls the merchant where that was asked for. Ends with the emulator. */
export function callConfirmUrl(clock: EmulatorClock): (reservation: Reservation) => void {
  return (reservation) => {
    const { confirmUrl, confirmUrlType } = reservation;
    if (confirmUrlType !== "SERVER" || confirmUrl === null) return;
    const signal = AbortSignal.any([clock.stopped, AbortSignal.timeout(readTimeoutMs)]);
    const called = fetch(confirmRedirect(confirmUrl, reservation), { signal });
    called.then((answer) => answer.body?.cancel()).catch(() => undefined);
  };
}
