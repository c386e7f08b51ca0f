/**
 * Orders that this database has forgotten, and the charges that are made for the same period or invoice
 * later. Such a charge has them among its attempts. Where its own connection was the last to be asked for
 * the money, it is looked up under that order id before anything else (rule 6 of docs/charge-protocol.md);
 * otherwise it is sent under an order id that follows them, so that they are looked up before (rule 2).
 * Either way one that was paid is adopted, wherever it was sent.
 */
import type { Transaction } from "../db/database.ts";
import { inGeneration, readOrderId } from "../ids/order-id.ts";
import {
  insertForgottenAttempt,
  listForgottenOrders,
  reconcileForgotten,
  type ForgottenOrder,
  type WrittenInAttempt,
} from "./written-in-store.ts";

/** A charge that is being made. */
export interface MadeCharge {
  readonly accountId: string;
  readonly id: string;
  readonly invoiceId: string;
  readonly connectionId: string;
  readonly orderId: string;
  readonly generation: number;
  /** Undefined for one that waits for its customer in a window. */
  readonly dueAt: unknown;
}

export interface AfterForgotten<Charge> {
  readonly charges: readonly Charge[];
  /** Writes the forgotten orders down as attempts of these charges, once they are there. */
  readonly writeIn: () => Promise<void>;
}

interface Forgotten extends WrittenInAttempt {
  readonly send: ForgottenOrder;
}

/** Gives charges order ids that follow the forgotten ones; most have none, and keep theirs. */
export async function afterForgotten<Charge extends MadeCharge>(
  tx: Transaction,
  charges: readonly Charge[],
): Promise<AfterForgotten<Charge>> {
  const forgotten = (await listForgottenOrders(tx, charges)).map((send): Forgotten => {
    const order = readOrderId(send.orderId);
    const generation = order === undefined || order.kind === "registration" ? 0 : order.generation;
    return { chargeId: send.newChargeId, generation, send };
  });
  const made = charges.map((charge) => {
    return placed(
      charge,
      forgotten.filter(({ chargeId }) => chargeId === charge.id),
    );
  });
  return {
    charges: made.map(({ charge }) => charge),
    async writeIn() {
      for (const { before, charge, isLookedUp } of made) {
        for (const it of before) await insertForgottenAttempt(tx, it);
        const target = { chargeId: charge.id, invoiceId: charge.invoiceId };
        if (isLookedUp)
          await reconcileForgotten(tx, charge.accountId, target, charge, longestGateMs);
      }
    },
  };
}

/** A claim that was forgotten is not sent later than this. */
const longestGateMs = 60_000;

interface Placed<Charge> {
  readonly charge: Charge;
  /** What is written down as its attempts. */
  readonly before: readonly Forgotten[];
  /** Before anything is sent, under the order id that it has. */
  readonly isLookedUp: boolean;
}

function placed<Charge extends MadeCharge>(
  charge: Charge,
  before: readonly Forgotten[],
): Placed<Charge> {
  const last = before.toSorted((one, other) => one.generation - other.generation).at(-1);
  if (last === undefined) return { charge, before, isLookedUp: false };
  const { orderId } = last.send;
  const isHere = last.send.connectionId === charge.connectionId;
  if (isHere && charge.dueAt !== undefined && last.generation >= charge.generation) {
    return {
      charge: { ...charge, orderId, generation: last.generation },
      before,
      isLookedUp: true,
    };
  }
  // A window's provider pays one order id once, and the customer sees what is paid.
  if (before.every(({ send }) => isHere && send.orderId === charge.orderId)) {
    return { charge, before: [], isLookedUp: false };
  }
  const generation = Math.max(charge.generation, last.generation + 1);
  const next = { ...charge, generation, orderId: inGeneration(charge.orderId, generation) };
  return { charge: next, before, isLookedUp: false };
}
