import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  claimCheck,
  claimDueChecks,
  claimUntoldKeys,
  listExpiringKeys,
  postponeCheck,
  readKeyWorkOnClock,
  saveKeyChecked,
  saveKeysPaid,
  type ClaimedKey,
  type ExpiringKey,
  type KeyWorkOnClock,
} from "../../src/billing-keys/key-health-store.ts";
import type { KeyRules } from "../../src/billing-keys/key-health.ts";
import { realEffects } from "../../src/effects.ts";
import { newId } from "../../src/ids/id.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const dayMs = 24 * 60 * 60_000;
const start = Temporal.Instant.from("2026-03-01T01:00:00Z");
const day = (n: number) => start.add({ hours: 24 * n });

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

/** Of an account of its own: a customer on a test clock, with a key and subscriptions that pay with it. */
interface Told {
  readonly now: Temporal.Instant;
  readonly nextDue: readonly Temporal.Instant[];
  readonly lastPaidAt?: Temporal.Instant;
  readonly checkedAt?: Temporal.Instant;
  readonly keyStatus?: string;
  readonly connectionState?: string;
  readonly cancelsAtPeriodEnd?: boolean;
}

interface Shop {
  readonly accountId: string;
  readonly keyId: string;
  readonly customerId: string;
  readonly rules: readonly KeyRules[];
  checks(): Promise<ClaimedKey[]>;
  untold(): Promise<ExpiringKey[]>;
  /** What the customer's clock would wait or stop for. */
  clockWork(): Promise<KeyWorkOnClock>;
  setClock(now: Temporal.Instant): Promise<void>;
}

async function shopWith(told: Told): Promise<Shop> {
  const { random } = realEffects;
  const [accountId, keyId] = [newId("acct", random), newId("bk", random)];
  const [connectionId, customerId, clockId] = [random.uuid(), random.uuid(), random.uuid()];
  const run = (sql: string, values: readonly unknown[]) => db.database.execute(sql, values);
  await run(
    "insert into accounts (id, name, mode, wrapped_data_key) values ($1, 'Shop', 'test', '\\x00')",
    [accountId],
  );
  await run(
    `insert into gateway_connections (account_id, id, mode, provider, name, api_host, public_id,
       credentials, state, paused_reason, paused_at, notification_token)
     values ($1, $2, 'test', 'line_pay', 'LINE Pay', 'http://127.0.0.1', '1', '\\x00', $3,
       case when $3 = 'paused' then 'why' end, case when $3 = 'paused' then now() end, $2)`,
    [accountId, connectionId, told.connectionState ?? "active"],
  );
  await run("insert into test_clocks (account_id, id, name, now_at) values ($1, $2, 'c', $3)", [
    accountId,
    clockId,
    told.now,
  ]);
  await run("insert into customers (account_id, id, test_clock_id) values ($1, $2, $3)", [
    accountId,
    customerId,
    clockId,
  ]);
  await run(
    `insert into billing_keys (account_id, id, customer_id, connection_id, status, method, secret,
       blind_index, last_paid_at, checked_at)
     values ($1, $2, $3, $4, $5, 'LINE_PAY', '\\x00', '\\x00', $6, $7)`,
    [
      accountId,
      keyId,
      customerId,
      connectionId,
      told.keyStatus ?? "active",
      told.lastPaidAt ?? null,
      told.checkedAt ?? null,
    ],
  );
  await db.database.transaction(async (tx) => {
    await tx.execute(
      "insert into plans (account_id, id, name, price_id) values ($1, 'plan', 'Milk', 'price')",
      [accountId],
    );
    await tx.execute(
      `insert into prices (account_id, id, plan_id, amount_minor, currency, interval_unit,
         interval_count) values ($1, 'price', 'plan', 100, 'TWD', 'month', 1)`,
      [accountId],
    );
  });
  for (const nextDueAt of told.nextDue) {
    await run(
      `insert into subscriptions (account_id, id, customer_id, price_id, billing_key_id, status,
         anchor_on, zone, next_due_at, test_clock_id, cancels_at_period_end)
       values ($1, $2, $3, 'price', $4, 'active', '2026-03-01', 'Asia/Taipei', $5, $6, $7)`,
      [
        accountId,
        random.uuid(),
        customerId,
        keyId,
        nextDueAt,
        clockId,
        told.cancelsAtPeriodEnd ?? false,
      ],
    );
  }
  const rules = [
    {
      accountId,
      connectionId,
      canCheck: true,
      checkAheadMs: 3 * dayMs,
      unusedLifetimeMs: 180 * dayMs,
      warningMs: 14 * dayMs,
    },
  ];
  return {
    accountId,
    keyId,
    customerId,
    rules,
    checks: () => claimDueChecks(db.database, rules, "test", 10, 60_000),
    untold: () => db.database.transaction((tx) => claimUntoldKeys(tx, rules, "test", 10)),
    clockWork: () => readKeyWorkOnClock(db.database, rules, { accountId, id: clockId }, 60_000),
    setClock: async (now) => {
      await run("update test_clocks set now_at = $3 where account_id = $1 and id = $2", [
        accountId,
        clockId,
        now,
      ]);
    },
  };
}

