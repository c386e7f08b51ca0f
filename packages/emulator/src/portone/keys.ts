/**
 * Billing keys: what PortOne keeps under a customer_uid, and the key at the PG behind it. Making a
 * key under a customer_uid that has one replaces the mapping, silently; the old key lives on at the
 * PG. A payer who ends a key there is not announced: the next charge finds out.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Store, Table } from "../store.ts";
import { customerSchema, pgKeySchema, type Customer, type PgKey } from "./records.ts";
import { randomId } from "./tokens.ts";

type KeyOrder = Omit<Customer, "pgKeyId" | "insertedAt" | "updatedAt"> & {
  readonly meansId: string;
};

export interface Keys {
  readonly customers: Table<Customer>;
  readonly pgKeys: Table<PgKey>;
  getCustomer(impCode: string, customerUid: string): Customer | undefined;
  /** Makes a key at the PG and keeps it under the customer_uid, replacing one that was there. */
  issueKey(order: KeyOrder): Customer;
  /** The key at the PG lives on. */
  deleteCustomer(customer: Customer): void;
  /** False when there is no such key or it has ended already. */
  endPgKey(pgKeyId: string, by: "payer" | "merchant" | "fault"): boolean;
  /** Undefined once it has ended. */
  livingKeyOf(customer: Customer): PgKey | undefined;
  /** Keys at PGs on what the payer pays with, ended ones too, oldest first. */
  pgKeysOn(meansIds: readonly string[]): PgKey[];
}

export function createKeys(store: Store, clock: EmulatorClock): Keys {
  const customers = store.table("portone.customers", customerSchema);
  const pgKeys = store.table("portone.pgKeys", pgKeySchema);
  const nameOf = (impCode: string, customerUid: string) => `${impCode} ${customerUid}`;
  const getCustomer = (impCode: string, customerUid: string) =>
    customers.get(nameOf(impCode, customerUid));

  return {
    customers,
    pgKeys,
    getCustomer,
    issueKey({ meansId, ...order }) {
      const { impCode, customerUid, channel } = order;
      const at = clock.nowText();
      const pgKeyId = randomId("pgkey");
      const { pgProvider } = channel;
      const key = { id: pgKeyId, impCode, customerUid, pgProvider, meansId };
      pgKeys.put(pgKeyId, { ...key, issuedAt: at, ended: null });
      const insertedAt = getCustomer(impCode, customerUid)?.insertedAt ?? at;
      const customer = { ...order, pgKeyId, insertedAt, updatedAt: at };
      customers.put(nameOf(impCode, customerUid), customer);
      return customer;
    },
    deleteCustomer: ({ impCode, customerUid }) => customers.delete(nameOf(impCode, customerUid)),
    endPgKey(pgKeyId, by) {
      const key = pgKeys.get(pgKeyId);
      if (key === undefined || key.ended !== null) return false;
      pgKeys.put(pgKeyId, { ...key, ended: { by, at: clock.nowText() } });
      return true;
    },
    livingKeyOf({ pgKeyId }) {
      const key = pgKeys.get(pgKeyId);
      return key?.ended === null ? key : undefined;
    },
    pgKeysOn: (meansIds) => pgKeys.values().filter(({ meansId }) => meansIds.includes(meansId)),
  };
}
