/** Creates an account, with a data key of its own. */
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { insertAccount } from "./account-store.ts";
import type { Account } from "./account.ts";

export async function createAccount(
  engine: Pick<Engine, "database" | "effects" | "keys">,
  wanted: Pick<Account, "name" | "mode">,
): Promise<Account> {
  const id = newId("acct", engine.effects.random);
  const wrappedDataKey = engine.keys.newWrappedDataKey(id);
  return await insertAccount(engine.database, { ...wanted, id, wrappedDataKey });
}
