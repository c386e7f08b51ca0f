import { createHttpSender } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { reconcileCharges } from "../../src/charges/look-up-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { rollSubscriptions } from "../../src/subscriptions/roll-subscriptions.ts";
import { killAtEachStep } from "../support/mortal.ts";
import { everyProvider, spoilCharge } from "../support/provider-terms.ts";
import {
  addConnection,
  chargePayments,
  chargesOf,
  createWorld,
  eventually,
  subscribe,
  untilCharges,
  type Subscribed,
  type World,
} from "../support/world.ts";

describe.each(everyProvider)(
  "a worker that is killed between every two steps, at $provider",
  ({ provider }) => {
    let world: World;
    const sender = createHttpSender();
    beforeAll(async () => {
      world = await createWorld({ provider });
    });
    afterAll(async () => {
      await world.stop();
      await sender.close();
    });

    /** A lane of its own, so that the next process does not take over what the last one left. */
    async function withLane(): Promise<{ world: World; subscribed: Subscribed }> {
      const { accountId, emulator, engine } = world;
      const connection = await addConnection(engine, accountId, emulator, 10, provider);
      const own = { ...world, connection };
      return { world: own, subscribed: await subscribe(own) };
    }

    async function expectOnePaymentEach(subscribed: readonly Subscribed[], periods: number) {
      for (const { subscription } of subscribed) {
        await untilCharges(world, subscription.id, "captured", periods);
      }
      const payments = await chargePayments(world);
      for (const { subscription, key } of subscribed) {
        const paid = payments.filter((payment) => payment.key === key.billingKey);
        const charges = await chargesOf(world, subscription.id);
        expect(paid.map(({ orderId }) => orderId).sort()).toEqual(
          charges.map((charge) => charge.order_id).sort(),
        );
        expect(charges).toHaveLength(periods);
      }
    }

    it("while it claims, sends and records leaves every charge to be paid exactly once", async () => {
      const prepared = await killAtEachStep(
        world,
        sender,
        withLane,
        async (engine, { world: { connection } }) => {
          const gateway = await engine.gateways.of(engine.database, connection);
          const { capabilities } = gateway;
          const claims = await claimCharges(engine, connection, capabilities, "real", 1);
          for (const claim of claims) {
            await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
          }
        },
      );
      expect(prepared.length).toBeGreaterThan(20);
      const worker = world.worker();
      await expectOnePaymentEach(
        prepared.map(({ subscribed }) => subscribed),
        1,
      );
      await worker.stop();
    });

    it("while it looks a lost answer up leaves the charge to be adopted once", async () => {
      await spoilCharge(world, { type: "close_after" }, { times: null });
      const prepared = await killAtEachStep(
        world,
        sender,
        async () => {
          const own = await withLane();
          const { connection } = own.world;
          const { engine } = world;
          const gateway = await engine.gateways.of(engine.database, connection);
          const { capabilities } = gateway;
          const [claim] = await claimCharges(engine, connection, capabilities, "real", 1);
          if (claim === undefined) throw new Error("nothing was claimed");
          await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
          await world.db.database.execute(
            "update charges set look_up_at = protocol_now() where status = 'reconciling'",
          );
          return own;
        },
        (engine) => reconcileCharges(engine),
      );
      await world.control.clearFaults();
      expect(prepared.length).toBeGreaterThan(10);
      await world.db.database.execute(
        "update charges set lease_until = protocol_now() where status = 'reconciling' and lease_token is not null",
      );
      const worker = world.worker();
      await expectOnePaymentEach(
        prepared.map(({ subscribed }) => subscribed),
        1,
      );
      await worker.stop();
    });

    it("while it rolls a period leaves one invoice and one charge for it", async () => {
      const worker = world.worker();
      const first = await subscribe(world, { clockAt: "2026-01-31T01:00:00Z" });
      await untilCharges(world, first.subscription.id, "captured");
      await worker.stop();
      const months = ["02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30"];
      let month = 0;
      const prepared = await killAtEachStep(
        world,
        sender,
        async () => {
          const to = `2026-${months[month % months.length]}T02:00:00Z`;
          const [clock] = await world.db.database.query<{ at: string }>(
            "select greatest(now_at, $2::timestamptz) as at from test_clocks where id = $1",
            [first.testClockId, to],
          );
          await world.db.database.execute("update test_clocks set now_at = $2 where id = $1", [
            first.testClockId,
            clock?.at,
          ]);
          month += 1;
          return { world, subscribed: first };
        },
        (engine) => rollSubscriptions(engine),
      );
      expect(prepared.length).toBeGreaterThan(5);
      world.worker();
      await eventually("the worker to catch up", async () => {
        const [row] = await world.db.database.query<{ due: boolean }>(
          `select s.next_due_at <= t.now_at as due from subscriptions s
         join test_clocks t on t.id = s.test_clock_id where s.id = $1`,
          [first.subscription.id],
        );
        return row?.due === false;
      });
      const charges = await chargesOf(world, first.subscription.id);
      await expectOnePaymentEach([first], charges.length);
      expect(charges.map(({ period }) => period)).toEqual(charges.map((_, index) => index));
    });
  },
);
