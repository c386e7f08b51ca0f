/** A row of `recovery_sends` as the send that it was, for every store that reads some. */
import { money, type Currency } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { safeInteger } from "../db/column-types.ts";
import type { Send, SendKind } from "./journal-line.ts";

export interface RecoverySendRow {
  account_id: string;
  attempt_id: string;
  kind: SendKind;
  connection_id: string;
  charge_id: string;
  order_id: string;
  via: string | null;
  amount_minor: string;
  currency: Currency;
  sent_at: Temporal.Instant;
}

/** Of `recovery_sends s`. */
export const recoverySendColumns = `s.account_id, s.attempt_id, s.kind, s.connection_id, s.charge_id,
     s.order_id, s.via, s.amount_minor, s.currency, s.sent_at`;

export function toSend(row: RecoverySendRow): Send & { readonly sentAt: Temporal.Instant } {
  return {
    kind: row.kind,
    accountId: row.account_id,
    connectionId: row.connection_id,
    chargeId: row.charge_id,
    orderId: row.order_id,
    attemptId: row.attempt_id,
    via: row.via ?? undefined,
    amount: money(safeInteger(row.amount_minor), row.currency),
    sentAt: row.sent_at,
  };
}
