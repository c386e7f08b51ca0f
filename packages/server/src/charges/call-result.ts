/** What an open call brought back, on its way from the sender to the database. */
import type { Exchange, ProviderPayment } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import type { Lease } from "./charge-store.ts";
import type { AttemptOutcome, LookUpFinding } from "./outcome.ts";

/** What a call brought back: a charge's answer, or a look-up's. */
export type CallResult =
  | {
      readonly of: "attempt";
      readonly lease: Lease;
      readonly outcome: AttemptOutcome;
      readonly exchange: Exchange | undefined;
      readonly declinedIdReusable: boolean;
    }
  | {
      readonly of: "look_up";
      readonly lease: Lease;
      readonly finding: LookUpFinding;
      /** By the database's clock, before the question: what it proves, it proves of then. */
      readonly askedAt: Temporal.Instant;
      readonly exchange: Exchange | undefined;
      readonly declinedIdReusable: boolean;
    };

/** The payment that a result would have us adopt. */
export function paymentOf(result: CallResult): ProviderPayment | undefined {
  const found = result.of === "attempt" ? result.outcome : result.finding;
  return isAdopted(found.kind) && "payment" in found ? found.payment : undefined;
}

function isAdopted(kind: string): boolean {
  return kind === "captured" || kind === "captured_before" || kind === "authorized";
}

export interface Order {
  readonly orderId: string;
  /** Where it was sent. */
  readonly connectionId: string;
}

/** The order that was paid: the charge's own, or an earlier one of its invoice. */
export function paidOrderOf(result: CallResult, charge: Order): Order {
  const isEarlier = result.of === "attempt" && result.outcome.kind === "captured_before";
  const { connectionId, orderId } = isEarlier ? result.outcome : charge;
  return { connectionId, orderId };
}
