/** Asks for a refund. Nothing is sent here: the worker claims the request and sends it. */
import { money } from "@maedal/gateways";
import { AppError } from "../app-error.ts";
import type { Transaction } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { insertRequest, lockRefundedCharge, type RefundedCharge } from "./refund-store.ts";

export interface WantedRefund {
  readonly accountId: string;
  readonly chargeId: string;
  /** In the charge's currency; `all` is what is neither refunded nor asked for yet. */
  readonly amountMinor: number | "all";
  /** The provider and the payer may get to see it; 1 to 200 characters. */
  readonly reason: string;
  /** An API key, an operator, or the engine itself. */
  readonly requestedBy: string;
}

/**
 * Locks the charge's row: a transaction that also locks its subscription does so before.
 *
 * @returns The refund's id.
 * @throws {AppError} `not_found`; `charge_not_captured`; `refund_too_large`.
 */
export async function requestRefund(
  tx: Transaction,
  { effects }: Pick<Engine, "effects">,
  wanted: WantedRefund,
): Promise<string> {
  const { accountId, chargeId, reason, requestedBy } = wanted;
  const charge = await lockRefundedCharge(tx, accountId, chargeId);
  if (charge === undefined) {
    throw new AppError("not_found", `There is no charge ${chargeId.slice(0, 60)} in this account.`);
  }
  const { connectionId } = charge;
  if (charge.status !== "captured" || connectionId === undefined) {
    const message = `Charge ${chargeId} is ${charge.status}: only captured money can be refunded.`;
    throw new AppError("charge_not_captured", message);
  }
  const amount = money(amountOf(charge, wanted.amountMinor), charge.captured.currency);
  const id = newId("rfd", effects.random);
  await insertRequest(tx, { accountId, id, chargeId, connectionId, amount, reason, requestedBy });
  await notifyWork(tx);
  return id;
}

/** Gives back whatever is neither refunded nor asked for yet, if anything is. Throws as `requestRefund` does. */
export async function requestRestRefund(
  tx: Transaction,
  engine: Pick<Engine, "effects">,
  wanted: Omit<WantedRefund, "amountMinor">,
): Promise<void> {
  const charge = await lockRefundedCharge(tx, wanted.accountId, wanted.chargeId);
  if (charge !== undefined && leftMinorOf(charge) === 0) return;
  await requestRefund(tx, engine, { ...wanted, amountMinor: "all" });
}

function leftMinorOf({ captured, refundedMinor, refundingMinor }: RefundedCharge): number {
  return captured.amountMinor - refundedMinor - refundingMinor;
}

function amountOf(charge: RefundedCharge, wanted: number | "all"): number {
  const { captured, refundedMinor, refundingMinor } = charge;
  const leftMinor = leftMinorOf(charge);
  const amountMinor = wanted === "all" ? leftMinor : wanted;
  if (amountMinor > 0 && amountMinor <= leftMinor) return amountMinor;
  const asked = refundingMinor === 0 ? "" : `, ${refundingMinor} asked for`;
  const message = `Of ${captured.amountMinor} ${captured.currency}, ${refundedMinor} are refunded${asked}: ${leftMinor} can be refunded.`;
  throw new AppError("refund_too_large", message);
}
