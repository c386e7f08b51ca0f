/** Creates an API key. The key itself is returned once and never stored. */
import { recordWord } from "../audit/record-word.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { newApiKey } from "../security/api-key.ts";
import type { Secret } from "../security/secret.ts";
import type { Account } from "./account.ts";
import { insertApiKey, type ApiKeyRecord } from "./api-key-store.ts";

/** @param by Who; the program itself, which sets something up, unless told. */
export async function createApiKey(
  engine: Pick<Engine, "database" | "effects">,
  account: Account,
  name: string,
  by = "maedal",
): Promise<{ readonly record: ApiKeyRecord; readonly key: Secret }> {
  const { random } = engine.effects;
  const { hash, hint, text } = newApiKey(account.mode, random);
  const id = newId("key", random);
  const accountId = account.id;
  const record = await engine.database.transaction(async (tx) => {
    const inserted = await insertApiKey(tx, { accountId, id, name, hash, hint });
    const word = { accountId, by, action: "api_key.created", subjectId: id };
    await recordWord(tx, random, { ...word, evidence: { name, hint } });
    return inserted;
  });
  return { record, key: text };
}
