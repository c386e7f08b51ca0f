/** Amounts registered beforehand: a window whose amount differs does not open. */
import type { Store } from "../store.ts";
import { preparationSchema, type Preparation } from "./records.ts";

export interface Preparations {
  getPreparation(impCode: string, merchantUid: string): Preparation | undefined;
  savePreparation(preparation: Preparation): void;
}

export function createPreparations(store: Store): Preparations {
  const preparations = store.table("portone.preparations", preparationSchema);
  const nameOf = (impCode: string, merchantUid: string) => `${impCode} ${merchantUid}`;
  return {
    getPreparation: (impCode, merchantUid) => preparations.get(nameOf(impCode, merchantUid)),
    savePreparation(preparation) {
      preparations.put(nameOf(preparation.impCode, preparation.merchantUid), preparation);
    },
  };
}
