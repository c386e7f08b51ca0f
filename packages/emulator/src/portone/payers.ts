/**
 * The payers of the emulated world, with their bank accounts and cards. Having too little, or a
 * card that declines, is a state somebody put them in, and a charge finds it out.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Store, Table } from "../store.ts";
import { cardCompanyOf, isCardNumber, isDebit } from "./institutions.ts";
import { meansSchema, payerSchema, type Means, type Payer } from "./records.ts";
import { randomId } from "./tokens.ts";

/** What a new account or card starts with: enough to try things, little enough to run out. */
const friendlyBalance = 1_000_000;

export interface Payers {
  readonly payers: Table<Payer>;
  readonly means: Table<Means>;
  findPayerByPhone(phone: string): Payer | undefined;
  /** A payer with that phone stays who they are. */
  addPayer(person: { name: string; phone: string }): Payer;
  /** The same bank and number of the same payer is the same account. */
  addAccount(payerId: string, account: { bankCode: string; number: string }): Means;
  /**
   * The same number is the same card.
   *
   * @returns The code of the problem when no such card exists.
   */
  addCard(card: CardEntry, payerId?: string): Means | { problem: string };
  /** In the order in which they were added. */
  meansOf(payerId: string): Means[];
  /** The code with which a payment is declined now; undefined when it is paid. */
  meansProblem(meansId: string, amount: number): string | undefined;
  /** Negative takes. */
  moveMoney(meansId: string, amount: number): void;
}

/** A card as typed in. */
export interface CardEntry {
  /** Hyphens and spaces do not matter. */
  readonly number: string;
  /** `YYYY-MM`. */
  readonly expiry: string;
}

export function createPayers(store: Store, clock: EmulatorClock): Payers {
  const payers = store.table("portone.payers", payerSchema);
  const means = store.table("portone.means", meansSchema);
  const payersByPhone = payers.index(({ phone }) => phone);
  const meansByPayer = means.index(({ payerId }) => payerId ?? undefined);
  const meansByNumber = means.index(({ number }) => number);
  const findPayerByPhone = (phone: string) => payersByPhone(digits(phone))[0];

  function put(wanted: Omit<Means, "id" | "balance" | "declineCode">): Means {
    const fresh = { id: randomId("means"), balance: friendlyBalance, declineCode: null };
    const added: Means = { ...fresh, ...wanted };
    means.put(added.id, added);
    return added;
  }

  return {
    payers,
    means,
    findPayerByPhone,
    addPayer({ name, phone }) {
      const known = findPayerByPhone(phone);
      if (known !== undefined) return known;
      const payer = { id: randomId("payer"), name, phone: digits(phone) };
      payers.put(payer.id, payer);
      return payer;
    },
    addAccount(payerId, { bankCode, number }) {
      const known = meansByPayer(payerId).find(
        (each) => each.institutionCode === bankCode && each.number === digits(number),
      );
      const account = { payerId, institutionCode: bankCode, number: digits(number) };
      return known ?? put({ ...account, kind: "account", expiry: null, isDebitCard: false });
    },
    addCard(entry, payerId) {
      const number = digits(entry.number);
      if (!isCardNumber(number)) return { problem: "F112" };
      if (hasExpired(entry.expiry, clock)) return { problem: "EXPIRED" };
      const known = meansByNumber(number).find(({ kind }) => kind === "card");
      if (known !== undefined) return known;
      return put({
        payerId: payerId ?? null,
        kind: "card",
        institutionCode: cardCompanyOf(number),
        number,
        expiry: entry.expiry,
        isDebitCard: isDebit(number),
      });
    },
    meansOf: meansByPayer,
    meansProblem(meansId, amount) {
      const found = means.get(meansId);
      if (found === undefined) return "KEY_ENDED";
      if (found.declineCode !== null) return found.declineCode;
      if (found.expiry !== null && hasExpired(found.expiry, clock)) return "EXPIRED";
      if (found.balance >= amount) return undefined;
      return found.kind === "account" ? "INSUFFICIENT_BALANCE" : "OVER_LIMIT";
    },
    moveMoney(meansId, amount) {
      const found = means.get(meansId);
      if (found !== undefined) means.put(meansId, { ...found, balance: found.balance + amount });
    },
  };
}

function digits(text: string): string {
  return text.replaceAll(/\D/g, "");
}

/** A card is good until the end of its month, Korean time. */
function hasExpired(expiry: string, clock: EmulatorClock): boolean {
  const today = clock.now().toZonedDateTimeISO("+09:00").toPlainDate().toPlainYearMonth();
  return expiry < today.toString();
}
