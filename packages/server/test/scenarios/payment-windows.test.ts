import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changePlan } from "../../src/subscriptions/change-plan.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import { completeRegistration } from "../../src/registrations/complete-registration.ts";
import { tendPaymentWindows } from "../../src/payment-windows/tend-payment-windows.ts";
import {
  approve,
  booksOf,
  comeBack,
  enterWindow,
  enterWindowOf,
  newcomer,
  register,
  standingOf,
  untilOver,
  type Visitor,
} from "../support/window-world.ts";
import {
  addPlan,
  advanceTo,
  createWorld,
  eventually,
  untilCharges,
  type World,
} from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld({ provider: "line_pay" });
});
afterEach(() => world.stop());

const active = { status: "active", methodRequired: false, hasKey: true };
const incomplete = { status: "incomplete", methodRequired: false, hasKey: false };
const until = async (visitor: Visitor, expected: unknown) =>
  await eventually(`the subscription to be ${JSON.stringify(expected)}`, async () => {
    const standing = await standingOf(world, visitor);
    return JSON.stringify(standing) === JSON.stringify(expected) ? standing : undefined;
  });

describe("a customer who registers in a window that takes the first payment", () => {
  it("pays the first month by it, and every month after with the key that it gave", async () => {
    world.worker();
    const visitor = await newcomer(world, { clockAt: "2026-01-31T01:00:00Z" });
    const { status } = await untilOver(world, await register(world, visitor));
    expect(status).toBe("completed");
    expect(await standingOf(world, visitor)).toEqual({
      ...active,
      invoices: ["period 0 paid 299"],
    });
    await advanceTo(world, visitor.testClockId ?? "", "2026-03-31T12:00:00Z");
    await untilCharges(world, visitor.subscription.id, "captured", 3);
    expect(await booksOf(world, visitor)).toEqual(["payment 299", "payment 299", "payment 299"]);
  });

  it("owes nothing while the window is open, and nothing when it was not approved", async () => {
    const visitor = await newcomer(world);
    const trip = await enterWindow(world, visitor);
    expect(await comeBack(world, trip)).toBe("waiting");
    await world.control.post(`/line-pay/requests/${trip.windowId}/cancel`, {});
    expect(await comeBack(world, trip)).toBe("over");
    expect(await standingOf(world, visitor)).toEqual({
      ...incomplete,
      invoices: ["period 0 draft 299"],
    });
    expect(await booksOf(world, visitor)).toEqual([]);
  });

  it("may come back another day: the same period is offered, and begins on that day", async () => {
    const visitor = await newcomer(world, { clockAt: "2026-01-31T01:00:00Z" });
    await enterWindow(world, visitor);
    await world.db.database.execute("update test_clocks set now_at = '2026-02-10T01:00:00Z'");
    await untilOver(world, await register(world, visitor));
    const [invoice] = await world.db.database.query<{ starts: string; ends: string }>(
      "select period_starts_on::text as starts, period_ends_on::text as ends from invoices",
    );
    expect(invoice).toEqual({ starts: "2026-02-10", ends: "2026-03-10" });
    expect(await standingOf(world, visitor)).toEqual({
      ...active,
      invoices: ["period 0 paid 299"],
    });
  });

  it("is not charged when the payment is refused, and may try again with another order id", async () => {
    const visitor = await newcomer(world);
    await world.control.fault({
      provider: "line_pay",
      operation: "confirm",
      action: { type: "decline", code: "1142" },
    });
    const refused = await untilOver(world, await register(world, visitor));
    expect(refused).toMatchObject({ status: "failed", failureCode: "1142" });
    expect(await standingOf(world, visitor)).toEqual({
      ...incomplete,
      invoices: ["period 0 draft 299"],
    });
    await untilOver(world, await register(world, visitor));
    expect(await standingOf(world, visitor)).toEqual({
      ...active,
      invoices: ["period 0 paid 299"],
    });
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
  });
});

