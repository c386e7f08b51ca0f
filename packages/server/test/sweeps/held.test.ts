import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHeldWorld, heldAmount, holdMoney } from "../support/held-world.ts";
import { lineOf, sweep } from "../support/sweep-world.ts";
import { chargesOf, eventually, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createHeldWorld();
});
afterEach(() => world.stop());

async function authorizations() {
  const { connection, engine, patient } = world;
  const gateway = await patient.of(engine.database, connection);
  if (gateway.authorizations === undefined) throw new Error("LINE Pay can hold money");
  return gateway.authorizations;
}

async function becomes(subscriptionId: string, status: string): Promise<void> {
  await eventually(`the charge to be ${status}`, async () => {
    return (await chargesOf(world, subscriptionId))[0]?.status === status;
  });
}

describe("money that LINE Pay holds for us", () => {
  it("agrees as long as it is held", async () => {
    await holdMoney(world);
    expect(await sweep(world)).toEqual([]);
  });

  it("and that somebody voided in the merchant centre is asked about, and voided here too", async () => {
    const { paymentId, subscriptionId } = await holdMoney(world);
    const [charge] = await chargesOf(world, subscriptionId);
    const amount = { amountMinor: heldAmount, currency: "TWD" } as const;
    await (await authorizations()).void({ paymentId, orderId: charge?.order_id ?? "", amount });
    expect((await sweep(world)).map(lineOf)).toEqual([`state_differs looked_up open ${paymentId}`]);
    world.worker();
    await becomes(subscriptionId, "voided");
  });

  it("and that somebody captured in the merchant centre is asked about, and captured here too", async () => {
    const { paymentId, subscriptionId } = await holdMoney(world);
    const [charge] = await chargesOf(world, subscriptionId);
    const amount = { amountMinor: heldAmount, currency: "TWD" } as const;
    await (await authorizations()).capture({ paymentId, orderId: charge?.order_id ?? "", amount });
    expect((await sweep(world)).map(lineOf)).toEqual([`state_differs looked_up open ${paymentId}`]);
    world.worker();
    await becomes(subscriptionId, "captured");
    const payments = (await world.control.ledger()).filter(
      (entry) => entry.paymentId === paymentId,
    );
    expect(payments.map(({ kind }) => kind)).toEqual(["authorization", "capture"]);
  });
});
