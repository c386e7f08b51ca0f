import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everyProvider } from "../support/provider-terms.ts";
import {
  advanceTo,
  chargePayments,
  chargesOf,
  createWorld,
  statusOf,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

describe.each(everyProvider)(
  "a customer who subscribes on the 31st and stays for a year, at $provider",
  ({ provider }) => {
    let world: World;
    beforeAll(async () => {
      world = await createWorld({ provider });
      world.worker();
    });
    afterAll(() => world.stop());

    it("pays at once, then on the last day of the shorter months and on the 31st again", async () => {
      const { subscription, testClockId = "" } = await subscribe(world, {
        clockAt: "2026-01-31T05:00:00Z",
      });
      await untilCharges(world, subscription.id, "captured");
      expect(await statusOf(world, subscription.id)).toBe("active");

      await advanceTo(world, testClockId, "2027-01-30T23:00:00Z");

      const dates = await world.db.database.query<{ at: string }>(
        `select to_char(c.captured_at at time zone 'Asia/Seoul', 'YYYY-MM-DD HH24:MI') as at
       from charges c where c.subscription_id = $1 order by c.captured_at`,
        [subscription.id],
      );
      expect(dates.map(({ at }) => at)).toEqual([
        "2026-01-31 14:00",
        "2026-02-28 10:00",
        "2026-03-31 10:00",
        "2026-04-30 10:00",
        "2026-05-31 10:00",
        "2026-06-30 10:00",
        "2026-07-31 10:00",
        "2026-08-31 10:00",
        "2026-09-30 10:00",
        "2026-10-31 10:00",
        "2026-11-30 10:00",
        "2026-12-31 10:00",
      ]);
      const paid = await chargePayments(world);
      const charges = await chargesOf(world, subscription.id);
      expect(paid.map(({ orderId }) => orderId)).toEqual(charges.map((charge) => charge.order_id));
    });
  },
);
