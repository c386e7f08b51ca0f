/** Creates an API key. The key itself is returned once and never stored. */
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { newApiKey } from "../security/api-key.ts";
import type { Secret } from "../security/secret.ts";
import type { Account } from "./account.ts";
import { insertApiKey, type ApiKeyRecord } from "./api-key-store.ts";

export async function createApiKey(
  engine: Pick<Engine, "database" | "effects">,
  account: Account,
  name: string,
): Promise<{ readonly record: ApiKeyRecord; readonly key: Secret }> {
  const { random } = engine.effects;
  const { hash, hint, text } = newApiKey(account.mode, random);
  const id = newId("key", random);
  const record = await insertApiKey(engine.database, {
    accountId: account.id,
    id,
    name,
    hash,
    hint,
  });
  return { record, key: text };
}
