/** Control calls for people with what they pay with: bank accounts, cards, balances. */
import { z } from "zod";
import { bankNames } from "../toss/institutions.ts";
import { accountStates, cardStates } from "../toss/records.ts";
import type { TossState } from "../toss/state.ts";
import { byProvider, ControlProblem, get, post, type ControlCall } from "./call.ts";
import { followPayerOrder, payerOrderSchema } from "./payer-orders.ts";
import { followMeansOrder, meansOrderSchema } from "./portone-orders.ts";
import type { World } from "./world.ts";

const provider = z.literal("toss");
const balance = z.int().min(0).describe("KRW; for a card what can still be charged");
const phone = z.string().regex(/^[\d-]{10,13}$/, "digits, such as 01012345678");

const accountOrderSchema = z.discriminatedUnion("kind", [
  z
    .strictObject({ provider, kind: z.literal("member"), name: z.string().min(1), phone })
    .describe("signs a person up for quick transfer"),
  z
    .strictObject({
      provider,
      kind: z.literal("account"),
      phone: phone.optional().describe("or memberId"),
      memberId: z.string().optional(),
      bankCode: z.string().refine((code) => code in bankNames, "a two-digit bank code, such as 92"),
      number: z.string().min(6),
      balance: balance.optional(),
      state: z.enum(accountStates).optional(),
    })
    .describe("registers a bank account; the same number again changes it"),
  z
    .strictObject({
      provider,
      kind: z.literal("card"),
      number: z.string(),
      expiryYear: z.string().default("99"),
      expiryMonth: z.string().default("12"),
      balance: balance.optional(),
      state: z.enum(cardStates).optional(),
    })
    .describe("makes a card; the same number again changes it"),
  z
    .strictObject({
      provider,
      kind: z.literal("change"),
      id: z.string().optional().describe("of an account or card"),
      billingKey: z.string().optional().describe("the account or card behind it"),
      customerKey: z.string().optional().describe("the one behind that customer's newest key"),
      balance: balance.optional(),
      state: z.enum([...accountStates, ...cardStates]).optional(),
    })
    .describe("changes an account or card"),
]);
type AccountOrder = z.infer<typeof accountOrderSchema>;

export function accountCalls({ toss, linePay, portOne }: World): ControlCall[] {
  const { state } = toss;
  return [
    get("/accounts", "People with what they can pay with, and billing keys.", undefined, () => ({
      members: state.members.values(),
      accounts: state.accounts.values(),
      cards: state.cards.values(),
      billingKeys: state.billingKeys.values(),
      linePay: {
        payers: linePay.state.payers.values(),
        cards: linePay.state.cards.values(),
        regKeys: linePay.state.regKeys.values(),
      },
      portOne: {
        payers: portOne.state.payers.values(),
        means: portOne.state.means.values(),
        customers: portOne.state.customers.values(),
      },
    })),
    post(
      "/accounts",
      "Makes or changes a person, a bank account, a card or a payer.",
      byProvider(accountOrderSchema, payerOrderSchema, meansOrderSchema),
      (order) => {
        if (order.provider === "toss") return follow(state, order);
        if (order.provider === "line_pay") return followPayerOrder(linePay.state, order);
        return followMeansOrder(portOne.state, order);
      },
    ),
  ];
}

function follow(state: TossState, order: AccountOrder): unknown {
  switch (order.kind) {
    case "member":
      return state.signUpMember(order);
    case "account":
      return setAccount(state, order);
    case "card":
      return setCard(state, order);
    case "change":
      return change(state, order);
  }
}

function setAccount(state: TossState, order: AccountOrder & { kind: "account" }): unknown {
  const byPhone = order.phone === undefined ? undefined : state.findMemberByPhone(order.phone);
  const member = byPhone ?? state.members.get(order.memberId ?? "");
  if (member === undefined) {
    const message = 'No such member. Make one first: { "kind": "member", "name", "phone" }.';
    throw new ControlProblem(404, "not_found", message);
  }
  const account = state.registerAccount(member.id, order);
  const { balance: newBalance = account.balance, state: newState = account.state } = order;
  const changed = { ...account, balance: newBalance, state: newState };
  state.accounts.put(account.id, changed);
  return changed;
}

function setCard(state: TossState, order: AccountOrder & { kind: "card" }): unknown {
  const card = state.registerCard({ ...order, birthDate: "900101" });
  if ("error" in card) {
    throw new ControlProblem(400, card.error.code, card.error.messageEnglish);
  }
  const { balance: newBalance = card.balance, state: newState = card.state } = order;
  const changed = { ...card, balance: newBalance, state: newState };
  state.cards.put(card.id, changed);
  return changed;
}

function change(state: TossState, order: AccountOrder & { kind: "change" }): unknown {
  const key =
    state.billingKeys.get(order.billingKey ?? "") ??
    state.billingKeysOfCustomer(order.customerKey ?? "").at(-1);
  const id = order.id ?? key?.accountId ?? key?.cardId ?? "";
  const account = state.accounts.get(id);
  if (account !== undefined) return changeIn(state.accounts, account, accountStates, order);
  const card = state.cards.get(id);
  if (card !== undefined) return changeIn(state.cards, card, cardStates, order);
  const message = "No such account or card. Name an id, billingKey or customerKey.";
  throw new ControlProblem(404, "not_found", message);
}

function changeIn<S extends string, T extends { id: string; balance: number; state: S }>(
  table: { put(key: string, value: T): void },
  holder: T,
  states: readonly S[],
  order: { balance?: number | undefined; state?: string | undefined },
): T {
  const newState = states.find((known) => known === order.state);
  if (order.state !== undefined && newState === undefined) {
    const message = `${holder.id} can be ${states.join(", ")}, not ${order.state}.`;
    throw new ControlProblem(400, "wrong_state", message);
  }
  const balanceAndState = {
    balance: order.balance ?? holder.balance,
    state: newState ?? holder.state,
  };
  const changed = { ...holder, ...balanceAndState };
  table.put(holder.id, changed);
  return changed;
}
