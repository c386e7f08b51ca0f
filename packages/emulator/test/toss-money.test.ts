import { assert, array, asyncProperty, integer, nat, property } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { vatOf } from "../src/toss/payment-object.ts";
import { startWorld, type Json, type Mandate, type World } from "./support/world.ts";

let world: World;
let mandate: Mandate;
beforeAll(async () => {
  world = await startWorld();
  mandate = await world.register();
});
afterAll(() => world.stop());

describe("value added tax", () => {
  it("is an eleventh of what is taxed, rounded: 445 of 4900", () => {
    expect(vatOf(4900, 0)).toEqual({ suppliedAmount: 4455, vat: 445 });
  });

  it("and the supply and the tax-free part add up to the amount", () => {
    assert(
      property(nat(10_000_000), nat(10_000_000), (taxed, taxFree) => {
        const { suppliedAmount, vat } = vatOf(taxed + taxFree, taxFree);
        expect(suppliedAmount + vat + taxFree).toBe(taxed + taxFree);
      }),
    );
  });
});

describe("any sequence of cancellations", () => {
  it("gives back exactly what the payment says, and never more than was paid", async () => {
    let number = 0;
    const amounts = array(integer({ min: 1, max: 5000 }), { maxLength: 6 });
    await assert(
      asyncProperty(amounts, async (cancelAmounts) => {
        const orderId = `order-money-${(number += 1)}`;
        const { body } = await world.charge(mandate, { orderId, amount: 6000 });
        const path = `/v1/payments/${body.paymentKey}`;
        for (const cancelAmount of cancelAmounts) {
          await world.toss("POST", `${path}/cancel`, { cancelReason: "일부", cancelAmount });
        }
        const { body: payment } = await world.toss("GET", path);
        const ledger = await world.ledgerOf(orderId);
        const refunds = ledger.filter(([kind]) => kind === "refund").map(([, amount]) => amount);
        const refunded = refunds.reduce((sum, amount) => sum + amount, 0);
        expect(payment.balanceAmount).toBe(6000 - refunded);
        expect(payment.balanceAmount).toBeGreaterThanOrEqual(0);
        const told = (payment.cancels ?? []).map((cancel: Json) => cancel.cancelAmount);
        expect(told).toEqual(refunds);
      }),
      { numRuns: 30 },
    );
  });
});
