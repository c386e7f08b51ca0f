import { describe, expect, it } from "vitest";
import { loseBillingKey } from "../../src/billing-keys/lose-billing-key.ts";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { effectiveNowOf } from "../../src/subscriptions/subscription-store.ts";
import { createWorld, subscribe } from "../support/world.ts";

describe("a billing key that dies at the provider while a charge of it is on its way", () => {
  it("still has the customer asked for a new method after that charge was paid", async () => {
    const world = await createWorld();
    const { accountId, connection, engine } = world;
    const { subscription, key } = await subscribe(world);
    const gateway = await engine.gateways.of(engine.database, connection);
    const [claim] = await claimCharges(engine, connection, gateway.capabilities, "real", 1);
    if (claim === undefined) throw new Error("nothing was claimed");
    const paid = await sendCharge(engine, connection, gateway, claim);
    const now = await effectiveNowOf(engine.database, accountId, undefined);
    const lost = {
      accountId,
      billingKeyId: key.id,
      status: "dead",
      reason: "deleted",
      now,
    } as const;
    await engine.database.transaction((tx) => loseBillingKey(tx, lost));
    await recordOutcomes(engine, [paid]);

    const [row] = await engine.database.query(
      "select status, method_required from subscriptions where id = $1",
      [subscription.id],
    );
    expect(row).toEqual({ status: "active", method_required: true });
    await world.stop();
  });
});