const keyIds = (keys: readonly { readonly id: string }[]) => keys.map(({ id }) => id);

describe("a key whose next charge is due in a month", () => {
  it("is checked once the charge is three days away, and not before", async () => {
    const shop = await shopWith({ now: day(27), nextDue: [day(31)], lastPaidAt: day(0) });
    expect(await shop.checks()).toEqual([]);
    await shop.setClock(day(28));
    expect(keyIds(await shop.checks())).toEqual([shop.keyId]);
  });

  it("is not checked again for the same due date, and again for the next one", async () => {
    const shop = await shopWith({
      now: day(30),
      nextDue: [day(31)],
      lastPaidAt: day(0),
      checkedAt: day(28),
    });
    expect(await shop.checks()).toEqual([]);
    const later = { now: day(60), nextDue: [day(62)], lastPaidAt: day(31), checkedAt: day(28) };
    const shopLater = await shopWith(later);
    expect(keyIds(await shopLater.checks())).toEqual([shopLater.keyId]);
  });

  it("is checked for the nearer one of two charges", async () => {
    const shop = await shopWith({ now: day(9), nextDue: [day(31), day(10)], lastPaidAt: day(0) });
    expect(keyIds(await shop.checks())).toEqual([shop.keyId]);
  });
});

describe("a key that paid within the days in which it would be checked", () => {
  it("has proved itself and is not checked", async () => {
    const shop = await shopWith({ now: day(1), nextDue: [day(2)], lastPaidAt: day(1) });
    expect(await shop.checks()).toEqual([]);
  });
});

describe("a key that is not to be checked, near as its due date is", () => {
  const near = { now: day(30), nextDue: [day(31)], lastPaidAt: day(0) };
  it.each([
    ["is no longer active", { keyStatus: "suspended" }],
    ["belongs to a connection that is paused", { connectionState: "paused" }],
    ["pays for a subscription that ends with its period", { cancelsAtPeriodEnd: true }],
    ["has a charge that is due at this moment", { nextDue: [day(30)] }],
    ["has no subscription", { nextDue: [] }],
  ])("%s", async (_, change) => {
    const shop = await shopWith({ ...near, ...change });
    expect(await shop.checks()).toEqual([]);
  });
});

describe("a key that somebody is asking about", () => {
  const near = { now: day(30), nextDue: [day(31)], lastPaidAt: day(0) };

  it("is given to nobody else, however many ask at once", async () => {
    const shop = await shopWith(near);
    const claims = await Promise.all([shop.checks(), shop.checks(), shop.checks(), shop.checks()]);
    expect(keyIds(claims.flat())).toEqual([shop.keyId]);
    const { accountId, keyId } = shop;
    expect(await claimCheck(db.database, accountId, keyId, 60_000)).toBeUndefined();
  });

  it("is asked about again after an answer that was not clear, when the wait is over", async () => {
    const shop = await shopWith(near);
    const [claimed] = await shop.checks();
    if (claimed === undefined) throw new Error("nothing was claimed");
    await postponeCheck(db.database, claimed, 60_000);
    expect(await shop.checks()).toEqual([]);
    const other = await shopWith(near);
    const [second] = await other.checks();
    if (second === undefined) throw new Error("nothing was claimed");
    await postponeCheck(db.database, second, 0);
    expect(keyIds(await other.checks())).toEqual([other.keyId]);
  });

  it("is written by the one who asked last; the answer of one who was too slow changes nothing", async () => {
    const shop = await shopWith(near);
    const [slow] = await shop.checks();
    if (slow === undefined) throw new Error("nothing was claimed");
    await postponeCheck(db.database, slow, 0);
    const [quick] = await shop.checks();
    if (quick === undefined) throw new Error("nothing was claimed");
    const save = (key: ClaimedKey) =>
      db.database.transaction((tx) => saveKeyChecked(tx, key, day(30)));
    expect([await save(slow), await save(quick), await save(quick)]).toEqual([false, true, false]);
    expect(await shop.checks()).toEqual([]);
  });
});

