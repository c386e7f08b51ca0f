/** `maedal audit verify`: whether what people decided is on record as it was written. */
import { listAccounts } from "../accounts/account-store.ts";
import { verifyAudit } from "../audit/verify-audit.ts";
import { report, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

/** 1 when a chain is broken. */
export async function verifyAuditCommand(
  terminal: Terminal,
  { json }: { readonly json?: boolean },
): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const accounts = [];
    for (const { id, name } of await listAccounts(engine.database)) {
      const { end, problem } = await verifyAudit(engine.database, id);
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
