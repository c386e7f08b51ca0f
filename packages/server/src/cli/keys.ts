/** `maedal keys`: the API keys of an installation's accounts. */
import { createAccount } from "../accounts/create-account.ts";
import { createApiKey } from "../accounts/create-api-key.ts";
import { listAccounts } from "../accounts/account-store.ts";
import type { Account } from "../accounts/account.ts";
import { listApiKeys, revokeApiKey, type ApiKeyRecord } from "../accounts/api-key-store.ts";
import { recordWord } from "../audit/record-word.ts";
import type { Engine } from "../engine.ts";
import { personAtCommandLine } from "./person.ts";
import { CommandError, report, table, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

export interface KeyOptions {
  readonly json?: boolean;
  readonly account: string;
  readonly mode: string;
  readonly name: string;
}

/** The account is made on first use. The key is shown this once. */
export async function createKey(terminal: Terminal, options: KeyOptions): Promise<number> {
  const { json, mode, name } = options;
  if (mode !== "test" && mode !== "live") throw new CommandError("--mode is test or live.");
  return await withMaedal(terminal, async ({ engine }) => {
    const account = await accountNamed(engine, options.account, mode);
    const { key, record } = await createApiKey(engine, account, name, personAtCommandLine());
    const value = { id: record.id, accountId: account.id, mode, name, key: key.reveal() };
    const text = `${key.reveal()}\n\nThe ${mode} key of ${account.name} (${account.id}). It is shown only now.`;
    report(terminal, json, value, text);
    return 0;
  });
}

async function accountNamed(engine: Engine, name: string, mode: Account["mode"]): Promise<Account> {
  const accounts = await listAccounts(engine.database);
  const known = accounts.find((account) => account.name === name && account.mode === mode);
  return known ?? (await createAccount(engine, { name, mode }));
}

export async function listKeys(terminal: Terminal, options: { json?: boolean }): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const accounts = new Map(
      (await listAccounts(engine.database)).map((account) => [account.id, account]),
    );
    const keys = (await listApiKeys(engine.database)).map((key) => ({
      id: key.id,
      account: accounts.get(key.accountId)?.name ?? key.accountId,
      mode: accounts.get(key.accountId)?.mode ?? "",
      name: key.name,
      hint: key.hint,
      createdAt: key.createdAt.toString(),
      revokedAt: key.revokedAt?.toString() ?? null,
    }));
    const rows = keys.map((key) => {
      return [
        key.id,
        key.hint,
        key.account,
        key.name,
        key.revokedAt === null ? "active" : "revoked",
      ];
    });
    const text = keys.length === 0 ? "There are no keys: make one with `maedal keys create`." : "";
    const shown = text || table([["ID", "KEY", "ACCOUNT", "NAME", "STATE"], ...rows]);
    report(terminal, options.json, { items: keys }, shown);
    return 0;
  });
}

export async function revokeKey(
  terminal: Terminal,
  id: string,
  options: { json?: boolean },
): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const key = await revoke(engine, id);
    if (key === undefined) {
      throw new CommandError(`There is no API key ${id}: see \`maedal keys list\`.`);
    }
    const value = { id, revokedAt: key.revokedAt?.toString() ?? null };
    report(terminal, options.json, value, `${key.hint} is refused from now on.`);
    return 0;
  });
}

async function revoke(
  { database, effects }: Engine,
  id: string,
): Promise<ApiKeyRecord | undefined> {
  return await database.transaction(async (tx) => {
    const key = await revokeApiKey(tx, id);
    if (key === undefined) return undefined;
    const { accountId, hint } = key;
    const word = { accountId, by: personAtCommandLine(), action: "api_key.revoked", subjectId: id };
    await recordWord(tx, effects.random, { ...word, evidence: { hint } });
    return key;
  });
}
