import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beginRun, noteCommit, type Run } from "../../src/http/idempotency-store.ts";
import { createApiWorld, monthlyPlan, type ApiWorld } from "./api-world.ts";

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(async () => {
  await world.stop();
});

const keyed = (key: string) => ({ "idempotency-key": key });
const setCreatedAgo = (key: string, seconds: number) =>
  world.engine.database.execute(
    `update idempotent_requests set created_at = now() - $2 * interval '1 second'
     where idempotency_key = $1`,
    [key, seconds],
  );
/** What a process leaves that died before its first commit. */
const forgetOutcome = (key: string) =>
  world.engine.database.execute(
    "update idempotent_requests set status = null, body = null where idempotency_key = $1",
    [key],
  );

describe("a POST that is sent twice with one idempotency key", () => {
  it("is done once and answered the same", async () => {
    const first = await world.shop.post("/v1/plans", monthlyPlan, keyed("same"));
    const before = await world.rowCounts();
    const second = await world.shop.post("/v1/plans", monthlyPlan, keyed("same"));
    expect(second.status).toBe(first.status);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(await world.rowCounts()).toEqual(before);
  });

  it("is refused when it says something else the second time", async () => {
    await world.shop.post("/v1/plans", monthlyPlan, keyed("other"));
    const before = await world.rowCounts();
    const changed = { ...monthlyPlan, amount: 1 };
    const { body, status } = await world.shop.post("/v1/plans", changed, keyed("other"));
    expect({ code: body["code"], status }).toEqual({ code: "idempotency_key_reused", status: 422 });
    expect(await world.rowCounts()).toEqual(before);
  });

  it("is another request in another account", async () => {
    const mine = await world.shop.post("/v1/plans", monthlyPlan, keyed("shared"));
    const theirs = await world.otherShop.post("/v1/plans", monthlyPlan, keyed("shared"));
    expect(theirs.status).toBe(201);
    expect(theirs.body["id"]).not.toBe(mine.body["id"]);
  });

  it("is done once when both arrive together", async () => {
    const send = () => world.shop.post("/v1/customers", {}, keyed("together"));
    const before = await world.rowCounts();
    const answers = await Promise.all([send(), send(), send(), send()]);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    const after = await world.rowCounts();
    expect(after).toEqual({ ...before, customers: (before["customers"] ?? 0) + 1 });
  });
});

describe("a request that was refused", () => {
  it("leaves its key free, to be mended and sent again", async () => {
    const wrong = await world.shop.post("/v1/plans", { ...monthlyPlan, amount: 0 }, keyed("mend"));
    const right = await world.shop.post("/v1/plans", monthlyPlan, keyed("mend"));
    expect([wrong.status, right.status]).toEqual([422, 201]);
  });

  it("leaves its key free when there was nothing at its address", async () => {
    const lost = await world.shop.post("/v1/plan", monthlyPlan, keyed("lost"));
    const right = await world.shop.post("/v1/plans", monthlyPlan, keyed("lost"));
    expect([lost.status, right.status]).toEqual([404, 201]);
  });
});

describe("a server that died during the first request", () => {
  it("holds the second one back for a minute", async () => {
    await world.shop.post("/v1/plans", monthlyPlan, keyed("dying"));
    await forgetOutcome("dying");
    const { body, headers, status } = await world.shop.post(
      "/v1/plans",
      monthlyPlan,
      keyed("dying"),
    );
    expect({ code: body["code"], status }).toEqual({
      code: "idempotency_in_progress",
      status: 409,
    });
    expect(headers.get("retry-after")).toBe("5");
  });

  it("lets it through afterwards when nothing had been committed", async () => {
    await world.shop.post("/v1/plans", monthlyPlan, keyed("dead-before"));
    await forgetOutcome("dead-before");
    await setCreatedAgo("dead-before", 61);
    const { status } = await world.shop.post("/v1/plans", monthlyPlan, keyed("dead-before"));
    expect(status).toBe(201);
  });

  it("never lets it through when something had been committed", async () => {
    await world.shop.post("/v1/plans", monthlyPlan, keyed("dead-after"));
    await world.engine.database.execute(
      `update idempotent_requests set status = null, body = '{"committed": true}'
       where idempotency_key = 'dead-after'`,
    );
    await setCreatedAgo("dead-after", 3_600);
    const before = await world.rowCounts();
    const { body } = await world.shop.post("/v1/plans", monthlyPlan, keyed("dead-after"));
    expect(body["code"]).toBe("idempotency_in_progress");
    expect(await world.rowCounts()).toEqual(before);
  });
});

describe("a run that was so slow that another took over", () => {
  it("commits nothing any more", async () => {
    const { database } = world.engine;
    const key = { accountId: world.shop.account.id, idempotencyKey: "slow" };
    const hash = Uint8Array.of(1);
    const slow = await beginRun(database, key, hash, 60_000);
    expect(await beginRun(database, key, hash, 60_000)).toBeUndefined();
    const quick = await beginRun(database, key, hash, 0);
    if (slow === undefined || quick === undefined) throw new Error("both runs should have begun");
    const mayCommit = (run: Run) => database.transaction((tx) => noteCommit(tx, run));
    expect([await mayCommit(slow), await mayCommit(quick)]).toEqual([false, true]);
    expect(await beginRun(database, key, hash, 0)).toBeUndefined();
  });
});

describe("an idempotency key that cannot be one", () => {
  it("is refused", async () => {
    const { body, status } = await world.shop.post("/v1/plans", monthlyPlan, keyed("a b"));
    expect({ code: body["code"], status }).toEqual({ code: "invalid_request", status: 422 });
  });
});
