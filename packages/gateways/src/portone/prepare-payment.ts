/**
 * Amounts that are registered before a window opens: it then opens with that amount only. Says nothing
 * to a charge of a billing key. PortOne V1 API schema, /payments/prepare (read 2026-08).
 */
import * as z from "zod";
import type { Money } from "../money.ts";
import { readAmount, wireAmount } from "./amounts.ts";
import { classifyPortOneAnswer, portOneFailure, unreadableAnswer } from "./failures.ts";
import { checkMerchantUid } from "./limits.ts";
import type { PortOneAnswer, PortOneTransport } from "./transport.ts";
import { optionalText } from "./wire.ts";

export interface PreparedPayment {
  readonly merchantUid: string;
  readonly amount: Money;
}

const prepared = z.looseObject({
  merchant_uid: z.string(),
  amount: z.number(),
  /** Null: not compared. */
  currency: optionalText,
});

/**
 * Registers an amount for an order id.
 *
 * @returns "registered_before" when one is registered already: read it, or change it.
 * @throws {GatewayError} `outcome_unknown` when it may be registered. No money moves in any case.
 */
export async function preparePayment(
  transport: PortOneTransport,
  payment: PreparedPayment,
): Promise<"registered" | "registered_before"> {
  const answer = await sendPrepare(transport, "POST", payment);
  const verdict = classifyPortOneAnswer(answer);
  if (verdict === "duplicate") return "registered_before";
  if (verdict !== "done") throw portOneFailure(answer);
  return "registered";
}

/**
 * Changes a registered amount.
 *
 * @throws {GatewayError} `invalid_request` when none is registered; `outcome_unknown`: repeat it.
 */
export async function changePreparedPayment(
  transport: PortOneTransport,
  payment: PreparedPayment,
): Promise<void> {
  const answer = await sendPrepare(transport, "PUT", payment);
  if (classifyPortOneAnswer(answer) !== "done") throw portOneFailure(answer);
}

/**
 * @returns "not_found" when no amount is registered for the order id.
 * @throws {GatewayError} the question got no clear answer.
 */
export async function getPreparedPayment(
  transport: PortOneTransport,
  merchantUid: string,
): Promise<PreparedPayment | "not_found"> {
  checkMerchantUid("prepare", merchantUid);
  const path = ["payments", "prepare", merchantUid];
  const answer = await transport.send({ operation: "prepare", method: "GET", path });
  const verdict = classifyPortOneAnswer(answer);
  if (verdict === "not_found") return "not_found";
  if (verdict !== "done") throw portOneFailure(answer);
  const read = prepared.safeParse(answer.response).data;
  const amount = read === undefined ? undefined : readAmount(read.amount, read.currency ?? "KRW");
  if (amount === undefined || read?.merchant_uid !== merchantUid) {
    throw unreadableAnswer(answer, "prepared payment");
  }
  return { merchantUid, amount };
}

async function sendPrepare(
  transport: PortOneTransport,
  method: "POST" | "PUT",
  { merchantUid, amount }: PreparedPayment,
): Promise<PortOneAnswer> {
  checkMerchantUid("prepare", merchantUid);
  const path = ["payments", "prepare"];
  const { currency } = amount;
  const body = { merchant_uid: merchantUid, amount: wireAmount(amount), currency };
  return await transport.send({ operation: "prepare", method, path, body });
}
