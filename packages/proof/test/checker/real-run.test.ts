/**
 * The checker before real evidence: the engine, a database and the emulator, faults included. What it
 * says of hand-written evidence is worth nothing if it cries wolf here.
 */
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addPlan,
  advanceTo,
  createWorld,
  patientWindows,
  subscribe,
  untilCharges,
  type Subscribed,
  type World,
} from "../../../server/test/support/world.ts";
import { cancelSubscription } from "../../../server/src/subscriptions/cancel-subscription.ts";
import { changePlan } from "../../../server/src/subscriptions/change-plan.ts";
import { requestRefund } from "../../../server/src/refunds/request-refund.ts";
import { eventually } from "../../../server/test/support/world.ts";
import { checkAccounts, type Report } from "../../src/checker/check-accounts.ts";
import { askEmulator, dumpTables } from "../../src/checker/collect.ts";

async function judge(world: World): Promise<Report> {
  const client = new Client({ connectionString: world.db.url });
  await client.connect();
  try {
    const query = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;
    const tables = await dumpTables(query);
    return checkAccounts({ ...(await askEmulator(world.emulator.ready.control)), tables });
  } finally {
    await client.end();
  }
}

function violationsOf({ invariants }: Report): string[] {
  return invariants.flatMap(({ number, violations }) =>
    violations.map((run) => `${number}: ${run}`),
  );
}

describe("a year of three customers, with lost answers, declines, a refund, a cancel and a change", () => {
  let world: World;
  const from = "2027-01-31T01:00:00Z";
  beforeAll(async () => {
    world = await createWorld({ windows: patientWindows });
    world.worker();
  });
  afterAll(() => world.stop());

  const untilPaid = (run: Subscribed, count: number) =>
    untilCharges(world, run.subscription.id, "captured", count);

  it("has no violation, and everything is counted", async () => {
    const { accountId, control, engine } = world;
    await control.fault({
      operation: "charge",
      times: 4,
      skip: 3,
      action: { type: "close_after" },
    });
    await control.fault({
      operation: "charge",
      times: 2,
      skip: 9,
      action: { type: "decline", code: "NOT_ENOUGH_BALANCE" },
    });
    const steady = await subscribe(world, { clockAt: from });
    const leaving = await subscribe(world, { clockAt: from, unit: "week" });
    const moving = await subscribe(world, { clockAt: from, trialDays: 7 });
    await Promise.all([untilPaid(steady, 1), untilPaid(leaving, 1)]);
    const planId = await addPlan(world, { amount: 99_000, unit: "year" });

    for (const customer of [steady, leaving, moving]) {
      await advanceTo(world, customer.testClockId ?? "", "2027-03-02T02:00:00Z");
    }
    await cancelSubscription(engine, {
      accountId,
      subscriptionId: leaving.subscription.id,
      when: "now",
    });
    await changePlan(engine, { accountId, subscriptionId: moving.subscription.id, planId });
    const [charge] = await untilPaid(steady, 2);
    await engine.database.transaction(
      async (tx) =>
        await requestRefund(tx, engine, {
          accountId,
          chargeId: charge?.id ?? "",
          amountMinor: 4_000,
          reason: "out of stock",
          requestedBy: "test",
        }),
    );
    for (const customer of [steady, leaving, moving]) {
      await advanceTo(world, customer.testClockId ?? "", "2027-12-31T02:00:00Z");
    }
    await eventually("the refund", async () =>
      (await control.ledger()).some(({ kind }) => kind === "refund"),
    );

    const report = await eventually("everything to be written", async () => {
      const judged = await judge(world);
      return judged.violations === 0 && judged;
    }).catch(async () => await judge(world));
    expect(violationsOf(report)).toEqual([]);
    const { payments, refunds, subscriptions } = report;
    expect([subscriptions, refunds]).toEqual([3, 1]);
    expect(payments).toBe((await control.payments()).length);
    expect(payments).toBeGreaterThan(15);
  });
});

describe("a provider that takes a second payment behind the engine's back", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    world.worker();
  });
  afterAll(() => world.stop());

  it("is caught", async () => {
    const { key, subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "captured");
    const { ready } = world.emulator;
    const order = (charge?.order_id ?? "").replace(/00$/, "01");
    const answer = await fetch(
      `${ready.toss.url.replace(/\/$/, "")}/v1/billing/${key.billingKey}`,
      {
        method: "POST",
        headers: {
          authorization: `Basic ${Buffer.from(`${ready.toss.secretKey}:`).toString("base64")}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({
          customerKey: key.customerKey,
          orderId: order,
          orderName: "again",
          amount: 9_900,
        }),
      },
    );
    expect(answer.status).toBe(200);
    const { invariants } = await judge(world);
    expect(
      invariants.filter(({ violations }) => violations.length > 0).map(({ number }) => number),
    ).toEqual([1, 4]);
  });
});
