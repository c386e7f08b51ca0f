/** Creates a customer. */
import type { Account } from "../accounts/account.ts";
import { AppError } from "../app-error.ts";
import { isKnownZone } from "../calendar/billing-period.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { findTestClock } from "../test-clocks/test-clock-store.ts";
import { insertCustomer } from "./customer-store.ts";
import type { Customer } from "./customer.ts";

/** @throws {AppError} `invalid_request`, `wrong_mode`, `not_found`, `external_id_taken`. */
export async function createCustomer(
  engine: Engine,
  account: Account,
  wanted: Omit<Customer, "accountId" | "id" | "createdAt">,
): Promise<Customer> {
  const accountId = account.id;
  const { testClockId, zone } = wanted;
  if (!isKnownZone(zone)) {
    const message = "must be an IANA time zone, such as Asia/Seoul";
    const errors = [{ path: "zone", message }];
    throw new AppError("invalid_request", `Mend this field: zone ${message}.`, { errors });
  }
  if (testClockId !== undefined && account.mode !== "test") {
    throw new AppError("wrong_mode", "Test clocks are for test accounts: leave out testClockId.");
  }
  return await engine.database.transaction(async (tx) => {
    if (testClockId !== undefined && !(await findTestClock(tx, accountId, testClockId))) {
      throw new AppError("not_found", `There is no test clock ${testClockId}.`);
    }
    return await insertCustomer(tx, {
      ...wanted,
      accountId,
      id: newId("cus", engine.effects.random),
    });
  });
}
