/**
 * Orders that this database has forgotten, and the charges that are made for the same period or invoice
 * later: such a charge has them among its attempts, and is sent under an order id that follows them, so
 * that they are looked up before (rule 2 of docs/charge-protocol.md) and one that was paid is adopted,
 * wherever it was sent.
 */
import type { Transaction } from "../db/database.ts";
import { inGeneration, readOrderId } from "../ids/order-id.ts";
import { insertForgottenAttempt, listForgottenOrders } from "./written-in-store.ts";

/** A charge that is being made. */
export interface MadeCharge {
  readonly accountId: string;
  readonly id: string;
  readonly connectionId: string;
  readonly orderId: string;
  readonly generation: number;
}

export interface AfterForgotten<Charge> {
  readonly charges: readonly Charge[];
  /** Writes the forgotten orders down as attempts of these charges, once they are there. */
  readonly writeIn: () => Promise<void>;
}

/** Gives charges order ids that follow the forgotten ones; most have none, and keep theirs. */
export async function afterForgotten<Charge extends MadeCharge>(
  tx: Transaction,
  charges: readonly Charge[],
): Promise<AfterForgotten<Charge>> {
  const forgotten = (await listForgottenOrders(tx, charges)).map((send) => {
    const order = readOrderId(send.orderId);
    const generation = order === undefined || order.kind === "registration" ? 0 : order.generation;
    return { chargeId: send.newChargeId, generation, send };
  });
  const moved = new Set<string>();
  const made = charges.map((charge) => {
    const before = forgotten.filter(({ chargeId }) => chargeId === charge.id);
    // The provider itself pays one order id once: the same one goes there again.
    const isSame = ({ send }: (typeof before)[number]) =>
      send.orderId === charge.orderId && send.connectionId === charge.connectionId;
    if (before.every(isSame)) return charge;
    moved.add(charge.id);
    const latest = Math.max(...before.map(({ generation }) => generation));
    const generation = Math.max(charge.generation, latest + 1);
    return { ...charge, generation, orderId: inGeneration(charge.orderId, generation) };
  });
  return {
    charges: made,
    writeIn: async () => {
      for (const it of forgotten) if (moved.has(it.chargeId)) await insertForgottenAttempt(tx, it);
    },
  };
}
