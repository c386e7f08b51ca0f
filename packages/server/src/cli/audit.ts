/** `maedal audit verify`: whether what people decided is on record as it was written. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { listAccounts } from "../accounts/account-store.ts";
import type { ChainEnd } from "../audit/audit-entry.ts";
import { verifyAudit } from "../audit/verify-audit.ts";
import { CommandError, report, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

const keptSchema = z.object({
  accounts: z.array(z.object({ accountId: z.string(), entries: z.int(), hash: z.string() })),
});

/** What an earlier run printed with `--json`. */
async function readKept(file: string): Promise<Map<string, ChainEnd>> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) throw new CommandError(`${file} cannot be read.`);
  const kept = keptSchema.safeParse(parsedJson(text));
  if (!kept.success) {
    throw new CommandError(`${file} is not what \`maedal audit verify --json\` prints.`);
  }
  const { accounts } = kept.data;
  return new Map(accounts.map(({ accountId, entries, hash }) => [accountId, { n: entries, hash }]));
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** 1 when a chain is broken. */
export async function verifyAuditCommand(
  terminal: Terminal,
  { json, kept: file }: { readonly json?: boolean; readonly kept?: string },
): Promise<number> {
  const kept = file === undefined ? new Map<string, ChainEnd>() : await readKept(file);
  return await withMaedal(terminal, async ({ engine }) => {
    const accounts = [];
    for (const { id, name } of await listAccounts(engine.database)) {
      const { end, problem } = await verifyAudit(engine.database, id, kept.get(id));
      accounts.push({ accountId: id, name, entries: end.n, hash: end.hash, problem });
    }
    const ok = accounts.every(({ problem }) => problem === undefined);
    const lines = accounts.map(({ accountId, entries, hash, name, problem }) => {
      if (problem !== undefined) return `✗ ${name} (${accountId}): ${problem}`;
      return `✓ ${name} (${accountId}): ${entries} entries${entries === 0 ? "" : `, ending with ${hash}`}`;
    });
    const advice = ok ? [] : ["Somebody changed the database by hand. Compare with a backup."];
    report(terminal, json, { ok, accounts }, [...lines, ...advice].join("\n"));
    return ok ? 0 : 1;
  });
}
