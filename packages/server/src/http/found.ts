/** What a route answers when an id names nothing in the account, another account's things included. */
import { AppError } from "../app-error.ts";

/** @param what Its name: `charge`. @throws {AppError} `not_found`. */
export function found<Thing>(thing: Thing | undefined, what: string, id: string): Thing {
  if (thing === undefined) {
    throw new AppError("not_found", `There is no ${what} ${id.slice(0, 60)} in this account.`);
  }
  return thing;
}