describe("a confirmation whose answer is lost", () => {
  const lost = async (action: object) => {
    world.worker();
    const visitor = await newcomer(world);
    await world.control.fault({
      provider: "line_pay",
      operation: "confirm",
      action: action as { type: string },
    });
    const trip = await register(world, visitor);
    return { visitor, registration: await untilOver(world, trip) };
  };

  it.each([
    { type: "drop_answer" },
    { type: "close_after" },
    { type: "error", status: 502, code: "9000", when: "after" },
  ])("has paid, and the customer is asked to register once more: $type", async (action) => {
    const { visitor, registration } = await lost(action);
    expect(registration).toMatchObject({ status: "failed", failureCode: "key_lost" });
    const paid = ["period 0 paid 299"];
    expect(await standingOf(world, visitor)).toEqual({
      status: "active",
      methodRequired: true,
      hasKey: false,
      invoices: paid,
    });
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);

    const again = await untilOver(world, await register(world, visitor));
    expect(again.status).toBe("completed");
    await until(visitor, { ...active, invoices: [...paid, "registration paid 1"] });
    await eventually("the registration amount to be given back", async () => {
      const books = await booksOf(world, visitor);
      return books.length === 3 ? books : undefined;
    });
    expect(await booksOf(world, visitor)).toEqual(["payment 299", "payment 1", "refund 1"]);
  });

  it.each([{ type: "drop_request" }, { type: "close_before" }])(
    "is confirmed again when it never arrived, and paid once: $type",
    async (action) => {
      const { visitor, registration } = await lost(action);
      expect(registration.status).toBe("completed");
      expect(await standingOf(world, visitor)).toEqual({
        ...active,
        invoices: ["period 0 paid 299"],
      });
      expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
    },
  );
});

describe("two windows of one subscription, both approved", () => {
  it("are paid once, whoever is confirmed first", async () => {
    world.worker();
    const visitor = await newcomer(world);
    const first = await enterWindow(world, visitor);
    const second = await enterWindow(world, visitor);
    await approve(world, first);
    await approve(world, second);
    await Promise.all([comeBack(world, first), comeBack(world, second)]);
    const ends = [await untilOver(world, first), await untilOver(world, second)];
    expect(ends.map(({ status }) => status).sort()).toEqual(["completed", "failed"]);
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
    expect(await standingOf(world, visitor)).toEqual({
      ...active,
      invoices: ["period 0 paid 299"],
    });
  });

  it("of one registration count once, however often the browser comes back", async () => {
    const visitor = await newcomer(world);
    const first = await enterWindow(world, visitor);
    const second = await enterWindowOf(world, first.registration);
    await approve(world, first);
    await approve(world, second);
    await Promise.all([comeBack(world, second), comeBack(world, first), comeBack(world, second)]);
    await comeBack(world, first);
    expect((await untilOver(world, first)).status).toBe("completed");
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
  });
});

describe("a subscription that is canceled while its window is open", () => {
  it("is not paid any more, even when the customer approves", async () => {
    const visitor = await newcomer(world);
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    const { accountId } = world;
    const subscriptionId = visitor.subscription.id;
    await cancelSubscription(world.engine, { accountId, subscriptionId, when: "now" });
    await comeBack(world, trip);
    expect(await untilOver(world, trip)).toMatchObject({
      status: "failed",
      failureCode: "superseded",
    });
    expect(await booksOf(world, visitor)).toEqual([]);
  });
});

describe("a plan with a trial", () => {
  it("takes one unit to register the method, gives it back, and charges when the trial is over", async () => {
    world.worker();
    const visitor = await newcomer(world, { trialDays: 14, clockAt: "2026-01-10T01:00:00Z" });
    const { status } = await untilOver(world, await register(world, visitor));
    expect(status).toBe("completed");
    await eventually("the refund", async () => {
      const books = await booksOf(world, visitor);
      return books.includes("refund 1") ? books : undefined;
    });
    expect(await standingOf(world, visitor)).toEqual({
      ...active,
      status: "trialing",
      invoices: ["registration paid 1"],
    });
    await advanceTo(world, visitor.testClockId ?? "", "2026-01-25T12:00:00Z");
    await until(visitor, { ...active, invoices: ["registration paid 1", "period 0 paid 299"] });
    expect(await booksOf(world, visitor)).toEqual(["payment 1", "refund 1", "payment 299"]);
  });
});

describe("a customer who removed the key inside LINE Pay", () => {
  it("is asked for a method, and pays what is owed in the window", async () => {
    world.worker();
    const visitor = await newcomer(world, { clockAt: "2026-01-10T01:00:00Z" });
    await untilOver(world, await register(world, visitor));
    const [payment] = await world.control.payments();
    await world.control.post(`/line-pay/keys/${payment?.key}/delete`, {});
    await advanceTo(world, visitor.testClockId ?? "", "2026-02-10T12:00:00Z");
    await until(visitor, {
      status: "past_due",
      methodRequired: true,
      hasKey: true,
      invoices: ["period 0 paid 299", "period 1 open 299"],
    });
    await untilOver(world, await register(world, visitor));
    await until(visitor, { ...active, invoices: ["period 0 paid 299", "period 1 paid 299"] });
    await advanceTo(world, visitor.testClockId ?? "", "2026-03-10T12:00:00Z");
    await untilCharges(world, visitor.subscription.id, "captured", 3);
    expect(await booksOf(world, visitor)).toEqual(["payment 299", "payment 299", "payment 299"]);
  });
});

