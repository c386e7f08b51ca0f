import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccount } from "../../src/accounts/create-account.ts";
import { appendAudit } from "../../src/audit/append-audit.ts";
import { verifyAudit } from "../../src/audit/verify-audit.ts";
import { createApiWorld, type ApiWorld } from "../http/api-world.ts";

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.stop());

async function newChain(decisions: number): Promise<string> {
  const { engine } = world;
  const { id: accountId } = await createAccount(engine, { name: "Audited", mode: "test" });
  for (let n = 1; n <= decisions; n += 1) await decide(accountId, n);
  return accountId;
}

async function decide(accountId: string, n: number): Promise<void> {
  const { database, effects } = world.engine;
  await database.transaction((tx) =>
    appendAudit(tx, effects.random, {
      accountId,
      actor: "김매달",
      action: "charge.not_paid",
      subjectId: `chg_${n}`,
      reason: "콘솔에서 확인",
      evidence: { orderId: `ORDER${n}`, said: "a\u0000b \ud800" },
    }),
  );
}

async function problemOf(accountId: string): Promise<string | undefined> {
  return (await verifyAudit(world.engine.database, accountId)).problem;
}

/** What nobody may do who has no more than the program's own rights to the table. */
async function tamper(sql: string, values: readonly unknown[]): Promise<void> {
  const { database } = world.engine;
  await database.execute("alter table audit_entries disable trigger audit_entries_are_append_only");
  await database.execute(sql, values);
  await database.execute("alter table audit_entries enable trigger audit_entries_are_append_only");
}

describe("an account's audit chain", () => {
  it("is whole as it was written, however many decide at once", async () => {
    const accountId = await newChain(0);
    expect(await verifyAudit(world.engine.database, accountId)).toEqual({
      end: { n: 0, hash: "" },
      problem: undefined,
    });
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => decide(accountId, n)));
    const { end, problem } = await verifyAudit(world.engine.database, accountId);
    expect([end.n, problem]).toEqual([8, undefined]);
  });

  it("takes no change and no deletion", async () => {
    const accountId = await newChain(1);
    const { database } = world.engine;
    for (const sql of ["update audit_entries set reason = 'x'", "delete from audit_entries"]) {
      const change = database.execute(`${sql} where account_id = $1`, [accountId]);
      await expect(change).rejects.toThrow("an entry of audit_entries cannot be changed");
    }
  });
});

describe("somebody with every right to the database, who", () => {
  it("changes an entry is told by its hash", async () => {
    const accountId = await newChain(3);
    const change = "update audit_entries set actor = 'nobody' where account_id = $1 and n = 2";
    await tamper(change, [accountId]);
    expect(await problemOf(accountId)).toMatch(/^entry 2 \(aud_\w+\) is not as it was written$/);
  });

  it("takes an entry out is told by the gap", async () => {
    const accountId = await newChain(3);
    await tamper("delete from audit_entries where account_id = $1 and n = 2", [accountId]);
    expect(await problemOf(accountId)).toBe("entry 2 is missing: 3 follows 1");
  });

  it("cuts the end off is told by the end that is missing", async () => {
    const accountId = await newChain(3);
    await tamper("delete from audit_entries where account_id = $1 and n = 3", [accountId]);
    expect(await problemOf(accountId)).toMatch(/^the chain ends with entry 2 .* and 3 /);
  });
});
