/** Control calls for what a customer does at LINE Pay, without a browser, and what can be seen. */
import { randomInt } from "node:crypto";
import { z } from "zod";
import type { Chosen } from "../line-pay/payers.ts";
import type { RegKey } from "../line-pay/records.ts";
import type { Refusal } from "../line-pay/refusals.ts";
import type { LinePayState } from "../line-pay/state.ts";
import { ControlProblem, get, post, type ControlCall } from "./call.ts";
import type { World } from "./world.ts";

const nothing = z.strictObject({});

const approvalSchema = z.strictObject({
  method: z.string().optional().describe('"balance", or the id of a card; a card when not given'),
  payerId: z.string().optional().describe("else a payer with plenty of money is made"),
});

const orderQuery = z.strictObject({ orderId: z.string().optional() });

export function linePayCalls({ linePay: { state } }: World): ControlCall[] {
  return [
    ...requestCalls(state),
    get("/line-pay/keys", "RegKeys, and how each would answer now.", undefined, () =>
      state.regKeys.values().map((key) => shownKey(state, key)),
    ),
    post(
      "/line-pay/keys/:id/delete",
      "The customer deletes the key in LINE Pay: it answers 1141 from now on.",
      nothing,
      (_, regKey) => {
        const key = state.regKeys.get(regKey);
        if (key === undefined) throw new ControlProblem(404, "not_found", `No key ${regKey}.`);
        if (!state.deleteKeyAsCustomer(regKey)) {
          throw new ControlProblem(409, "key_is_gone", `The key ${regKey} is gone already.`);
        }
        return shownKey(state, state.regKeys.get(regKey) ?? key);
      },
    ),
    get(
      "/line-pay/payments",
      "Payments with their refunds; declined ones too, which details never show.",
      orderQuery,
      ({ orderId }) => state.payments.values().filter(isOf(orderId)),
    ),
  ];
}

function requestCalls(state: LinePayState): ControlCall[] {
  return [
    get(
      "/line-pay/requests",
      "What was requested, and where each customer stands.",
      orderQuery,
      ({ orderId }) => state.listReservations().filter(isOf(orderId)),
    ),
    post(
      "/line-pay/requests/:id/approve",
      "The customer agrees to pay; confirmUrl is where their browser would go.",
      approvalSchema,
      (wish, transactionId) => {
        const chosen = chosenBy(state, wish);
        return {
          transactionId,
          ...chosen,
          ...accepted(state.approveReservation(transactionId, chosen)),
        };
      },
    ),
    post(
      "/line-pay/requests/:id/cancel",
      "The customer cancels; cancelUrl is where their browser would go.",
      nothing,
      (_, transactionId) => ({
        transactionId,
        ...accepted(state.cancelReservation(transactionId)),
      }),
    ),
    post(
      "/line-pay/requests/:id/fail",
      "The payment fails at LINE Pay: a check answers 0122.",
      nothing,
      (_, transactionId) => accepted(state.failReservation(transactionId)),
    ),
  ];
}

function isOf(orderId: string | undefined) {
  return (row: { readonly orderId: string }) => orderId === undefined || row.orderId === orderId;
}

/** @throws {ControlProblem} with LINE Pay's own code when LINE Pay refuses. */
function accepted<T extends object>(result: T | { error: Refusal }): T {
  if (!("error" in result)) return result;
  const { code, message } = result.error;
  throw new ControlProblem(400, code, message);
}

const plenty = 1_000_000_000_000;

function chosenBy(state: LinePayState, wish: z.infer<typeof approvalSchema>): Chosen {
  const payerId = wish.payerId ?? state.cards.get(wish.method ?? "")?.payerId ?? richPayer(state);
  if (wish.method !== undefined) return { payerId, method: wish.method };
  const { cards } = state.methodsOf(payerId, "TWD");
  return { payerId, method: cards[0]?.id ?? "balance" };
}

/** A new payer each time, so that what happens to one happens to nobody else. */
function richPayer(state: LinePayState): string {
  const balances = { TWD: plenty, THB: plenty, USD: plenty };
  const payer = state.addPayer({ name: "陳有錢", balances });
  const last4 = String(randomInt(10_000)).padStart(4, "0");
  state.addCard({ payerId: payer.id, brand: "VISA", nickname: "", last4 });
  return payer.id;
}

/** @returns The key with `answers`: 0000 while it lives, else the code of a check. */
function shownKey(state: LinePayState, key: RegKey): RegKey & { answers: string } {
  const living = state.livingKey(key.channelId, key.regKey);
  return { ...key, answers: "problem" in living ? living.problem : "0000" };
}
