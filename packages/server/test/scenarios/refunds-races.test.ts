import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordRefund } from "../../src/refunds/record-refund.ts";
import { claimRefunds, sendRefund } from "../../src/refunds/send-refunds.ts";
import {
  askForRefund,
  expectBooksToMatch,
  ledgerRefunds,
  linesOf,
  notify,
  paidCharge,
  recordFound,
  refundInConsole,
  refundsOf,
  untilRefund,
} from "../support/refund-world.ts";
import { createWorld, type World } from "../support/world.ts";

describe.each(["toss", "portone"] as const)("at %s", (provider) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ provider });
  });
  afterAll(() => world.stop());

  async function claim() {
    const { connection, engine } = world;
    const gateway = await engine.gateways.of(engine.database, connection);
    const claims = await claimRefunds(engine, connection, gateway.capabilities);
    return claims.map((claimed) => () => sendRefund(engine, connection, gateway, claimed));
  }

  describe("two workers on one refund", () => {
    it("send it once", async () => {
      const charge = await paidCharge(world);
      await askForRefund(world, charge, 4_000);
      await askForRefund(world, charge, 3_000);
      const claims = (await Promise.all([claim(), claim(), claim()])).flat();
      expect(claims).toHaveLength(1);
      for (const send of claims) await recordRefund(world.engine, await send());
      expect(await ledgerRefunds(world, charge)).toEqual([4_000]);
      expect((await linesOf(world, charge)).sort()).toEqual([
        "maedal 3000 requested",
        "maedal 4000 refunded",
      ]);
      await expectBooksToMatch(world, charge);
      for (const send of await claim()) await recordRefund(world.engine, await send());
      expect(await ledgerRefunds(world, charge)).toEqual([3_000, 4_000]);
      await expectBooksToMatch(world, charge);
    });
  });

  describe("an answer that comes after its lease", () => {
    it("changes nothing: the look-up decides", async () => {
      const charge = await paidCharge(world);
      const id = await askForRefund(world, charge, 4_000);
      const [send] = await claim();
      const answer = await send?.();
      if (answer === undefined) throw new Error("nothing was sent");
      await world.db.database.execute(
        "update refunds set lease_until = protocol_now() - interval '1 second' where id = $1",
        [id],
      );
      const worker = world.worker();
      await untilRefund(world, charge, id, "refunded");
      await worker.stop();
      expect(await recordRefund(world.engine, answer)).toBe(false);
      expect(await ledgerRefunds(world, charge)).toEqual([4_000]);
      await expectBooksToMatch(world, charge);
    });
  });

  describe("a claim that waited too long", () => {
    it("is not sent, and is claimed again", async () => {
      const charge = await paidCharge(world);
      const id = await askForRefund(world, charge, 4_000);
      const late = {
        ...world.engine.effects,
        clock: {
          ...world.engine.effects.clock,
          monotonicMs: () => world.engine.effects.clock.monotonicMs() + 60_000,
        },
      };
      const { connection, engine } = world;
      const gateway = await engine.gateways.of(engine.database, connection);
      const [claimed] = await claimRefunds(engine, connection, gateway.capabilities);
      if (claimed === undefined) throw new Error("nothing was claimed");
      const slow = world.engineWith({ effects: late });
      await recordRefund(engine, await sendRefund(slow, connection, gateway, claimed));
      expect(await ledgerRefunds(world, charge)).toEqual([]);
      expect((await refundsOf(world, charge))[0]).toMatchObject({
        status: "requested",
        sends: 0,
        failure: { class: "not_sent", code: "send_gate_closed" },
      });
      const worker = world.worker();
      await untilRefund(world, charge, id, "refunded");
      await worker.stop();
      await expectBooksToMatch(world, charge);
    });
  });

  describe("a refund of the console while ours is on its way", () => {
    it("is left to ours, which goes to a person when it turns out refused", async () => {
      const charge = await paidCharge(world);
      const id = await askForRefund(world, charge, 4_000);
      const [send] = await claim();
      await refundInConsole(world, charge, 3_000);
      await expect(recordFound(world.engine, world, charge)).rejects.toThrow("is on its way");
      const answer = await send?.();
      if (answer !== undefined) await recordRefund(world.engine, answer);
      const worker = world.worker();
      const waiting = await untilRefund(world, charge, id, "in_review");
      expect(waiting.reviewReason).toBe("refund_of_other_amount");
      await worker.stop();
      expect(await ledgerRefunds(world, charge)).toEqual([3_000]);
    });

    it("and a webhook in the same moment are counted once each", async () => {
      const worker = world.worker();
      const charge = await paidCharge(world);
      const id = await askForRefund(world, charge, 10_000);
      await Promise.all([notify(world, charge), notify(world, charge), notify(world, charge)]);
      await untilRefund(world, charge, id, "refunded");
      await worker.stop();
      expect(await linesOf(world, charge)).toEqual(["maedal 10000 refunded"]);
      await expectBooksToMatch(world, charge);
    });
  });
});
