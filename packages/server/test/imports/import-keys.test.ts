/** A merchant who has charged through PortOne V1 for years moves to Maedal. */
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBillingKeyByBlindIndex } from "../../src/billing-keys/billing-key-store.ts";
import { openBillingKey } from "../../src/billing-keys/billing-key-secret.ts";
import { blindIndex } from "../../src/security/blind-index.ts";
import { Secret } from "../../src/security/secret.ts";
import { addPlan, createWorld, type World } from "../support/world.ts";
import {
  changesAsked,
  formerKey,
  formerKeys,
  importRows,
  rowCounts,
  scheduleAtPortOne,
  scheduledOrders,
  tallyOf,
} from "./former-system.ts";

let world: World;
let planId: string;
beforeAll(async () => {
  world = await createWorld({ provider: "portone" });
  planId = await addPlan(world);
});
afterAll(() => world.stop());

const nextYear = Temporal.Now.plainDateISO("Asia/Seoul").year + 1;
const endOfFebruary = new Temporal.PlainYearMonth(nextYear, 2);
const lastOfFebruary = endOfFebruary.toPlainDate({ day: endOfFebruary.daysInMonth }).toString();

let customers = 0;
function newCustomer(): string {
  customers += 1;
  return `user-${customers}`;
}

/** A row that can be imported. */
async function goodRow(channel?: string) {
  return { customer_uid: await formerKey(world, channel), external_id: newCustomer() };
}

const subscribed = () => ({ plan_id: planId, next_charge_on: lastOfFebruary });

async function eventsOf(externalId: string) {
  return await world.db.database.query<{ type: string; data: Record<string, unknown> }>(
    `select e.type, e.data from events e join customers c on c.account_id = e.account_id
       and c.id = e.data->>'customerId' where c.external_id = $1 order by e.position`,
    [externalId],
  );
}

async function subscriptionsOf(externalId: string) {
  return await world.db.database.query<Record<string, unknown>>(
    `select s.id, s.status, s.anchor_on::text, s.anchor_period, s.zone, s.charge_time::text,
       s.next_period, s.next_due_at::text, s.billing_key_id, s.test_clock_id
     from subscriptions s join customers c on c.account_id = s.account_id and c.id = s.customer_id
     where c.external_id = $1 order by s.created_at, s.id`,
    [externalId],
  );
}

describe("a dry run", () => {
  it("says what would happen and writes nothing, here or at PortOne", async () => {
    const rows = [
      { ...(await goodRow()), ...subscribed() },
      await goodRow(),
      { customer_uid: "nobody-knows-it", external_id: newCustomer() },
      { ...(await goodRow()), ...subscribed() },
    ];
    await scheduleAtPortOne(world, rows[3]?.customer_uid ?? "");
    const before = { counts: await rowCounts(world), asked: await changesAsked(world) };
    const tally = await importRows(world, rows, { apply: false, unschedule: true });
    const message =
      "The provider has no key of this customer_uid: mend it, or let the customer register a new method.";
    const externalId = rows[2]?.external_id;
    const refused = [{ line: 4, maskedKey: "nobo…", externalId, code: "key_not_found", message }];
    const counts = { rows: 4, imported: 3, subscriptions: 2, unscheduled: 1 };
    expect(tally).toEqual(tallyOf({ ...counts, refused: refused as typeof tally.refused }));
    expect({ counts: await rowCounts(world), asked: await changesAsked(world) }).toEqual(before);
  });
});

