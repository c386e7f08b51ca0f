/**
 * Merchants and their keys. One merchant with a billing contract is there from the start; its keys
 * are of our own making and the same at every start, so that a page of examples stays true.
 */
import type { Store, Table } from "../store.ts";
import { merchantSchema, type Merchant } from "./records.ts";

export const defaultMerchant: Merchant = {
  merchantId: "maedal_emul",
  clientKey: "test_ck_MaedalEmulatorClientKey000001",
  secretKey: "test_sk_MaedalEmulatorSecretKey000001",
  widgetClientKey: "test_gck_MaedalEmulatorWidget0000001",
  widgetSecretKey: "test_gsk_MaedalEmulatorWidget0000001",
  billingContract: true,
  apiVersion: "2022-11-16",
  sellsTaxFree: false,
};

export interface Merchants {
  readonly merchants: Table<Merchant>;
  /** Finds by an API-individual or a widget client key. */
  findMerchantByClientKey(clientKey: string): Merchant | undefined;
  /** Finds by an API-individual or a widget secret key. */
  findMerchantBySecretKey(secretKey: string): Merchant | undefined;
  /** Puts the default merchant there unless the store already has it. */
  seedMerchant(): void;
}

export function createMerchants(store: Store): Merchants {
  const merchants = store.table("toss.merchants", merchantSchema);
  const byClientKey = merchants.index((merchant) => merchant.clientKey);
  const byWidgetClientKey = merchants.index((merchant) => merchant.widgetClientKey);
  const bySecretKey = merchants.index((merchant) => merchant.secretKey);
  const byWidgetSecretKey = merchants.index((merchant) => merchant.widgetSecretKey);
  return {
    merchants,
    findMerchantByClientKey: (key) => byClientKey(key)[0] ?? byWidgetClientKey(key)[0],
    findMerchantBySecretKey: (key) => bySecretKey(key)[0] ?? byWidgetSecretKey(key)[0],
    seedMerchant() {
      const { merchantId } = defaultMerchant;
      if (merchants.get(merchantId) === undefined) merchants.put(merchantId, defaultMerchant);
    },
  };
}
