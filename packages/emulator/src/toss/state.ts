/**
 * TossState: all that the emulated Toss Payments knows, and what a buyer does in its windows.
 * What a merchant does over the API is in routes.ts and the files it names.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Ledger } from "../ledger.ts";
import type { Store, Table } from "../store.ts";
import { createBillingAuths, type BillingAuths } from "./billing-auths.ts";
import { createPeople, type People } from "./people.ts";
import { createMerchants, type Merchants } from "./merchants.ts";
import {
  billingKeySchema,
  paymentSchema,
  replaySchema,
  transactionSchema,
  type BillingKey,
  type Payment,
  type Replay,
  type Transaction,
} from "./records.ts";
import { defaultTossSwitches, tossSwitchesSchema, type TossSwitches } from "./switches.ts";

/** Told of what Toss would notify merchants of. */
export interface TossEvents {
  billingKeyRemoved(key: BillingKey, reason: string): void;
  paymentStatusChanged(payment: Payment): void;
}

/**
 * For the windows: openBillingAuth, getBillingAuth, approveBillingAuth, failBillingAuth,
 * findMemberByPhone, signUpMember, accountsOf, registerAccount, registerCard, withdrawMember.
 * What can be refused returns `{ error: { code, message } }`.
 */
export interface TossState extends Merchants, People, BillingAuths {
  readonly clock: EmulatorClock;
  readonly ledger: Ledger;
  readonly events: TossEvents;
  readonly billingKeys: Table<BillingKey>;
  readonly payments: Table<Payment>;
  readonly transactions: Table<Transaction>;
  /** Oldest first. */
  transactionsOfMerchant(merchantId: string): Transaction[];
  readonly replays: Table<Replay>;
  /** Keys of a customerKey, oldest first, dead ones too. */
  billingKeysOfCustomer(customerKey: string): BillingKey[];
  /** The payments of one merchant under one order id, oldest first: one, unless Toss is broken. */
  paymentsOfOrder(merchantId: string, orderId: string): Payment[];
  switches(): TossSwitches;
  setSwitches(changes: Partial<TossSwitches>): TossSwitches;
  /** The key dies, once; says whether it was alive. Merchants are told by webhook. */
  removeBillingKey(billingKey: string, reason: string): boolean;
  /** The member leaves quick transfer: all keys on their accounts die. Returns those keys. */
  withdrawMember(memberId: string): { billingKeys: string[] };
  /** Puts the default merchant and one member with three accounts (phone 01012345678) there. */
  seed(): void;
}

export interface TossStateDeps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly ledger: Ledger;
  readonly events: TossEvents;
}

export function createTossState({ store, clock, ledger, events }: TossStateDeps): TossState {
  const merchants = createMerchants(store);
  const people = createPeople(store, clock);
  const billingKeys = store.table("toss.billingKeys", billingKeySchema);
  const payments = store.table("toss.payments", paymentSchema);
  const transactions = store.table("toss.transactions", transactionSchema);
  const switchTable = store.table("toss.switches", tossSwitchesSchema);
  const keysByAccount = billingKeys.index((key) => key.accountId ?? undefined);
  const keysByCustomer = billingKeys.index((key) => key.customerKey);
  const paymentsByOrder = payments.index((payment) => `${payment.merchantId} ${payment.orderId}`);

  const switches = () => switchTable.get("current") ?? defaultTossSwitches;
  const auths = createBillingAuths({ store, clock, merchants, people });

  function removeBillingKey(billingKey: string, reason: string): boolean {
    const key = billingKeys.get(billingKey);
    if (key === undefined || key.removedAt !== null) return false;
    const removed = { ...key, removedAt: clock.nowText() };
    billingKeys.put(billingKey, removed);
    events.billingKeyRemoved(removed, reason);
    return true;
  }

  return {
    ...merchants,
    ...people,
    ...auths,
    clock,
    ledger,
    events,
    billingKeys,
    payments,
    transactions,
    transactionsOfMerchant: transactions.index((transaction) => transaction.merchantId),
    replays: store.table("toss.replays", replaySchema),
    billingKeysOfCustomer: keysByCustomer,
    paymentsOfOrder: (merchantId, orderId) => paymentsByOrder(`${merchantId} ${orderId}`),
    switches,
    setSwitches(changes) {
      const next = { ...switches(), ...changes };
      switchTable.put("current", next);
      return next;
    },
    removeBillingKey,
    withdrawMember(memberId) {
      const member = people.members.get(memberId);
      if (member === undefined || member.status === "withdrawn") return { billingKeys: [] };
      people.members.put(memberId, { ...member, status: "withdrawn" });
      const keys = people
        .accountsOf(memberId)
        .flatMap((account) => keysByAccount(account.id))
        .map((key) => key.billingKey)
        .filter((key) => removeBillingKey(key, "퀵계좌이체 탈퇴"));
      return { billingKeys: keys };
    },
    seed() {
      merchants.seedMerchant();
      if (people.members.size > 0) return;
      const member = people.signUpMember({ name: "김매달", phone: "01012345678" });
      people.registerAccount(member.id, { bankCode: "92", number: "100012341234" });
      people.registerAccount(member.id, { bankCode: "88", number: "110234567890" });
      people.registerAccount(member.id, { bankCode: "06", number: "94420201234567" });
    },
  };
}
