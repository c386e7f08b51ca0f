/**
 * Ledger: every movement of money at any emulated provider, in order, never changed. It is what
 * tests judge by: a period was paid twice when two `payment` entries say so.
 */
import { z } from "zod";
import type { Store } from "./store.ts";

export const ledgerKinds = ["payment", "authorization", "capture", "void", "refund"] as const;

const ledgerEntrySchema = z.object({
  /** 1, 2, 3, … without gaps. */
  sequence: z.int(),
  provider: z.string(),
  kind: z.enum(ledgerKinds),
  orderId: z.string(),
  /** In the currency's smallest unit; always positive. */
  amount: z.int(),
  currency: z.string(),
  /** The billing key that paid; null for a payment without one. */
  key: z.string().nullable(),
  /** The provider's own name of the payment. */
  paymentId: z.string(),
  /** On the emulator's clock, UTC. */
  at: z.string(),
});
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

interface LedgerFilter {
  readonly orderId?: string | undefined;
  readonly key?: string | undefined;
  readonly kind?: string | undefined;
  readonly provider?: string | undefined;
  /** Only entries with a greater sequence. */
  readonly after?: number | undefined;
}

export interface Ledger {
  append(entry: Omit<LedgerEntry, "sequence">): void;
  /** Oldest first. */
  list(filter?: LedgerFilter): LedgerEntry[];
  readonly size: number;
}

export function createLedger(store: Store): Ledger {
  const entries = store.table("ledger", ledgerEntrySchema);
  const byOrder = entries.index((entry) => entry.orderId);
  return {
    append(entry) {
      const sequence = entries.size + 1;
      entries.put(String(sequence), { sequence, ...entry });
    },
    list({ orderId, key, kind, provider, after } = {}) {
      const candidates = orderId === undefined ? entries.values() : byOrder(orderId);
      return candidates.filter(
        (entry) =>
          (key === undefined || entry.key === key) &&
          (kind === undefined || entry.kind === kind) &&
          (provider === undefined || entry.provider === provider) &&
          (after === undefined || entry.sequence > after),
      );
    },
    get size() {
      return entries.size;
    },
  };
}
