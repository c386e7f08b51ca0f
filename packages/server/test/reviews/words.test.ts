/** What people do to an account beside reviews is on record, too; and where a chain may be cut. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { appendAudit } from "../../src/audit/append-audit.ts";
import { listEntries } from "../../src/audit/audit-store.ts";
import { verifyAudit } from "../../src/audit/verify-audit.ts";
import { createAccount } from "../../src/accounts/create-account.ts";
import { createApiWorld, tossKeys, type ApiWorld } from "../http/api-world.ts";

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.stop());

/** `action subject: reason`, oldest first, of what the API key did. */
async function wordsOf(accountId: string): Promise<string[]> {
  const page = { after: 0, limit: 100 };
  const entries = await listEntries(world.engine.database, accountId, page);
  return entries
    .filter(({ actor }) => actor.startsWith("key_"))
    .map(({ action, reason, subjectId }) => {
      return `${action} ${subjectId.split("_")[0]}${reason === "" ? "" : `: ${reason}`}`;
    });
}

describe("what is done with an API key", () => {
  it("to its account is on record once, and what changes nothing is not", async () => {
    const shop = world.otherShop;
    for (let n = 0; n < 2; n += 1) await shop.post("/v1/account/stop");
    for (let n = 0; n < 2; n += 1) await shop.post("/v1/account/resume");
    await shop.patch("/v1/account", { latePayments: "refund" });
    await shop.patch("/v1/account", { overduePeriods: "collect_latest" });
    expect(await wordsOf(shop.account.id)).toEqual([
      "account.stopped acct",
      "account.resumed acct",
      "account.changed acct",
      "account.changed acct",
    ]);
    const { body } = await world.otherShop.get("/v1/account");
    expect(body).toMatchObject({ latePayments: "refund", overduePeriods: "collect_latest" });
  });

  it("to its connections is on record, without a secret", async () => {
    const { shop } = world;
    const path = "/v1/gateway-connections";
    const { id } = (await shop.post(path, tossKeys)).body as { id: string };
    await shop.patch(`${path}/${id}`, { concurrency: 7 });
    await shop.post(`${path}/${id}/pause`, { reason: "maintenance" });
    await shop.post(`${path}/${id}/pause`, { reason: "again" });
    await shop.post(`${path}/${id}/resume`);
    const { id: successorId } = (await shop.post(path, { ...tossKeys, name: "next" })).body;
    const later = "2099-01-01T00:00:00Z";
    const left = { successorId, reason: "the contract ends", chargesUntil: later };
    expect((await shop.post(`${path}/${id}/sunset`, left)).status).toBe(200);
    await shop.post(`${path}/${id}/sunset/take-back`);
    expect(await wordsOf(shop.account.id)).toEqual([
      "gateway_connection.created gwy",
      "gateway_connection.changed gwy",
      "gateway_connection.paused gwy: maintenance",
      "gateway_connection.resumed gwy: maintenance",
      "gateway_connection.created gwy",
      "gateway_connection.sunset_started gwy: the contract ends",
      "gateway_connection.sunset_taken_back gwy",
    ]);
    const rows = await world.engine.database.query<{ evidence: string }>(
      "select evidence from audit_entries where account_id = $1",
      [shop.account.id],
    );
    expect(rows.some(({ evidence }) => evidence.includes(tossKeys.secretKey))).toBe(false);
    expect(await verifyAudit(world.engine.database, shop.account.id)).toMatchObject({
      problem: undefined,
    });
  });
});

describe("somebody who rewrites a chain from some entry on, and its end with it", () => {
  it("is told by an end that was kept elsewhere, and not by the chain itself", async () => {
    const { database, effects } = world.engine;
    const { id: accountId } = await createAccount(world.engine, { name: "Cut", mode: "test" });
    const decide = (reason: string) =>
      database.transaction((tx) =>
        appendAudit(tx, effects.random, {
          accountId,
          actor: "me",
          action: "charge.give_up",
          subjectId: "chg_1",
          reason,
          evidence: {},
        }),
      );
    await decide("first");
    const cutAt = await verifyAudit(database, accountId);
    await decide("to be forgotten");
    const { end: kept } = await verifyAudit(database, accountId);
    await expect(
      database.execute("update audit_heads set n = 1 where account_id = $1", [accountId]),
    ).rejects.toThrow("only moves on");
    await expect(database.execute("truncate audit_entries")).rejects.toThrow("cannot be changed");

    for (const table of ["audit_entries", "audit_heads"]) {
      await database.execute(`alter table ${table} disable trigger user`);
    }
    await database.execute("delete from audit_entries where account_id = $1 and n = 2", [
      accountId,
    ]);
    const { n, hash } = cutAt.end;
    const back = "update audit_heads set n = $2, hash = $3 where account_id = $1";
    await database.execute(back, [accountId, n, hash]);
    for (const table of ["audit_entries", "audit_heads"]) {
      await database.execute(`alter table ${table} enable trigger user`);
    }
    expect((await verifyAudit(database, accountId)).problem).toBe(undefined);
    expect((await verifyAudit(database, accountId, kept)).problem).toBe(
      "the chain ends with entry 1, and entry 2 was kept",
    );
    await decide("another story");
    expect((await verifyAudit(database, accountId)).problem).toBe(undefined);
    expect((await verifyAudit(database, accountId, kept)).problem).toBe(
      "entry 2 is another than the one that was kept: all since was written anew",
    );
  });
});