describe("a row that is imported", () => {
  it("becomes a customer, a sealed key and a subscription that goes on where it was", async () => {
    const row = await goodRow();
    const details = { name: "김하늘", email: "haneul@example.com", phone: "010-1234-5678" };
    const more = { ...subscribed(), anchor_day: "31", charge_time: "09:30" };
    const tally = await importRows(world, [{ ...row, ...details, ...more }]);
    expect(tally).toEqual(tallyOf({ rows: 1, imported: 1, subscriptions: 1 }));

    const { accountId, connection, db, engine } = world;
    const [customer] = await db.database.query<Record<string, unknown>>(
      "select name, email, phone, locale, zone, test_clock_id from customers where external_id = $1",
      [row.external_id],
    );
    const taken = { ...details, locale: "ko", zone: "Asia/Seoul", test_clock_id: null };
    expect(customer).toEqual(taken);

    const dataKey = await engine.keys.dataKeyOf(db.database, accountId);
    const index = blindIndex(dataKey, "billing_key", new Secret(row.customer_uid));
    const key = await findBillingKeyByBlindIndex(db.database, accountId, connection.id, index);
    const [stored] = await db.database.query<{ secret: Uint8Array }>(
      "select secret from billing_keys where id = $1",
      [key?.id],
    );
    if (key === undefined || stored === undefined) throw new Error("no key was stored");
    expect(openBillingKey(dataKey, stored.secret, key).billingKey).toBe(row.customer_uid);

    const due = Temporal.PlainDate.from(lastOfFebruary).toZonedDateTime({
      timeZone: "Asia/Seoul",
      plainTime: "09:30",
    });
    const [subscription, ...others] = await subscriptionsOf(row.external_id);
    expect(others).toEqual([]);
    const { id, next_due_at: dueAt, ...rest } = subscription ?? {};
    expect(Temporal.Instant.from(String(dueAt)).toString()).toBe(due.toInstant().toString());
    expect(rest).toEqual({
      status: "active",
      anchor_on: `${nextYear}-01-31`,
      anchor_period: -1,
      zone: "Asia/Seoul",
      charge_time: "09:30:00",
      next_period: 0,
      billing_key_id: key.id,
      test_clock_id: null,
    });
    const { customerId } = key;
    const firstChargeAt = due.toInstant().toString();
    const told = { customerId, billingKeyId: key.id, imported: true };
    const first = { ...told, subscriptionId: id, planId, firstChargeAt };
    expect(await eventsOf(row.external_id)).toEqual([
      { type: "subscription.created", data: first },
      { type: "billing_key.created", data: { ...told, method: "TRANSFER" } },
    ]);
  });

  it("is recognized when the same file is imported again, without asking PortOne", async () => {
    const rows = [{ ...(await goodRow()), ...subscribed() }, await goodRow()];
    await importRows(world, rows);
    const before = await rowCounts(world);
    const asked = (await world.control.requests("customers")).length;
    const again = await importRows(world, rows);
    expect(again).toEqual(tallyOf({ rows: 2, alreadyImported: 2 }));
    expect(await rowCounts(world)).toEqual(before);
    expect((await world.control.requests("customers")).length).toBe(asked);
  });

  it("is recognized after its subscription has ended, and is not subscribed again", async () => {
    const row = { ...(await goodRow()), ...subscribed() };
    await importRows(world, [row]);
    const [subscription] = await subscriptionsOf(row.external_id);
    await world.db.database.execute(
      "update subscriptions set status = 'canceled', canceled_at = now(), next_due_at = null where id = $1",
      [subscription?.["id"]],
    );
    expect(await importRows(world, [row])).toEqual(tallyOf({ rows: 1, alreadyImported: 1 }));
    expect((await subscriptionsOf(row.external_id)).length).toBe(1);
  });

  it("gets the subscription that a later file adds, once", async () => {
    const row = await goodRow();
    await importRows(world, [row]);
    const more = { ...row, ...subscribed() };
    expect(await importRows(world, [more])).toEqual(
      tallyOf({ rows: 1, imported: 1, subscriptions: 1 }),
    );
    expect(await importRows(world, [more])).toEqual(tallyOf({ rows: 1, alreadyImported: 1 }));
    expect((await subscriptionsOf(row.external_id)).length).toBe(1);
  });

  it("may be one of several of a customer: two plans, two keys", async () => {
    const first = { ...(await goodRow()), ...subscribed() };
    const otherPlan = { ...first, plan_id: await addPlan(world) };
    const otherKey = {
      ...first,
      customer_uid: await formerKey(world),
      plan_id: await addPlan(world),
    };
    const rows = [first, otherPlan, otherKey];
    expect(await importRows(world, rows)).toEqual(
      tallyOf({ rows: 3, imported: 3, subscriptions: 3 }),
    );
    expect(await importRows(world, rows)).toEqual(tallyOf({ rows: 3, alreadyImported: 3 }));
    const keys = (await subscriptionsOf(first.external_id)).map((each) => each["billing_key_id"]);
    expect([keys.length, new Set(keys).size]).toEqual([3, 2]);
  });
});

