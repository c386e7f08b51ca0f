import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../../src/ids/id.ts";
import { invoiceOrderId, periodOrderId } from "../../src/ids/order-id.ts";
import { findingJson } from "../../src/http/sweep-json.ts";
import { paidCharge } from "../support/refund-world.ts";
import {
  askForSweep,
  findingsOf,
  payAs,
  sweepNow,
  takeUp,
  toldOf,
} from "../support/sweep-world.ts";
import {
  addConnection,
  connectionNow,
  createWorld,
  subscribe,
  type World,
} from "../support/world.ts";

/** Where the provider lists its payments, what this database never sent is found too. */
describe.each(["toss", "portone"] as const)("in the list of %s", (provider) => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld({ provider });
  });
  afterEach(() => world.stop());

  const random = () => world.engine.effects.random;

  async function sweepAll() {
    const id = await askForSweep(world);
    expect(await takeUp(world.engine, id)).toEqual({ kind: "finished" });
    const findings = await findingsOf(world, { sweepId: id });
    return { findings, view: await sweepNow(world, id) };
  }

  describe("a payment of the merchant's other business", () => {
    it("is counted and nothing else", async () => {
      const { key } = await subscribe(world);
      await payAs(world, key, "SHOP-2026-000123");
      const { findings, view } = await sweepAll();
      expect(findings).toEqual([]);
      expect(view).toMatchObject({ foreignListed: 1, asked: 0 });
      expect(await toldOf(world)).toEqual({});
    });
  });

  describe("a payment under an order id of our form", () => {
    it("that no subscription here explains is an orphan, which its id names", async () => {
      const { key } = await subscribe(world);
      const stranger = newId("sub", random());
      const orderId = periodOrderId(stranger, 7, 0);
      const paymentId = await payAs(world, key, orderId);
      const { findings } = await sweepAll();
      expect(findings.map((finding) => findingJson(finding))).toMatchObject([
        {
          kind: "orphan",
          action: "told",
          orderId,
          paymentId,
          subscriptionId: stranger,
          periodIndex: 7,
          chargeId: null,
          amount: 9_900,
          currency: "KRW",
          settledAt: null,
        },
      ]);
      expect(findings[0]?.detail).toContain("which this database does not have");
      expect((await connectionNow(world)).state).toBe("active");
      expect((await sweepAll()).findings).toEqual([]);
      expect(await toldOf(world)).toEqual({ "sweep.found": 1 });
    });

    it("of a period that a restored database has lost says so", async () => {
      const { key, subscription } = await subscribe(world);
      await payAs(world, key, periodOrderId(subscription.id as `sub_${string}`, 3, 0));
      const { findings } = await sweepAll();
      expect(findings.map(({ kind }) => kind)).toEqual(["orphan"]);
      expect(findings[0]?.detail).toContain("restored to an earlier moment");
      expect(findings[0]?.detail).toContain(subscription.id);
    });

    it("of a charge that was never sent from here names the charge", async () => {
      const { key, subscription } = await subscribe(world);
      const rows = await world.engine.database.query<{ id: string; order_id: string }>(
        "select id, order_id from charges where subscription_id = $1",
        [subscription.id],
      );
      await payAs(world, key, rows[0]?.order_id ?? "");
      const { findings } = await sweepAll();
      expect(findings.map(({ kind, chargeId }) => [kind, chargeId])).toEqual([
        ["orphan", rows[0]?.id],
      ]);
    });

    it("of an invoice that nobody here knows is an orphan too", async () => {
      const { key } = await subscribe(world);
      await payAs(world, key, invoiceOrderId(newId("inv", random()), 0));
      const { findings } = await sweepAll();
      expect(findings.map(({ kind }) => kind)).toEqual(["orphan"]);
    });

    it("that another connection of this database sent is left to that one", async () => {
      const { accountId, emulator, engine } = world;
      const connection = await addConnection(engine, accountId, emulator, 10, provider);
      await paidCharge({ ...world, connection });
      const { findings, view } = await sweepAll();
      expect(findings).toEqual([]);
      expect(view.listed).toBeGreaterThan(0);
    });
  });

  describe("a list that lags behind", () => {
    it("is made up for by asking about each order: nothing is missed, nothing is told", async () => {
      const charge = await paidCharge(world);
      const list = { toss: "transactions", portone: "status" }[provider];
      const action = { type: "stale_lookup" };
      await world.control.fault({ provider, operation: list, times: null, action });
      const { findings, view } = await sweepAll();
      expect(findings).toEqual([]);
      expect(view).toMatchObject({ listed: 0, asked: 1 });
      expect(charge.paymentId).not.toBe("");
    });
  });

  describe("payments that the list shows as they are in the books", () => {
    it("are not asked about one by one", async () => {
      for (let n = 0; n < 3; n += 1) await paidCharge(world);
      const { view } = await sweepAll();
      expect(view).toMatchObject({ asked: 0, foreignListed: 0, status: "finished" });
      expect(view.listed).toBeGreaterThanOrEqual(3);
    });
  });
});