describe("a charge that waits for its next retry while a window may pay it", () => {
  const declined = async () => {
    const visitor = await newcomer(world, { clockAt: "2026-01-10T01:00:00Z" });
    const worker = world.worker();
    await untilOver(world, await register(world, visitor));
    await world.control.fault({
      provider: "line_pay",
      operation: "charge",
      action: { type: "decline", code: "1142" },
    });
    await advanceTo(world, visitor.testClockId ?? "", "2026-02-10T12:00:00Z");
    await until(visitor, {
      ...active,
      status: "past_due",
      invoices: ["period 0 paid 299", "period 1 open 299"],
    });
    return { visitor, worker };
  };

  it("is set aside, and given back to its retries when all its windows are over", async () => {
    const { visitor, worker } = await declined();
    await worker.stop();
    const trip = await enterWindow(world, visitor);
    const charge = async () => {
      const [row] = await world.db.database.query<{ status: string; at: string }>(
        "select status, coalesce(due_at, resumes_at)::text as at from charges where status in ('scheduled', 'awaiting_customer')",
      );
      return row;
    };
    const aside = await charge();
    expect(aside?.status).toBe("awaiting_customer");
    await world.control.post(`/line-pay/requests/${trip.windowId}/cancel`, {});
    await comeBack(world, trip);
    await eventually("the charge to be back", async () => {
      await tendPaymentWindows(world.engine);
      return (await charge())?.status === "scheduled" ? true : undefined;
    });
    expect(await charge()).toEqual({ status: "scheduled", at: aside?.at });
  });

  it("is paid by the window instead, once", async () => {
    const { visitor } = await declined();
    await untilOver(world, await register(world, visitor));
    await until(visitor, { ...active, invoices: ["period 0 paid 299", "period 1 paid 299"] });
    await advanceTo(world, visitor.testClockId ?? "", "2026-02-20T12:00:00Z");
    expect(await booksOf(world, visitor)).toEqual(["payment 299", "payment 299"]);
  });
});

describe("a connection that is paused", () => {
  it("confirms nothing until it is resumed, and nothing is lost", async () => {
    const visitor = await newcomer(world);
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    const set = (state: string) =>
      world.db.database.execute(
        `update gateway_connections set state = $1,
           paused_reason = case when $1 = 'paused' then 'a test' end,
           paused_at = case when $1 = 'paused' then now() end`,
        [state],
      );
    await set("paused");
    await comeBack(world, trip);
    expect(await booksOf(world, visitor)).toEqual([]);
    await set("active");
    await eventually("the registration to be completed", async () => {
      await completeRegistration(world.engine, trip.registration);
      const { hasKey } = await standingOf(world, visitor);
      return hasKey ? true : undefined;
    });
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
  });
});

describe("a plan that changes while its window is open", () => {
  it("is not confirmed at the price that the customer did not agree to", async () => {
    const visitor = await newcomer(world);
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    const { accountId } = world;
    const planId = await addPlan(world, { amount: 499 });
    await changePlan(world.engine, {
      accountId,
      subscriptionId: visitor.subscription.id,
      planId,
    });
    await comeBack(world, trip);
    expect(await untilOver(world, trip)).toMatchObject({ failureCode: "superseded" });
    expect(await booksOf(world, visitor)).toEqual([]);
    await untilOver(world, await register(world, visitor));
    expect(await standingOf(world, visitor)).toEqual({
      ...active,
      invoices: ["period 0 paid 499"],
    });
    expect(await booksOf(world, visitor)).toEqual(["payment 499"]);
  });
});

describe("a provider that gives its customer the same key once more", () => {
  it("has its payment booked, and the key is charged as before", async () => {
    const visitor = await newcomer(world);
    await untilOver(world, await register(world, visitor));
    const [first] = await world.control.payments();
    const { gateways } = world.engine;
    const again = world.engineWith({
      gateways: {
        async of(db, connection) {
          const gateway = await gateways.of(db, connection);
          const { window } = gateway;
          if (window.kind !== "payment") throw new Error("LINE Pay's window takes a payment");
          return {
            ...gateway,
            window: {
              ...window,
              async confirm(order) {
                const confirmed = await window.confirm(order);
                const key = confirmed.billingKey && {
                  ...confirmed.billingKey,
                  secret: { billingKey: first?.key ?? "" },
                };
                return { ...confirmed, billingKey: key };
              },
            },
          };
        },
      },
    });
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    await comeBack(world, trip, again);
    expect((await untilOver(world, trip)).status).toBe("completed");
    expect(await standingOf(world, visitor)).toEqual({
      ...active,
      invoices: ["period 0 paid 299", "registration paid 1"],
    });
    const keys = await world.db.database.query("select status from billing_keys");
    expect(keys).toEqual([{ status: "active" }]);
  });
});