describe("a customer who is there already", () => {
  it("is taken as they are, and what the file says otherwise is told", async () => {
    const row = { ...(await goodRow()), name: "김하늘", zone: "Asia/Seoul" };
    await importRows(world, [row]);
    const other = {
      ...row,
      customer_uid: await formerKey(world),
      name: "하늘",
      zone: "Asia/Taipei",
    };
    const { external_id: externalId } = row;
    const kept = [{ line: 2, externalId, details: ["name", "zone"] as const }];
    expect(await importRows(world, [{ ...other, ...subscribed() }])).toEqual(
      tallyOf({ rows: 1, imported: 1, subscriptions: 1, kept }),
    );
    const [customer] = await world.db.database.query<Record<string, unknown>>(
      "select name, zone from customers where external_id = $1",
      [externalId],
    );
    expect(customer).toEqual({ name: "김하늘", zone: "Asia/Seoul" });
    const [subscription] = await subscriptionsOf(externalId);
    expect(subscription?.["zone"]).toBe("Asia/Seoul");
  });
});

describe("a row that cannot be imported", () => {
  const codeOf = async (row: Record<string, string>) =>
    (await importRows(world, [row])).refused.map(({ code }) => code);

  it("is refused for a plan that is not there, retired, or not payable by this method", async () => {
    const row = { ...(await goodRow()), ...subscribed() };
    const unknown = { ...row, plan_id: "plan_5x4h9k2m7q1r8t3v6w0y5z2a4b" };
    const manual = { ...row, plan_id: await addPlan(world, { capture: "manual" }) };
    const retired = { ...row, plan_id: await addPlan(world) };
    await world.db.database.execute("update plans set status = 'retired' where id = $1", [
      retired.plan_id,
    ]);
    expect([await codeOf(unknown), await codeOf(retired), await codeOf(manual)]).toEqual([
      ["unknown_plan"],
      ["plan_retired"],
      ["plan_not_payable"],
    ]);
  });

  it("is refused for a day that has passed, before PortOne is asked", async () => {
    const row = { ...(await goodRow()), ...subscribed(), next_charge_on: "2020-01-31" };
    expect(await codeOf(row)).toEqual(["next_charge_in_past"]);
  });

  it("is refused for a key of another channel", async () => {
    const tally = await importRows(world, [await goodRow("kakaopay")]);
    expect(tally.refused.map(({ code, message }) => [code, message])).toEqual([
      [
        "key_not_usable",
        "The key is of channel kakaopay; this connection charges chai: import it with a connection for kakaopay.",
      ],
    ]);
  });

  it("is refused for a key that is stored for somebody else", async () => {
    const row = await goodRow();
    await importRows(world, [row]);
    const before = await rowCounts(world);
    expect(await codeOf({ ...row, external_id: newCustomer() })).toEqual([
      "belongs_to_other_customer",
    ]);
    expect(await rowCounts(world)).toEqual(before);
  });

  it("is refused for a plan that its customer has already, on another key", async () => {
    const row = { ...(await goodRow()), ...subscribed() };
    await importRows(world, [row]);
    expect(await codeOf({ ...row, customer_uid: await formerKey(world) })).toEqual([
      "already_subscribed",
    ]);
  });

  it("is refused for a plan on a key that was revoked here", async () => {
    const row = await goodRow();
    await importRows(world, [row]);
    await world.db.database.execute(
      `update billing_keys set status = 'revoked' where customer_id in
         (select id from customers where external_id = $1)`,
      [row.external_id],
    );
    expect(await codeOf({ ...row, ...subscribed() })).toEqual(["key_not_usable"]);
  });
});

