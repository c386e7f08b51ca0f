/**
 * The payers of the emulated world, with their balances and cards. Having too little, or a card
 * that declines, is a state somebody put them in, and a charge finds it out.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Store, Table } from "../store.ts";
import type { Currency } from "./money.ts";
import { cardSchema, payerSchema, type Card, type PayInfo, type Payer } from "./records.ts";
import { randomId } from "./tokens.ts";

/** What a payer can pay with. `"balance"`, or the id of a card, names one of them. */
export interface PayerMethods {
  readonly balanceMinor: number;
  /** In the order in which they were added; removed ones are not among them. */
  readonly cards: readonly Card[];
}

export interface Payers {
  readonly payers: Table<Payer>;
  readonly cards: Table<Card>;
  /**
   * @param balances In the smallest unit of each currency; 0 when not given.
   * @param email Numbered when not given, `payer-2@line-pay.example`; likewise the phone.
   */
  addPayer(payer: {
    name: string;
    email?: string | undefined;
    phone?: string | undefined;
    balances?: Partial<Record<Currency, number>> | undefined;
  }): Payer;
  /** By e-mail, whatever its case, or by phone, whatever stands between the digits. */
  findPayer(identity: string): Payer | undefined;
  addCard(card: Pick<Card, "payerId" | "brand" | "nickname" | "last4">): Card;
  /** The customer takes the card out of LINE Pay; keys on it answer 1141 from now on. */
  removeCard(cardId: string): void;
  methodsOf(payerId: string, currency: Currency): PayerMethods;
  /** Why the method does not pay, as a returnCode; undefined when it does. */
  methodProblem(chosen: Chosen, amountMinor: number, currency: Currency): string | undefined;
  /** Adds to a balance; a card is not a store of money here, so nothing happens to it. */
  moveMoney(chosen: Chosen, amountMinor: number, currency: Currency): void;
  /** One entry of an answer's payInfo. */
  payInfoOf(chosen: Chosen, amountMinor: number, isMasked: boolean): PayInfo;
}

/** A payer with one of their methods. */
export interface Chosen {
  readonly payerId: string;
  readonly method: string;
}

export function createPayers(store: Store, clock: EmulatorClock): Payers {
  const payers = store.table("linePay.payers", payerSchema);
  const cards = store.table("linePay.cards", cardSchema);
  const payersByEmail = payers.index((payer) => payer.email);
  const payersByPhone = payers.index((payer) => payer.phone);
  const cardsByPayer = cards.index((card) => card.payerId);

  return {
    payers,
    cards,
    addPayer({ name, email, phone, balances = {} }) {
      const { TWD = 0, THB = 0, USD = 0 } = balances;
      const number = payers.size + 1;
      const payer: Payer = {
        id: randomId("payer"),
        name,
        email: (email ?? `payer-${number}@line-pay.example`).toLowerCase(),
        phone: digits(phone ?? `09${String(number).padStart(8, "0")}`),
        state: "active",
        balances: { TWD, THB, USD },
      };
      payers.put(payer.id, payer);
      return payer;
    },
    findPayer(identity) {
      const email = identity.trim().toLowerCase();
      const phone = digits(identity);
      if (email.includes("@")) return payersByEmail(email)[0];
      return phone === "" ? undefined : payersByPhone(phone)[0];
    },
    addCard(card) {
      const added: Card = { id: randomId("card"), ...card, declineCode: null, removedAt: null };
      cards.put(added.id, added);
      return added;
    },
    removeCard(cardId) {
      const card = cards.get(cardId);
      if (card !== undefined) cards.put(cardId, { ...card, removedAt: clock.nowText() });
    },
    methodsOf: (payerId, currency) => ({
      balanceMinor: payers.get(payerId)?.balances[currency] ?? 0,
      cards: cardsByPayer(payerId).filter((card) => card.removedAt === null),
    }),
    methodProblem({ payerId, method }, amountMinor, currency) {
      const payer = payers.get(payerId);
      if (payer === undefined || payer.state === "left") return "1101";
      if (payer.state === "suspended") return "1102";
      if (method === "balance") return payer.balances[currency] < amountMinor ? "1142" : undefined;
      const card = cards.get(method);
      if (card === undefined || card.removedAt !== null) return "1141";
      return card.declineCode ?? undefined;
    },
    moveMoney({ payerId, method }, amountMinor, currency) {
      const payer = payers.get(payerId);
      if (payer === undefined || method !== "balance") return;
      const balance = payer.balances[currency] + amountMinor;
      payers.put(payerId, { ...payer, balances: { ...payer.balances, [currency]: balance } });
    },
    payInfoOf({ method }, amountMinor, isMasked) {
      const card = cards.get(method);
      if (card === undefined) return { method: "BALANCE", amountMinor };
      const info: PayInfo = {
        method: "CREDIT_CARD",
        amountMinor,
        creditCardNickname: card.nickname,
        creditCardBrand: card.brand,
      };
      return isMasked ? { ...info, maskedCreditCardNumber: `**** **** **** ${card.last4}` } : info;
    },
  };
}

function digits(text: string): string {
  return text.replaceAll(/\D/g, "");
}
