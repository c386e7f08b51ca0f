/**
 * The people of the emulated world: quick-transfer members, their bank accounts, and cards. Having
 * too little money, a closed account or a lost card is a state somebody put them in, and a charge
 * finds it out.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Store, Table } from "../store.ts";
import { isCardNumber } from "./institutions.ts";
import { refusal, type Refusal } from "./refusals.ts";
import { accountSchema, cardSchema, memberSchema } from "./records.ts";
import type { Account, Card, Member } from "./records.ts";
import { randomId } from "./tokens.ts";

/** What a new account or card starts with: enough to try things, little enough to run out. */
const friendlyBalance = 1_000_000;

export interface People {
  readonly members: Table<Member>;
  readonly accounts: Table<Account>;
  readonly cards: Table<Card>;
  findMemberByPhone(phone: string): Member | undefined;
  /** An active member with that phone stays who they are. */
  signUpMember(person: { name: string; phone: string }): Member;
  accountsOf(memberId: string): Account[];
  /** The same bank and number of the same member is the same account. */
  registerAccount(
    memberId: string,
    account: { bankCode: string; number: string; holder?: string },
  ): Account;
  registerCard(card: CardEntry): Card | { error: Refusal };
}

/** What a buyer types into the card window. Years and months have two digits. */
interface CardEntry {
  readonly number: string;
  readonly expiryYear: string;
  readonly expiryMonth: string;
  /** YYMMDD, or ten digits of a business number. */
  readonly birthDate: string;
  /** Undefined where the contract needs none. */
  readonly passwordTwoDigits?: string | undefined;
}

export function createPeople(store: Store, clock: EmulatorClock): People {
  const members = store.table("toss.members", memberSchema);
  const accounts = store.table("toss.accounts", accountSchema);
  const cards = store.table("toss.cards", cardSchema);
  const membersByPhone = members.index((member) => member.phone);
  const accountsByMember = accounts.index((account) => account.memberId);
  const cardsByNumber = cards.index((card) => card.number);

  const findMemberByPhone = (phone: string) =>
    membersByPhone(digits(phone)).find((member) => member.status === "active");

  return {
    members,
    accounts,
    cards,
    findMemberByPhone,
    signUpMember({ name, phone }) {
      const known = findMemberByPhone(phone);
      if (known !== undefined) return known;
      const member: Member = {
        id: randomId("member"),
        name,
        phone: digits(phone),
        status: "active",
      };
      members.put(member.id, member);
      return member;
    },
    accountsOf: accountsByMember,
    registerAccount(memberId, { bankCode, number, holder }) {
      const known = accountsByMember(memberId).find(
        (account) => account.bankCode === bankCode && account.number === digits(number),
      );
      if (known !== undefined) return known;
      const account: Account = {
        id: randomId("account"),
        memberId,
        bankCode,
        number: digits(number),
        holder: holder ?? members.get(memberId)?.name ?? "",
        balance: friendlyBalance,
        state: "open",
      };
      accounts.put(account.id, account);
      return account;
    },
    registerCard(entry) {
      const known = cardsByNumber(entry.number)[0];
      const code = cardProblem(entry, known, clock);
      if (code !== undefined) return { error: refusal(code) };
      const { number, expiryYear, expiryMonth } = entry;
      const fresh = { id: randomId("card"), number, balance: friendlyBalance };
      const card: Card = { ...(known ?? fresh), state: "usable", expiryYear, expiryMonth };
      cards.put(card.id, card);
      return card;
    },
  };
}

function digits(text: string): string {
  return text.replaceAll(/\D/g, "");
}

function cardProblem(
  entry: CardEntry,
  known: Card | undefined,
  clock: EmulatorClock,
): string | undefined {
  if (!isCardNumber(entry.number)) return "INVALID_CARD_NUMBER";
  if (!/^\d{2}$/.test(entry.expiryYear) || !/^(0[1-9]|1[0-2])$/.test(entry.expiryMonth)) {
    return "INVALID_CARD_EXPIRATION";
  }
  if (!/^(\d{6}|\d{10})$/.test(entry.birthDate)) return "INVALID_BIRTH_DAY_FORMAT";
  const password = entry.passwordTwoDigits;
  if (password !== undefined && !/^\d{2}$/.test(password)) return "INVALID_CARD_PASSWORD";
  if (hasExpired(entry, clock)) return "INVALID_CARD_EXPIRATION";
  if (known?.state === "stopped") return "INVALID_STOPPED_CARD";
  if (known?.state === "lost") return "INVALID_CARD_LOST_OR_STOLEN";
  return undefined;
}

/** A card is good until the end of its month, Korean time. */
export function hasExpired(
  card: { expiryYear: string; expiryMonth: string },
  clock: EmulatorClock,
): boolean {
  const today = clock.now().toZonedDateTimeISO("+09:00");
  const thisMonth = today.year * 12 + today.month;
  return (2000 + Number(card.expiryYear)) * 12 + Number(card.expiryMonth) < thisMonth;
}
