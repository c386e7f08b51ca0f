/** What POST /accounts takes and does for PortOne: payers, their bank accounts and cards. */
import { z } from "zod";
import { bankNames } from "../portone/institutions.ts";
import type { Means } from "../portone/records.ts";
import type { PortOneState } from "../portone/state.ts";
import { ControlProblem } from "./call.ts";

const provider = z.literal("portone");
const phone = z.string().regex(/^[\d-]{10,13}$/, "digits, such as 01012345678");
const balance = z.int().min(0).describe("KRW; for a card what can still be charged");
const declineCode = z
  .string()
  .min(1)
  .nullable()
  .describe("the PG's code with which it declines, such as OVER_LIMIT; null pays");
const settings = { balance: balance.optional(), declineCode: declineCode.optional() };

export const meansOrderSchema = z.discriminatedUnion("kind", [
  z
    .strictObject({ provider, kind: z.literal("payer"), name: z.string().min(1), phone })
    .describe("a person with a log-in to the wallets"),
  z
    .strictObject({
      provider,
      kind: z.literal("account"),
      payerId: z.string(),
      bankCode: z.string().refine((code) => code in bankNames, "a bank code, such as 004"),
      number: z.string().min(6),
      ...settings,
    })
    .describe("adds a bank account; the same number again changes it"),
  z
    .strictObject({
      provider,
      kind: z.literal("card"),
      payerId: z.string().optional().describe("nobody's when not given: for typing in"),
      number: z.string(),
      expiry: z
        .string()
        .regex(/^\d{4}-\d{2}$/, "YYYY-MM")
        .default("2099-12"),
      ...settings,
    })
    .describe("adds a card; the same number again changes it"),
  z
    .strictObject({
      provider,
      kind: z.literal("change"),
      id: z.string().optional().describe("of an account or card"),
      customerUid: z.string().optional().describe("the one behind that key"),
      ...settings,
    })
    .describe("changes an account or card"),
]);
type MeansOrder = z.infer<typeof meansOrderSchema>;

/** @returns The payer, account or card as it is now. */
export function followMeansOrder(state: PortOneState, order: MeansOrder): unknown {
  switch (order.kind) {
    case "payer":
      return state.addPayer(order);
    case "account": {
      if (state.payers.get(order.payerId) === undefined) throw nobody();
      return changed(state, state.addAccount(order.payerId, order), order);
    }
    case "card": {
      if (order.payerId !== undefined && state.payers.get(order.payerId) === undefined) {
        throw nobody();
      }
      const card = state.addCard(order, order.payerId);
      if (!("problem" in card)) return changed(state, card, order);
      const message = "No such card: 14 to 16 digits beginning with 3, 4, 5, 6 or 9, not expired.";
      throw new ControlProblem(400, card.problem, message);
    }
    case "change":
      return changed(state, getMeans(state, order), order);
  }
}

function nobody(): ControlProblem {
  const message = 'No such payer. Make one first: { "kind": "payer", "name", "phone" }.';
  return new ControlProblem(404, "not_found", message);
}

function getMeans(state: PortOneState, order: MeansOrder & { kind: "change" }): Means {
  const customer = state.customers
    .values()
    .find(({ customerUid }) => customerUid === order.customerUid);
  const behind = state.pgKeys.get(customer?.pgKeyId ?? "")?.meansId;
  const means = state.means.get(order.id ?? behind ?? "");
  if (means !== undefined) return means;
  const message = "No such account or card. Name an id or a customerUid.";
  throw new ControlProblem(404, "not_found", message);
}

function changed(
  state: PortOneState,
  means: Means,
  order: { balance?: number | undefined; declineCode?: string | null | undefined },
): Means {
  const next = {
    ...means,
    balance: order.balance ?? means.balance,
    declineCode: order.declineCode === undefined ? means.declineCode : order.declineCode,
  };
  state.means.put(next.id, next);
  return next;
}
