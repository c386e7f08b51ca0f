/**
 * Reservations: what a request call made, until it is confirmed or over.
 *
 *   waiting ──approve──► authenticated ──confirm──► completed
 *      │ ├─cancel─► canceled  └──declined confirm──► failed
 *      │ ├─confirm too early─► failed
 *      │ └─a tester's wish─► failed
 *      └─20 minutes, authenticated or not─► expired
 *
 * What the customer does is here; confirming is in confirm.ts.
 */
import { Temporal } from "temporal-polyfill";
import type { EmulatorClock } from "../clock.ts";
import type { Store } from "../store.ts";
import type { Chosen, Payers } from "./payers.ts";
import { cancelRedirect, confirmRedirect } from "./redirects.ts";
import { reservationSchema, type Reservation } from "./records.ts";
import { refusal, type Refusal } from "./refusals.ts";
import type { LinePaySwitches } from "./switches.ts";
import { randomAccessToken, randomTransactionId, randomWebToken } from "./tokens.ts";

/** What the merchant's request says of a reservation. */
export type ReservationRequest = Omit<
  Reservation,
  "transactionId" | "webToken" | "accessToken" | "requestedAt" | "status" | "payerId" | "method"
>;

export interface Reservations {
  reserve(request: ReservationRequest): Reservation;
  /** As it is now: one whose time is over is `expired`. */
  getReservation(transactionId: string): Reservation | undefined;
  /** By the `transactionReserveId` of the payment page's address. */
  findReservationByWebToken(webToken: string): Reservation | undefined;
  /** Oldest first. */
  listReservations(): Reservation[];
  saveReservation(reservation: Reservation): void;
  /**
   * The payer has chosen a method and agreed. Until it is confirmed they may do so again, with
   * another method. Refused (0121 to 0123, 1141) when the reservation is over or the method is not
   * theirs.
   *
   * @returns Where the customer's browser goes; null with confirmUrlType NONE.
   */
  approveReservation(
    transactionId: string,
    chosen: Chosen,
  ): { confirmUrl: string | null } | { error: Refusal };
  /** The customer cancels; closing the window instead does nothing at all. */
  cancelReservation(transactionId: string): { cancelUrl: string | null } | { error: Refusal };
  /** A tester ends it as failed (0122). Refused when it is over. */
  failReservation(transactionId: string): Reservation | { error: Refusal };
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly payers: Payers;
  readonly switches: () => LinePaySwitches;
  /** Told of each approval, once the reservation can be confirmed. */
  readonly approved: (reservation: Reservation) => void;
}

export function createReservations(deps: Deps): Reservations {
  const { store, clock, payers, switches, approved } = deps;
  const reservations = store.table("linePay.reservations", reservationSchema);
  const byWebToken = reservations.index((reservation) => reservation.webToken);

  function asItIsNow(reservation: Reservation | undefined): Reservation | undefined {
    if (reservation === undefined || !isOpen(reservation)) return reservation;
    const age = Temporal.Instant.from(reservation.requestedAt).until(clock.now());
    if (age.total("minutes") < switches().reservationMinutes) return reservation;
    const expired: Reservation = { ...reservation, status: "expired" };
    reservations.put(expired.transactionId, expired);
    return expired;
  }

  const getReservation = (transactionId: string) => asItIsNow(reservations.get(transactionId));

  function openReservation(transactionId: string): Reservation | { error: Refusal } {
    const reservation = getReservation(transactionId);
    if (reservation === undefined) return { error: refusal("1159") };
    return isOpen(reservation) ? reservation : { error: refusal(checkCode(reservation)) };
  }

  return {
    reserve(request) {
      const reservation = newReservation(request, clock.nowText());
      reservations.put(reservation.transactionId, reservation);
      return reservation;
    },
    getReservation,
    findReservationByWebToken: (webToken) => asItIsNow(byWebToken(webToken)[0]),
    listReservations: () =>
      reservations.values().map((reservation) => asItIsNow(reservation) ?? reservation),
    saveReservation: (reservation) => reservations.put(reservation.transactionId, reservation),
    approveReservation(transactionId, chosen) {
      const reservation = openReservation(transactionId);
      if ("error" in reservation) return reservation;
      const { cards } = payers.methodsOf(chosen.payerId, reservation.currency);
      const isTheirs = chosen.method === "balance" || cards.some(({ id }) => id === chosen.method);
      if (payers.payers.get(chosen.payerId)?.state !== "active" || !isTheirs) {
        return { error: refusal("1141") };
      }
      const { payerId, method } = chosen;
      const agreed: Reservation = { ...reservation, status: "authenticated", payerId, method };
      reservations.put(transactionId, agreed);
      approved(agreed);
      const { confirmUrl } = agreed;
      return { confirmUrl: confirmUrl === null ? null : confirmRedirect(confirmUrl, agreed) };
    },
    failReservation(transactionId) {
      const reservation = openReservation(transactionId);
      if ("error" in reservation) return reservation;
      const failed: Reservation = { ...reservation, status: "failed" };
      reservations.put(transactionId, failed);
      return failed;
    },
    cancelReservation(transactionId) {
      const reservation = openReservation(transactionId);
      if ("error" in reservation) return reservation;
      reservations.put(transactionId, { ...reservation, status: "canceled" });
      const { cancelUrl } = reservation;
      const { cancelUrlCarriesIds } = switches();
      return {
        cancelUrl:
          cancelUrl === null ? null : cancelRedirect(cancelUrl, reservation, cancelUrlCarriesIds),
      };
    },
  };
}

function newReservation(request: ReservationRequest, requestedAt: string): Reservation {
  return {
    ...request,
    transactionId: randomTransactionId(requestedAt),
    webToken: randomWebToken(),
    accessToken: randomAccessToken(),
    requestedAt,
    status: "waiting",
    payerId: null,
    method: null,
  };
}

function isOpen({ status }: Reservation): boolean {
  return status === "waiting" || status === "authenticated";
}

/** What GET …/check says of a reservation. */
export function checkCode({ status }: Reservation): string {
  switch (status) {
    case "waiting":
      return "0000";
    case "authenticated":
      return "0110";
    case "canceled":
    case "expired":
      return "0121";
    case "failed":
      return "0122";
    case "completed":
      return "0123";
  }
}
