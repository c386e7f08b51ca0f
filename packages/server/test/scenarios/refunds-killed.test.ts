import { createHttpSender } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGateways } from "../../src/connections/gateways.ts";
import { realEffects } from "../../src/effects.ts";
import type { Engine } from "../../src/engine.ts";
import { reconcileRefunds } from "../../src/refunds/look-up-refunds.ts";
import { recordRefund } from "../../src/refunds/record-refund.ts";
import { claimRefunds, sendRefund } from "../../src/refunds/send-refunds.ts";
import { mortal } from "../support/mortal.ts";
import {
  askForRefund,
  expectBooksToMatch,
  ledgerRefunds,
  linesOf,
  wordsOf,
  paidCharge,
  recordFound,
  refundInConsole,
  untilRefund,
  type PaidCharge,
} from "../support/refund-world.ts";
import { addConnection, createWorld, testTimeouts, type World } from "../support/world.ts";

interface Prepared {
  /** With a connection of its own, so that no process takes over what the one before left. */
  readonly own: World;
  readonly charge: PaidCharge;
  readonly refundId: string;
}

describe.each(["toss", "line_pay", "portone"] as const)("at %s", (provider) => {
  let world: World;
  const sender = createHttpSender();
  beforeAll(async () => {
    world = await createWorld({ provider });
  });
  afterAll(async () => {
    await world.stop();
    await sender.close();
  });

  async function withConnection(): Promise<World> {
    const { accountId, emulator, engine } = world;
    return { ...world, connection: await addConnection(engine, accountId, emulator, 10, provider) };
  }

  async function asked(): Promise<Prepared> {
    const own = await withConnection();
    const charge = await paidCharge(own);
    return { own, charge, refundId: await askForRefund(own, charge, 4_000) };
  }

  async function sendAndRecord(engine: Engine, { connection }: World): Promise<void> {
    const gateway = await engine.gateways.of(engine.database, connection);
    for (const claim of await claimRefunds(engine, connection, gateway.capabilities)) {
      await recordRefund(engine, await sendRefund(engine, connection, gateway, claim));
    }
  }

  /** Runs the work in a process that dies at step 1, 2, 3, … until it survives. */
  async function killAtEachStep(
    prepare: () => Promise<Prepared>,
    work: (engine: Engine, prepared: Prepared) => Promise<unknown>,
  ): Promise<Prepared[]> {
    const all = [];
    for (let diesAt = 1; diesAt < 200; diesAt += 1) {
      const prepared = await prepare();
      all.push(prepared);
      const process = mortal(world.db.database, sender, diesAt);
      const gateways = createGateways(world.engine.keys, {
        sender: process.sender,
        ...realEffects,
        timeouts: testTimeouts,
      });
      const engine = world.engineWith({ database: process.database, gateways });
      if ((await process.live(() => work(engine, prepared))) !== "died") return all;
    }
    throw new Error("it never survives");
  }

  async function expectOneRefundEach(prepared: readonly Prepared[]): Promise<void> {
    for (const { charge, refundId } of prepared) {
      await untilRefund(world, charge, refundId, "refunded");
      expect(await ledgerRefunds(world, charge)).toEqual([4_000]);
      expect(await linesOf(world, charge)).toEqual(["maedal 4000 refunded"]);
      await expectBooksToMatch(world, charge);
    }
  }

  describe("a worker that is killed between every two steps", () => {
    it("while it claims, sends and records a refund leaves it to be given once", async () => {
      const prepared = await killAtEachStep(asked, (engine, { own }) => sendAndRecord(engine, own));
      expect(prepared.length).toBeGreaterThan(20);
      const worker = world.worker();
      await expectOneRefundEach(prepared);
      await worker.stop();
    });

    it("while it looks a lost answer up leaves the refund to be adopted once", async () => {
      const { refund } = wordsOf(world);
      await world.control.fault({
        provider,
        operation: refund,
        times: null,
        action: { type: "close_after" },
      });
      const lost = async (): Promise<Prepared> => {
        const prepared = await asked();
        await sendAndRecord(world.engine, prepared.own);
        await world.db.database.execute(
          "update refunds set look_up_at = protocol_now() where status = 'reconciling'",
        );
        return prepared;
      };
      const prepared = await killAtEachStep(lost, (engine) => reconcileRefunds(engine));
      await world.control.clearFaults();
      expect(prepared.length).toBeGreaterThan(10);
      await world.db.database.execute(
        "update refunds set lease_until = protocol_now() where status = 'reconciling' and lease_token is not null",
      );
      const worker = world.worker();
      await expectOneRefundEach(prepared);
      await worker.stop();
    });

    it("while it books a refund of the console leaves it to be booked once", async () => {
      const prepared = await killAtEachStep(
        async () => {
          const own = await withConnection();
          const charge = await paidCharge(own);
          await refundInConsole(own, charge, 3_000);
          return { own, charge, refundId: "" };
        },
        (engine, { own, charge }) => recordFound(engine, own, charge),
      );
      expect(prepared.length).toBeGreaterThan(5);
      for (const { own, charge } of prepared) {
        await recordFound(world.engine, own, charge);
        expect(await linesOf(world, charge)).toEqual(["provider 3000 refunded"]);
        await expectBooksToMatch(world, charge);
      }
    });
  });
});