describe("a key that PortOne is to charge by itself", () => {
  it("is refused, because its customer would pay twice", async () => {
    const row = { ...(await goodRow()), ...subscribed() };
    const orderId = await scheduleAtPortOne(world, row.customer_uid);
    const { refused } = await importRows(world, [row]);
    expect(refused.map(({ code }) => code)).toEqual(["scheduled_at_provider"]);
    expect(refused[0]?.message).toContain(`(order ${orderId})`);
    expect(await scheduledOrders(world)).toContain(orderId);
    expect(await subscriptionsOf(row.external_id)).toEqual([]);
  });

  it("is imported and charged there no more with --unschedule", async () => {
    const row = { ...(await goodRow()), ...subscribed() };
    const orderId = await scheduleAtPortOne(world, row.customer_uid);
    const tally = await importRows(world, [row], { unschedule: true });
    expect(tally).toEqual(tallyOf({ rows: 1, imported: 1, subscriptions: 1, unscheduled: 1 }));
    expect(await scheduledOrders(world)).not.toContain(orderId);
  });

  it("keeps what is scheduled when its row is refused for another reason", async () => {
    const row = { ...(await goodRow()), ...subscribed() };
    const orderId = await scheduleAtPortOne(world, row.customer_uid);
    const manual = { ...row, plan_id: await addPlan(world, { capture: "manual" }) };
    await importRows(world, [manual], { unschedule: true });
    expect(await scheduledOrders(world)).toContain(orderId);
  });
});

describe("an import that is interrupted", () => {
  it("ends between two rows, and goes on when it is run again", async () => {
    const keys = await formerKeys(world, 120);
    const rows = keys.map((customer_uid) => {
      return { customer_uid, external_id: newCustomer(), ...subscribed() };
    });
    const interrupt = new AbortController();
    const first = await importRows(world, rows, {
      signal: interrupt.signal,
      onProgress: ({ imported }) => imported >= 30 && interrupt.abort(),
    });
    expect(first.stopped).toBe("It was interrupted.");
    expect(first.imported).toBeLessThan(120);
    const second = await importRows(world, rows);
    expect(second).toEqual(
      tallyOf({
        rows: 120,
        imported: 120 - first.imported,
        alreadyImported: first.imported,
        subscriptions: 120 - first.imported,
      }),
    );
  });

  it("stops when PortOne gives no clear answer, says so, and goes on when it is run again", async () => {
    const row = { ...(await goodRow()), ...subscribed() };
    const error = { type: "error", status: 500, code: "E", message: "…", when: "before" };
    await world.control.fault({
      provider: "portone",
      operation: "customers",
      times: null,
      action: error,
    });
    const stopped = await importRows(world, [row]);
    await world.control.clearFaults();
    expect(stopped).toEqual(tallyOf({ stopped: stopped.stopped }));
    expect(stopped.stopped).toMatch(/^The provider gives no clear answer now: /);
    expect(stopped.stopped).not.toContain(row.customer_uid);
    expect(await importRows(world, [row])).toEqual(
      tallyOf({ rows: 1, imported: 1, subscriptions: 1 }),
    );
  });

  it("outlasts an answer that is lost", async () => {
    const row = await goodRow();
    const action = { type: "close_after" };
    await world.control.fault({ provider: "portone", operation: "customers", times: 1, action });
    expect(await importRows(world, [row])).toEqual(tallyOf({ rows: 1, imported: 1 }));
  });
});

describe("two imports of one file at once", () => {
  it("import each row once between them", async () => {
    const keys = await formerKeys(world, 60);
    const rows = keys.map((customer_uid) => {
      return { customer_uid, external_id: newCustomer(), ...subscribed() };
    });
    const before = await rowCounts(world);
    const [one, other] = await Promise.all([importRows(world, rows), importRows(world, rows)]);
    expect([one.rows, other.rows, one.refused, other.refused]).toEqual([60, 60, [], []]);
    expect(one.imported + other.imported).toBe(60);
    const after = await rowCounts(world);
    const added = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
    expect(["customers", "billing_keys", "subscriptions", "events"].map(added)).toEqual([
      60, 60, 60, 120,
    ]);
  });
});
