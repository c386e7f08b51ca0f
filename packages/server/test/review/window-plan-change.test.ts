import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changePlan } from "../../src/subscriptions/change-plan.ts";
import {
  approve,
  booksOf,
  comeBack,
  enterWindow,
  newcomer,
  register,
  standingOf,
  untilOver,
  type Visitor,
} from "../support/window-world.ts";
import { addPlan, createWorld, eventually, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld({ provider: "line_pay" });
});
afterEach(() => world.stop());

const clockAt = "2026-03-02T01:00:00Z";

async function moveToYearly({ subscription }: Visitor): Promise<void> {
  const { accountId, engine } = world;
  const planId = await addPlan(world, { amount: 2_990, unit: "year" });
  await changePlan(engine, { accountId, subscriptionId: subscription.id, planId });
}

async function calendarOf({ subscription }: Visitor) {
  const [row] = await world.db.database.query<{ ends: string; due: string }>(
    `select i.period_ends_on::text as ends, s.next_due_at::date::text as due
     from subscriptions s join invoices i on i.subscription_id = s.id and i.status = 'paid'
     where s.id = $1`,
    [subscription.id],
  );
  return row;
}

describe("a plan that is changed while a window still offers the old one", () => {
  it("is not begun with the old price: the window is confirmed no more", async () => {
    const visitor = await newcomer(world, { clockAt });
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    await moveToYearly(visitor);
    await comeBack(world, trip);
    expect(await untilOver(world, trip)).toMatchObject({
      status: "failed",
      failureCode: "superseded",
    });
    expect(await booksOf(world, visitor)).toEqual([]);

    await untilOver(world, await register(world, visitor));
    expect(await booksOf(world, visitor)).toEqual(["payment 2990"]);
    expect(await standingOf(world, visitor)).toEqual({
      status: "active",
      methodRequired: false,
      hasKey: true,
      invoices: ["period 0 paid 2990"],
    });
    expect(await calendarOf(visitor)).toEqual({ ends: "2027-03-02", due: "2027-03-02" });
  });
});

describe("a plan that is changed to another period at the same price", () => {
  it("is not begun with what the customer agreed to for a month", async () => {
    const { accountId, engine } = world;
    const visitor = await newcomer(world, { clockAt });
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    const planId = await addPlan(world, { amount: 299, unit: "week" });
    const subscriptionId = visitor.subscription.id;
    await changePlan(engine, { accountId, subscriptionId, planId });
    await comeBack(world, trip);
    expect(await untilOver(world, trip)).toMatchObject({ failureCode: "superseded" });
    expect(await booksOf(world, visitor)).toEqual([]);
  });
});

describe("a plan that is changed while the first payment's outcome is open", () => {
  it("is the next period's: what was paid is what was offered", async () => {
    const { control } = world;
    const visitor = await newcomer(world, { clockAt });
    const action = { type: "drop_answer" };
    await control.fault({ provider: "line_pay", operation: "confirm", action });
    const trip = await register(world, visitor);
    await moveToYearly(visitor);
    world.worker();
    await untilOver(world, trip);
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
    expect(await calendarOf(visitor)).toEqual({ ends: "2026-04-02", due: "2026-04-02" });
  });

  it("gives the invoice no other order id while a send of the old one is unresolved", async () => {
    const { control, db } = world;
    const visitor = await newcomer(world, { clockAt });
    const action = { type: "drop_request" };
    await control.fault({ provider: "line_pay", operation: "confirm", action });
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    await comeBack(world, trip);
    const worker = world.worker();
    await eventually("the charge to wait for its customer again", async () => {
      const [charge] = await db.database.query<{ status: string }>("select status from charges");
      return charge?.status === "awaiting_customer" || charge?.status === "captured";
    });
    await worker.stop();
    await moveToYearly(visitor);
    await enterWindow(world, visitor).catch(() => undefined);
    // Had the worker confirmed it in time, the second window is one that only registers a method.
    const orders = await db.database.query(
      `select distinct c.order_id from charges c join invoices i on i.id = c.invoice_id
       where i.kind = 'period'`,
    );
    expect(orders).toHaveLength(1);
  });
});
