/** A payment is refunded in the provider's console within the day, in full. */
import { afterEach, describe, expect, it } from "vitest";
import {
  expectBooksToMatch,
  ledgerRefunds,
  linesOf,
  paidCharge,
  refundInConsole,
} from "../support/refund-world.ts";
import { lineOf, sweep } from "../support/sweep-world.ts";
import { createWorld, type World } from "../support/world.ts";

let world: World;
afterEach(() => world.stop());

describe.each(["negative", "positive"] as const)(
  "a refund of everything, which Toss lists with a %s amount",
  (cancellationAmount) => {
    it("is not taken for the payment itself: it is found and booked", async () => {
      world = await createWorld();
      await world.control.post("/switches", { provider: "toss", cancellationAmount });
      const charge = await paidCharge(world);
      await refundInConsole(world, charge, charge.amount.amountMinor);
      const found = await sweep(world);
      expect(found.map(lineOf)).toEqual([
        `refund_elsewhere booked settled by maedal ${charge.paymentId}`,
      ]);
      expect(await linesOf(world, charge)).toEqual(["provider 10000 refunded"]);
      expect(await ledgerRefunds(world, charge)).toEqual([10_000]);
      await expectBooksToMatch(world, charge);
    });
  },
);