describe("a key that nothing was paid with for long, and that a yearly charge will need", () => {
  const yearly = { nextDue: [day(365)], lastPaidAt: day(0) };

  it("is told of two weeks before its death, once", async () => {
    const shop = await shopWith({ ...yearly, now: day(165) });
    expect(await shop.untold()).toEqual([]);
    await shop.setClock(day(166));
    const told = await Promise.all([shop.untold(), shop.untold()]);
    const { accountId, customerId, keyId } = shop;
    expect(told.flat()).toEqual([
      {
        accountId,
        id: keyId,
        customerId,
        expiresAt: day(180),
        nextDueAt: day(365),
        now: day(166),
      },
    ]);
    await shop.setClock(day(170));
    expect(await shop.untold()).toEqual([]);
  });

  it("is told of again after it has paid", async () => {
    const shop = await shopWith({ ...yearly, now: day(170) });
    expect(keyIds(await shop.untold())).toEqual([shop.keyId]);
    const { accountId, keyId: billingKeyId } = shop;
    const payment = { accountId, billingKeyId, paidAt: day(171) };
    const older = { accountId, billingKeyId, paidAt: day(31) };
    await db.database.transaction((tx) => saveKeysPaid(tx, [payment, older, payment]));
    await shop.setClock(day(336));
    expect(await shop.untold()).toEqual([]);
    await shop.setClock(day(337));
    expect(keyIds(await shop.untold())).toEqual([shop.keyId]);
  });

  it("is not told of when a charge comes in time", async () => {
    const shop = await shopWith({ ...yearly, now: day(170), nextDue: [day(365), day(179)] });
    expect(await shop.untold()).toEqual([]);
  });

  it("is asked about once its lifetime is over, once", async () => {
    const shop = await shopWith({ ...yearly, now: day(179) });
    expect(await shop.checks()).toEqual([]);
    await shop.setClock(day(180));
    const [claimed] = await shop.checks();
    expect(claimed?.id).toBe(shop.keyId);
    if (claimed === undefined) throw new Error("nothing was claimed");
    await db.database.transaction((tx) => saveKeyChecked(tx, claimed, day(180)));
    expect(await shop.checks()).toEqual([]);
  });
});

describe("a key that never paid, on a test clock", () => {
  it("has a lifetime that nobody knows: the day of its making is on another clock", async () => {
    const shop = await shopWith({ now: day(1000), nextDue: [day(1365)] });
    expect(await shop.untold()).toEqual([]);
    expect(await shop.checks()).toEqual([]);
  });
});

describe("keys in real time", () => {
  it("are looked at by the database's clock, and listed with the first to die", async () => {
    const [row] = await db.database.query<{ now: Temporal.Instant }>("select now() as now");
    if (row === undefined) throw new Error("no time");
    const ago = (days: number) => row.now.subtract({ hours: 24 * days });
    const shop = await shopWith({
      now: day(0),
      nextDue: [ago(-100)],
      lastPaidAt: ago(170),
    });
    const { accountId, rules } = shop;
    expect(await listExpiringKeys(db.database, rules, 3)).toEqual({ total: 0, first: [] });
    await db.database.execute("update customers set test_clock_id = null where account_id = $1", [
      accountId,
    ]);
    await db.database.execute(
      "update subscriptions set test_clock_id = null where account_id = $1",
      [accountId],
    );
    const { first, total } = await listExpiringKeys(db.database, rules, 3);
    expect({ total, ids: keyIds(first) }).toEqual({ total: 1, ids: [shop.keyId] });
    const told = await db.database.transaction((tx) => claimUntoldKeys(tx, rules, "real", 10));
    expect(keyIds(told)).toEqual([shop.keyId]);
    expect(await claimDueChecks(db.database, rules, "real", 10, 60_000)).toEqual([]);
    expect(await claimDueChecks(db.database, rules, "test", 10, 60_000)).toEqual([]);
  });
});

describe("a test clock on its way to a yearly charge", () => {
  const yearly = { nextDue: [day(365)], lastPaidAt: day(0) };

  it("stops where the key is told of, where it may die, and where it is checked", async () => {
    const shop = await shopWith({ ...yearly, now: day(1) });
    const stops = [];
    for (const now of [day(1), day(166), day(180), day(362)]) {
      await shop.setClock(now);
      stops.push((await shop.clockWork()).nextDueAt);
    }
    expect(stops).toEqual([day(166), day(180), day(362), undefined]);
  });

  it("waits until the key was told of and its check is answered", async () => {
    const shop = await shopWith({ ...yearly, now: day(180) });
    expect((await shop.clockWork()).dueWork).toBe(2);
    await shop.untold();
    expect((await shop.clockWork()).dueWork).toBe(1);
    const [claimed] = await shop.checks();
    if (claimed === undefined) throw new Error("nothing was claimed");
    expect((await shop.clockWork()).dueWork).toBe(1);
    await db.database.transaction((tx) => saveKeyChecked(tx, claimed, day(180)));
    expect(await shop.clockWork()).toEqual({ dueWork: 0, nextDueAt: day(362) });
  });

  it("does not wait for a provider that gave no clear answer", async () => {
    const shop = await shopWith({ now: day(30), nextDue: [day(31)], lastPaidAt: day(0) });
    const [claimed] = await shop.checks();
    if (claimed === undefined) throw new Error("nothing was claimed");
    await postponeCheck(db.database, claimed, 10 * 60_000);
    expect(await shop.clockWork()).toEqual({ dueWork: 0, nextDueAt: undefined });
  });
});
