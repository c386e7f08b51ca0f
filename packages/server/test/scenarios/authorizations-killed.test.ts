import { createHttpSender } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captureCharge, voidCharge } from "../../src/authorizations/settle-authorization.ts";
import { tendAuthorizations } from "../../src/authorizations/tend-authorizations.ts";
import { createGateways } from "../../src/connections/gateways.ts";
import type { Engine } from "../../src/engine.ts";
import {
  callsOf,
  chargeNow,
  createHeldWorld,
  heldAmount,
  holdMoney,
  invoiceStatusOf,
  ledgerOf,
  spoil,
  type Held,
} from "../support/held-world.ts";
import { mortal } from "../support/mortal.ts";
import { eventually, testTimeouts, type World } from "../support/world.ts";

describe("a process that is killed between every two steps", () => {
  let world: World;
  const sender = createHttpSender();
  beforeAll(async () => {
    world = await createHeldWorld();
  });
  afterAll(async () => {
    await world.stop();
    await sender.close();
  });

  /** Runs the work in a process that dies at step 1, 2, 3, … until it survives. */
  async function killAtEachStep(
    prepare: () => Promise<Held>,
    work: (engine: Engine, held: Held) => Promise<unknown>,
  ): Promise<Held[]> {
    const prepared: Held[] = [];
    for (let diesAt = 1; diesAt <= 100; diesAt += 1) {
      const held = await prepare();
      prepared.push(held);
      const process = mortal(world.db.database, sender, diesAt);
      const options = { sender: process.sender, ...world.engine.effects };
      const gateways = createGateways(world.engine.keys, { ...options, timeouts: testTimeouts });
      const engine = world.engineWith({ database: process.database, gateways });
      if ((await process.live(() => work(engine, held))) !== "died") return prepared;
    }
    throw new Error("it never survives");
  }

  const wantedOf = ({ chargeId }: Held) => {
    return { accountId: world.accountId, chargeId, requestedBy: "test" };
  };

  /** Every charge ends where the provider's books say; one that is still held was never taken. */
  async function expectTruth(all: readonly Held[], kind: "capture" | "void"): Promise<number> {
    const worker = world.worker();
    let settled = 0;
    for (const held of all) {
      const { status } = await eventually("the charge to be settled", async () => {
        const charge = await chargeNow(world, held.chargeId);
        return !["capturing", "voiding", "expired"].includes(charge.status) && charge;
      });
      const moved = (await ledgerOf(world, held)).slice(1);
      const isDone = status !== "authorized";
      expect(moved).toEqual(isDone ? [`${kind} ${heldAmount}`] : []);
      expect(status).toBe(isDone ? (kind === "capture" ? "captured" : "voided") : "authorized");
      const invoice = kind === "capture" ? "paid" : "void";
      expect(await invoiceStatusOf(world, held)).toBe(isDone ? invoice : "open");
      expect((await callsOf(world, held)).length).toBeLessThanOrEqual(1);
      if (isDone) settled += 1;
    }
    await worker.stop();
    return settled;
  }

  it("while it captures leaves every charge captured once, or as it was", async () => {
    const all = await killAtEachStep(
      () => holdMoney(world),
      (engine, held) => captureCharge(engine, wantedOf(held)),
    );
    expect(all.length).toBeGreaterThan(20);
    expect(await expectTruth(all, "capture")).toBeGreaterThan(5);
  });

  it("while it voids leaves every charge voided once, or as it was", async () => {
    const all = await killAtEachStep(
      () => holdMoney(world),
      (engine, held) => voidCharge(engine, wantedOf(held)),
    );
    expect(all.length).toBeGreaterThan(20);
    expect(await expectTruth(all, "void")).toBeGreaterThan(5);
  });

  it("while it looks a lost answer up leaves the capture to be adopted once", async () => {
    await spoil(world, "capture", { type: "close_after" }, null);
    const all = await killAtEachStep(
      async () => {
        const held = await holdMoney(world);
        await captureCharge(world.engine, wantedOf(held));
        await world.db.database.execute(
          "update charges set look_up_at = protocol_now() where id = $1",
          [held.chargeId],
        );
        return held;
      },
      (engine) => tendAuthorizations(engine),
    );
    await world.control.clearFaults();
    await world.db.database.execute(
      "update charges set lease_until = protocol_now() where status = 'capturing' and lease_token is not null",
    );
    expect(await expectTruth(all, "capture")).toBe(all.length);
  });
});
