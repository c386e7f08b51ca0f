/**
 * Merchants. A contract has one currency, so there is one merchant for each from the start; their
 * credentials are of our own making and the same at every start.
 */
import type { Store, Table } from "../store.ts";
import type { Currency } from "./money.ts";
import { merchantSchema, type Merchant } from "./records.ts";

/** What a contract is unless something else was agreed. */
export const usualContract: Omit<Merchant, "channelId" | "channelSecret" | "currency"> = {
  name: "Maedal Shop",
  preapprovedContract: true,
  captureContract: true,
  creditCardAuthContract: false,
  maskedCardContract: false,
  isSuspended: false,
  minimumMinor: 1,
  maximumMinor: 10_000_000,
};

/** The merchants that are there from the start, by the currency of their contract. */
export const linePayMerchants: Readonly<Record<Currency, Merchant>> = {
  TWD: {
    ...usualContract,
    channelId: "1650000001",
    channelSecret: "0123456789abcdef0123456789abcd01",
    currency: "TWD",
  },
  THB: {
    ...usualContract,
    channelId: "1650000002",
    channelSecret: "0123456789abcdef0123456789abcd02",
    currency: "THB",
  },
  USD: {
    ...usualContract,
    channelId: "1650000003",
    channelSecret: "0123456789abcdef0123456789abcd03",
    currency: "USD",
  },
};

export interface Merchants {
  readonly merchants: Table<Merchant>;
  /** Puts the merchants of the start there unless the store already has them. */
  seedMerchants(): void;
}

export function createMerchants(store: Store): Merchants {
  const merchants = store.table("linePay.merchants", merchantSchema);
  return {
    merchants,
    seedMerchants() {
      for (const merchant of Object.values(linePayMerchants)) {
        if (merchants.get(merchant.channelId) === undefined) {
          merchants.put(merchant.channelId, merchant);
        }
      }
    },
  };
}
