/** SQL of customers. */
import type { Temporal } from "temporal-polyfill";
import { AppError } from "../app-error.ts";
import { isUniqueViolation } from "../db/database-errors.ts";
import { statement, type Queryable, type Transaction } from "../db/database.ts";
import { pageClause, pageOfRows, pageValues, type Page, type PageRequest } from "../db/page.ts";
import type { Customer } from "./customer.ts";

interface CustomerRow {
  account_id: string;
  id: string;
  external_id: string | null;
  name: string | null;
  email: string | null;
  phone: string | null;
  locale: string;
  zone: string;
  test_clock_id: string | null;
  created_at: Temporal.Instant;
}

const columns =
  "account_id, id, external_id, name, email, phone, locale, zone, test_clock_id, created_at";

function toCustomer(row: CustomerRow): Customer {
  return {
    accountId: row.account_id,
    id: row.id,
    externalId: row.external_id ?? undefined,
    name: row.name ?? undefined,
    email: row.email ?? undefined,
    phone: row.phone ?? undefined,
    locale: row.locale,
    zone: row.zone,
    testClockId: row.test_clock_id ?? undefined,
    createdAt: row.created_at,
  };
}

const insert = statement(
  "customer_insert",
  `insert into customers (account_id, id, external_id, name, email, phone, locale, zone,
     test_clock_id)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${columns}`,
);

/** @throws {AppError} `external_id_taken`. */
export async function insertCustomer(
  tx: Transaction,
  it: Omit<Customer, "createdAt">,
): Promise<Customer> {
  try {
    const [row] = await tx.query<CustomerRow>(insert, [
      it.accountId,
      it.id,
      it.externalId ?? null,
      it.name ?? null,
      it.email ?? null,
      it.phone ?? null,
      it.locale,
      it.zone,
      it.testClockId ?? null,
    ]);
    if (row === undefined) throw new Error("the inserted customer was not returned");
    return toCustomer(row);
  } catch (error) {
    if (!isUniqueViolation(error, "customers_account_id_external_id_key")) throw error;
    const message = `Another customer has the externalId ${it.externalId ?? ""}: find it with GET /v1/customers?externalId=…`;
    throw new AppError("external_id_taken", message, {}, error);
  }
}

const byId = statement(
  "customer_by_id",
  `select ${columns} from customers where account_id = $1 and id = $2`,
);

export async function findCustomer(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<Customer | undefined> {
  const [row] = await db.query<CustomerRow>(byId, [accountId, id]);
  return row && toCustomer(row);
}

const list = statement(
  "customers_list",
  `select ${columns} from customers c
   where account_id = $1 and ($2::text is null or external_id = $2) ${pageClause("c", 3)}`,
);

/** Newest first. */
export async function listCustomers(
  db: Queryable,
  accountId: string,
  filter: { readonly externalId?: string | undefined },
  page: PageRequest,
): Promise<Page<Customer>> {
  const values = [accountId, filter.externalId ?? null, ...pageValues(page)];
  const rows = await db.query<CustomerRow>(list, values);
  return pageOfRows(rows.map(toCustomer), page.limit);
}

export interface CustomerChange {
  readonly name?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly locale?: string | undefined;
}

const update = statement(
  "customer_update",
  `update customers set name = case when $3 then $4 else name end,
     email = case when $5 then $6 else email end, phone = case when $7 then $8 else phone end,
     locale = coalesce($9, locale)
   where account_id = $1 and id = $2 returning ${columns}`,
);

/** Undefined leaves a field as it is, null empties it. @returns undefined when there is none. */
export async function updateCustomer(
  db: Queryable,
  accountId: string,
  id: string,
  { name, email, phone, locale }: CustomerChange,
): Promise<Customer | undefined> {
  const [row] = await db.query<CustomerRow>(update, [
    accountId,
    id,
    name !== undefined,
    name ?? null,
    email !== undefined,
    email ?? null,
    phone !== undefined,
    phone ?? null,
    locale ?? null,
  ]);
  return row && toCustomer(row);
}
