import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { everyProvider } from "../support/provider-terms.ts";
import {
  chargePayments,
  chargesOf,
  createWorld,
  eventually,
  statusOf,
  subscribe,
  untilCharges,
  type Subscribed,
  type World,
} from "../support/world.ts";

/** Everything stands still until two more months are due, then a worker comes back. */
async function afterTwoMissedMonths(world: World): Promise<Subscribed> {
  const first = world.worker();
  const subscribed = await subscribe(world, { clockAt: "2026-01-31T01:00:00Z" });
  await untilCharges(world, subscribed.subscription.id, "captured");
  await first.stop();
  await world.db.database.execute("update test_clocks set now_at = $1", [
    Temporal.Instant.from("2026-04-02T01:00:00Z"),
  ]);
  world.worker();
  return subscribed;
}

describe.each(everyProvider)(
  "a server that stood still for two due dates, at $provider",
  ({ provider }) => {
    it("bills both periods, in order and once each", async () => {
      const world = await createWorld({ provider });
      const { subscription } = await afterTwoMissedMonths(world);
      const charges = await untilCharges(world, subscription.id, "captured", 3);
      expect(charges.map(({ period }) => period)).toEqual([0, 1, 2]);
      const payments = await chargePayments(world);
      expect(payments.map(({ orderId }) => orderId)).toEqual(
        charges.map((charge) => charge.order_id),
      );
      const invoices = await world.db.database.query<{ starts: string }>(
        `select to_char(period_starts_on, 'YYYY-MM-DD') as starts from invoices
       order by period_index`,
      );
      expect(invoices.map(({ starts }) => starts)).toEqual([
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
      ]);
      expect(await statusOf(world, subscription.id)).toBe("active");
      await world.stop();
    });

    it("collects only the latest of them where the account says so, and the others are void", async () => {
      const world = await createWorld({ provider });
      await world.db.database.execute("update accounts set overdue_periods = 'collect_latest'");
      const { subscription } = await afterTwoMissedMonths(world);
      const charges = await untilCharges(world, subscription.id, "captured", 2);
      expect(charges.map(({ period }) => period)).toEqual([0, 2]);
      const invoices = await eventually("three invoices", async () => {
        const rows = await world.db.database.query<{ status: string }>(
          "select status from invoices order by period_index",
        );
        return rows.length === 3 && rows;
      });
      expect(invoices.map(({ status }) => status)).toEqual(["paid", "void", "paid"]);
      expect(await chargesOf(world, subscription.id)).toHaveLength(2);
      await world.stop();
    });
  },
);
