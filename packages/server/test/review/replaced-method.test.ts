import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import {
  addConnection,
  advanceTo,
  chargesOf,
  createWorld,
  eventually,
  registerMethod,
  subscribe,
  type World,
} from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.stop());

async function claimFirst() {
  const { engine, connection } = world;
  const gateway = await engine.gateways.of(engine.database, connection);
  const [claim] = await claimCharges(engine, connection, gateway.capabilities, "test", 1);
  if (claim === undefined) throw new Error("nothing was claimed");
  return { claim, gateway };
}

async function sendAndRecord({ claim, gateway }: Awaited<ReturnType<typeof claimFirst>>) {
  const { engine, connection } = world;
  await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
}

const isCollected = (subscriptionId: string) => async () => {
  const charges = await chargesOf(world, subscriptionId);
  return charges.some(({ status }) => status === "captured" || status === "in_review");
};

async function needsMethod(subscriptionId: string) {
  const [row] = await world.db.database.query<{ needs: boolean }>(
    "select method_required as needs from subscriptions where id = $1",
    [subscriptionId],
  );
  return row?.needs;
}

const clockAt = "2026-03-02T01:00:00Z";

describe("a customer who brings a new method while the old one is being charged", () => {
  it("is charged with the new one when the old one is refused for good", async () => {
    const { subscription, customerId } = await subscribe(world, { clockAt });
    const claimed = await claimFirst();
    await registerMethod(world, customerId, {
      subscriptionId: subscription.id,
    });
    const action = { type: "decline", code: "ALREADY_CLOSE_ACCOUNT" };
    await world.control.fault({ operation: "charge", action });
    await sendAndRecord(claimed);

    expect(await needsMethod(subscription.id)).toBe(false);
    world.worker();
    await eventually("the new method to be charged", isCollected(subscription.id));
  });

  it("at another connection is charged there when the old one is declined", async () => {
    const { subscription, customerId, testClockId = "" } = await subscribe(world, { clockAt });
    const claimed = await claimFirst();
    const { engine, accountId, emulator } = world;
    const connection = await addConnection(engine, accountId, emulator, 10);
    const elsewhere = { ...world, connection };
    await registerMethod(elsewhere, customerId, {
      subscriptionId: subscription.id,
    });
    const action = { type: "decline", code: "REJECT_ACCOUNT_PAYMENT" };
    await world.control.fault({ operation: "charge", action });
    await sendAndRecord(claimed);

    world.worker();
    await advanceTo(world, testClockId, "2026-03-20T01:00:00Z");
    await eventually("collection or a person", isCollected(subscription.id));
  });

  it("at another connection owes nothing invisible when the old one's request was lost", async () => {
    const { subscription, customerId } = await subscribe(world, { clockAt });
    const claimed = await claimFirst();
    const { engine, accountId, emulator } = world;
    const connection = await addConnection(engine, accountId, emulator, 10);
    const elsewhere = { ...world, connection };
    await registerMethod(elsewhere, customerId, {
      subscriptionId: subscription.id,
    });
    await world.control.fault({
      operation: "charge",
      action: { type: "drop_request" },
    });
    await sendAndRecord(claimed);

    world.worker();
    await eventually("collection or a person", isCollected(subscription.id));
  });
});
