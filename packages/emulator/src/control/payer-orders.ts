/** What POST /accounts takes and does for LINE Pay: payers, their balances and cards. */
import { z } from "zod";
import { currencies, type Currency } from "../line-pay/money.ts";
import { cardBrands, payerStates, type Card, type Payer } from "../line-pay/records.ts";
import type { LinePayState } from "../line-pay/state.ts";
import { ControlProblem } from "./call.ts";

const provider = z.literal("line_pay");
const smallestUnit = "in the currency's smallest unit: TWD has no decimals, THB and USD two";
const balance = z.int().min(0).describe(smallestUnit);
const currency = z.enum(currencies);
const declineCode = z
  .string()
  .regex(/^\d{4}$/, "a returnCode, such as 1282")
  .nullable()
  .describe("the returnCode with which the card declines; null pays");

export const payerOrderSchema = z.discriminatedUnion("kind", [
  z
    .strictObject({
      provider,
      kind: z.literal("payer"),
      name: z.string().min(1),
      email: z.email().optional(),
      phone: z.string().optional(),
      balances: z.partialRecord(currency, balance).optional().describe(smallestUnit),
    })
    .describe("a LINE Pay user"),
  z
    .strictObject({
      provider,
      kind: z.literal("card"),
      payerId: z.string(),
      brand: z.enum(cardBrands).default("VISA"),
      nickname: z.string().default(""),
      last4: z
        .string()
        .regex(/^\d{4}$/, "four digits")
        .default("4242"),
      declineCode: declineCode.default(null),
    })
    .describe("adds a card to a payer"),
  z
    .strictObject({
      provider,
      kind: z.literal("top_up"),
      payerId: z.string().optional().describe("or regKey"),
      regKey: z.string().optional(),
      currency: currency.optional().describe("else the key's, or TWD"),
      amount: z.int().min(1).describe(smallestUnit),
    })
    .describe("the payer tops up their balance"),
  z
    .strictObject({
      provider,
      kind: z.literal("change"),
      id: z.string().optional().describe("of a payer or card"),
      regKey: z.string().optional().describe("the payer and the card behind it"),
      balance: balance.optional(),
      currency: currency.optional().describe("else the key's, or TWD"),
      state: z.enum(payerStates).optional().describe("of the payer"),
      declineCode: declineCode.optional(),
      isRemoved: z.literal(true).optional().describe("the payer takes the card out of LINE Pay"),
    })
    .describe("changes a payer or a card"),
]);
type PayerOrder = z.infer<typeof payerOrderSchema>;

/** @returns The payer or the card as it is now; for a change both, where there is a card. */
export function followPayerOrder(state: LinePayState, order: PayerOrder): unknown {
  switch (order.kind) {
    case "payer":
      return state.addPayer(order);
    case "card":
      return addCard(state, order);
    case "top_up": {
      const { payer, usualCurrency } = getPayer(state, { id: order.payerId, regKey: order.regKey });
      const wanted = order.currency ?? usualCurrency;
      state.moveMoney({ payerId: payer.id, method: "balance" }, order.amount, wanted);
      return state.payers.get(payer.id);
    }
    case "change":
      return change(state, order);
  }
}

function addCard(state: LinePayState, order: PayerOrder & { kind: "card" }): Card {
  const { payerId, brand, nickname, last4 } = order;
  getPayer(state, { id: payerId });
  const card = { ...state.addCard({ payerId, brand, nickname, last4 }), ...codeOf(order) };
  state.cards.put(card.id, card);
  return card;
}

function change(state: LinePayState, order: PayerOrder & { kind: "change" }): unknown {
  const { payer, card, usualCurrency } = getPayer(state, order);
  const wanted = order.currency ?? usualCurrency;
  const balances =
    order.balance === undefined ? payer.balances : { ...payer.balances, [wanted]: order.balance };
  state.payers.put(payer.id, { ...payer, balances, state: order.state ?? payer.state });
  if (card !== undefined) {
    state.cards.put(card.id, { ...card, ...codeOf(order) });
    if (order.isRemoved === true) state.removeCard(card.id);
  } else if (order.declineCode !== undefined || order.isRemoved === true) {
    const message = "No card is meant. Name the id of a card, or a regKey that is on one.";
    throw new ControlProblem(404, "not_found", message);
  }
  return { payer: state.payers.get(payer.id), card: card && state.cards.get(card.id) };
}

function codeOf(order: { declineCode?: string | null | undefined }) {
  return order.declineCode === undefined ? {} : { declineCode: order.declineCode };
}

interface Meant {
  readonly payer: Payer;
  readonly card: Card | undefined;
  readonly usualCurrency: Currency;
}

/** @throws {ControlProblem} when the order names nobody. */
function getPayer(
  state: LinePayState,
  { id = "", regKey = "" }: { id?: string | undefined; regKey?: string | undefined },
): Meant {
  const key = state.regKeys.get(regKey);
  const card = state.cards.get(key?.method ?? id);
  const payer = state.payers.get(key?.payerId ?? card?.payerId ?? id);
  if (payer === undefined) {
    const message = "No such payer or card. Name the id of one, or a regKey.";
    throw new ControlProblem(404, "not_found", message);
  }
  const usualCurrency = state.merchants.get(key?.channelId ?? "")?.currency ?? "TWD";
  return { payer, card, usualCurrency };
}
