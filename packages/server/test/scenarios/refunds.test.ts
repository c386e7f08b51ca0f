import { money } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "../../src/app-error.ts";
import { pauseConnection, resumeConnection } from "../../src/connections/connection-store.ts";
import { resolveRefund } from "../../src/refunds/resolve-refund.ts";
import {
  askForRefund,
  eventTypesOf,
  expectBooksToMatch,
  ledgerRefunds,
  linesOf,
  notify,
  wordsOf,
  paidCharge,
  recordFound,
  refundInConsole,
  refundsOf,
  spoilRefund,
  untilRefund,
  type PaidCharge,
} from "../support/refund-world.ts";
import { connectionNow, createWorld, eventually, subscribe, type World } from "../support/world.ts";

async function refusalOf(asking: Promise<unknown>): Promise<string> {
  const error = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof AppError ? error.code : `not refused: ${String(error)}`;
}

describe.each(["toss", "line_pay", "portone"] as const)("at %s", (provider) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ provider });
    world.worker();
  });
  afterAll(() => world.stop());

  describe("a refund of a captured charge", () => {
    it("of everything gives it all back, once", async () => {
      const charge = await paidCharge(world);
      const id = await askForRefund(world, charge);
      const refund = await untilRefund(world, charge, id, "refunded");
      expect(refund).toMatchObject({ origin: "maedal", reason: "품절", requestedBy: "test" });
      expect(await ledgerRefunds(world, charge)).toEqual([10_000]);
      await expectBooksToMatch(world, charge);
      expect(await eventTypesOf(world, charge)).toEqual(["charge.refunded"]);
    });

    it("in parts gives each part, and all that is left at last", async () => {
      const charge = await paidCharge(world);
      for (const part of [1_000, 2_500, "all"] as const) await askForRefund(world, charge, part);
      for (const { id } of await refundsOf(world, charge)) {
        await untilRefund(world, charge, id, "refunded");
      }
      expect(await ledgerRefunds(world, charge)).toEqual([1_000, 2_500, 6_500]);
      await expectBooksToMatch(world, charge);
    });

    it("of more than is left is refused, counting what is only asked for", async () => {
      const charge = await paidCharge(world);
      expect(await refusalOf(askForRefund(world, charge, 10_001))).toBe("refund_too_large");
      await askForRefund(world, charge, 6_000);
      expect(await refusalOf(askForRefund(world, charge, 4_001))).toBe("refund_too_large");
      await askForRefund(world, charge, 4_000);
      expect(await refusalOf(askForRefund(world, charge))).toBe("refund_too_large");
    });

    it("that two people ask for at the same moment is given to one of them", async () => {
      const charge = await paidCharge(world);
      const asked = await Promise.allSettled([
        askForRefund(world, charge, 7_000),
        askForRefund(world, charge, 7_000),
      ]);
      const ids = asked.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
      expect(ids).toHaveLength(1);
      await untilRefund(world, charge, ids[0] ?? "", "refunded");
      expect(await ledgerRefunds(world, charge)).toEqual([7_000]);
      await expectBooksToMatch(world, charge);
    });

    it("that the provider refuses fails with its words, and the money can be asked for again", async () => {
      const charge = await paidCharge(world);
      await spoilRefund(world, charge, { type: "error", ...wordsOf(world).refused });
      const id = await askForRefund(world, charge);
      const refund = await untilRefund(world, charge, id, "failed");
      const { code } = wordsOf(world).refused;
      expect(refund.failure).toMatchObject({ class: "hard_decline", code });
      await expectBooksToMatch(world, charge);
      expect(await eventTypesOf(world, charge)).toEqual(["refund.failed"]);
      await untilRefund(world, charge, await askForRefund(world, charge), "refunded");
      await expectBooksToMatch(world, charge);
    });
  });

  describe("a charge that is not captured", () => {
    it("has nothing to refund", async () => {
      const stopped = await createWorld();
      const { subscription } = await subscribe(stopped);
      const [row] = await stopped.engine.database.query<{ id: string }>(
        "select id from charges where subscription_id = $1",
        [subscription.id],
      );
      const amount = money(1, "KRW");
      const charge = { id: row?.id ?? "", subscriptionId: "", paymentId: "", orderId: "", amount };
      expect(await refusalOf(askForRefund(stopped, charge))).toBe("charge_not_captured");
      expect(await refusalOf(askForRefund(stopped, { ...charge, id: "chg_0" }))).toBe("not_found");
      await stopped.stop();
    });
  });

  describe("a refund whose answer is lost", () => {
    const lost = [
      { type: "drop_answer" },
      { type: "close_after" },
      { type: "garbage", when: "after" },
    ];
    for (const action of lost) {
      it(`after the money moved is adopted from the payment's list, once (${action.type})`, async () => {
        const charge = await paidCharge(world);
        await spoilRefund(world, charge, action);
        const id = await askForRefund(world, charge, 4_000);
        const refund = await untilRefund(world, charge, id, "refunded");
        expect(refund.sends).toBe(1);
        expect(await ledgerRefunds(world, charge)).toEqual([4_000]);
        await expectBooksToMatch(world, charge);
      });
    }

    it("after the money moved is adopted when the answer was a 500", async () => {
      const charge = await paidCharge(world);
      await spoilRefund(world, charge, { type: "error", ...wordsOf(world).broken, when: "after" });
      const id = await askForRefund(world, charge, 4_000);
      await untilRefund(world, charge, id, "refunded");
      expect(await ledgerRefunds(world, charge)).toEqual([4_000]);
      await expectBooksToMatch(world, charge);
    });

    for (const action of [{ type: "drop_request" }, { type: "close_before" }]) {
      it(`before the provider saw it is sent again, once it is settled (${action.type})`, async () => {
        const charge = await paidCharge(world);
        await spoilRefund(world, charge, action);
        const id = await askForRefund(world, charge, 4_000);
        const refund = await untilRefund(world, charge, id, "refunded");
        expect(refund.sends).toBe(2);
        expect(await ledgerRefunds(world, charge)).toEqual([4_000]);
        await expectBooksToMatch(world, charge);
      });
    }
  });

  describe("a refund that leaves no trace at the provider, however often it is sent", () => {
    it("waits for a person, who has it sent again", async () => {
      const charge = await paidCharge(world);
      await spoilRefund(world, charge, { type: "close_before" }, 4);
      const id = await askForRefund(world, charge, 4_000);
      const waiting = await untilRefund(world, charge, id, "in_review");
      expect(waiting).toMatchObject({ reviewReason: "resends_exhausted", sends: 4 });
      expect(await ledgerRefunds(world, charge)).toEqual([]);
      const { accountId, engine } = world;
      const person = { decision: "not_refunded", note: "seen in the console", by: "test" } as const;
      await resolveRefund(engine, { accountId, refundId: id, ...person });
      await untilRefund(world, charge, id, "refunded");
      expect(await ledgerRefunds(world, charge)).toEqual([4_000]);
      await expectBooksToMatch(world, charge);
    });

    it("ends when a person gives it up, and its money is free again", async () => {
      const charge = await paidCharge(world);
      await spoilRefund(world, charge, { type: "close_before" }, 4);
      const id = await askForRefund(world, charge, 4_000);
      await untilRefund(world, charge, id, "in_review");
      const { accountId, engine } = world;
      const review = { accountId, refundId: id, note: "paid in cash", by: "test" };
      await resolveRefund(engine, { ...review, decision: "give_up" });
      const ended = await untilRefund(world, charge, id, "failed");
      expect(ended.failure?.class).toBe("given_up");
      const again = resolveRefund(engine, { ...review, decision: "give_up" });
      expect(await refusalOf(again)).toBe("review_over");
      await untilRefund(world, charge, await askForRefund(world, charge), "refunded");
      await expectBooksToMatch(world, charge);
    });
  });

  describe("a refund in the provider's console", () => {
    it("of everything, a moment before ours, is taken for ours when nothing else tells them apart", async () => {
      const charge = await paidCharge(world);
      await refundInConsole(world, charge, 10_000);
      const id = await askForRefund(world, charge);
      await untilRefund(world, charge, id, "refunded");
      expect(await ledgerRefunds(world, charge)).toEqual([10_000]);
      await expectBooksToMatch(world, charge);
    });

    it("that leaves too little fails ours, and is booked as the provider's", async () => {
      const charge = await paidCharge(world);
      await refundInConsole(world, charge, 8_000);
      const id = await askForRefund(world, charge, 5_000);
      const refund = await untilRefund(world, charge, id, "failed");
      expect(refund.failure?.class).toBe("refunded_elsewhere");
      expect((await linesOf(world, charge)).sort()).toEqual([
        "maedal 5000 failed",
        "provider 8000 refunded",
      ]);
      await expectBooksToMatch(world, charge);
      expect(await eventTypesOf(world, charge)).toEqual(["charge.refunded", "refund.failed"]);
    });

    it("that we hear of is booked at once when nothing of ours is open", async () => {
      const charge = await paidCharge(world);
      await refundInConsole(world, charge, 3_000);
      expect(await recordFound(world.engine, world, charge)).toContain(
        "were refunded at the provider",
      );
      expect(await recordFound(world.engine, world, charge)).toBe("nothing new was refunded");
      expect(await linesOf(world, charge)).toEqual(["provider 3000 refunded"]);
      await expectBooksToMatch(world, charge);
    });

    it("ends requests of ours that find no money any more, oldest first served", async () => {
      const { accountId, connection, engine } = world;
      const charge = await paidCharge(world);
      await pauseConnection(engine.database, accountId, connection.id, "test");
      const first = await askForRefund(world, charge, 4_000);
      const second = await askForRefund(world, charge, 5_000);
      await refundInConsole(world, charge, 3_000);
      await recordFound(world.engine, world, charge);
      const dropped = await untilRefund(world, charge, second, "failed");
      expect(dropped.failure?.class).toBe("refunded_elsewhere");
      await resumeConnection(engine.database, accountId, connection.id);
      await untilRefund(world, charge, first, "refunded");
      expect(await ledgerRefunds(world, charge)).toEqual([3_000, 4_000]);
      await expectBooksToMatch(world, charge);
    });
  });

  describe("a refund through a paused connection", () => {
    it("waits, says so, and is sent once the connection is resumed", async () => {
      const { accountId, connection, engine } = world;
      const charge = await paidCharge(world);
      await pauseConnection(engine.database, accountId, connection.id, "test");
      const id = await askForRefund(world, charge);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const [waiting] = await refundsOf(world, charge);
      expect(waiting).toMatchObject({ id, status: "requested", waitsFor: "connection", sends: 0 });
      await resumeConnection(engine.database, accountId, connection.id);
      await untilRefund(world, charge, id, "refunded");
      await expectBooksToMatch(world, charge);
    });

    it("which the provider's refusal of our credentials paused is sent after they are mended", async () => {
      const { accountId, connection, engine } = world;
      const charge = await paidCharge(world);
      for (const answer of wordsOf(world).misconfigured) {
        await spoilRefund(world, charge, { type: "error", ...answer });
      }
      const id = await askForRefund(world, charge);
      while ((await connectionNow(world)).state === "active") {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect((await refundsOf(world, charge))[0]).toMatchObject({
        id,
        status: "requested",
        sends: 0,
      });
      await resumeConnection(engine.database, accountId, connection.id);
      await untilRefund(world, charge, id, "refunded");
      await expectBooksToMatch(world, charge);
    });
  });
});

describe("at toss, which knows idempotency keys", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    world.worker();
  });
  afterAll(() => world.stop());

  describe("a refund", () => {
    it("repeats its idempotency key after silence, and takes a new one after an answered 5xx", async () => {
      const keysOf = async (charge: PaidCharge) => {
        const requests = await world.control.requests(wordsOf(world).refund);
        const sent = requests.filter(({ path }) => path.includes(charge.paymentId));
        return sent.map(({ headers }) => headers["idempotency-key"]);
      };
      const silent = await paidCharge(world);
      await spoilRefund(world, silent, { type: "close_before" });
      await untilRefund(world, silent, await askForRefund(world, silent, 4_000), "refunded");
      expect(new Set(await keysOf(silent)).size).toBe(1);

      const answered = await paidCharge(world);
      await spoilRefund(world, answered, { type: "error", status: 500, code: "COMMON_ERROR" });
      await untilRefund(world, answered, await askForRefund(world, answered, 4_000), "refunded");
      expect(new Set(await keysOf(answered)).size).toBe(2);
      await expectBooksToMatch(world, answered);
    });
  });
});

describe.each(["toss", "portone"] as const)(
  "at %s, which compares balances and sends webhooks",
  (provider) => {
    let world: World;
    beforeAll(async () => {
      world = await createWorld({ provider });
      world.worker();
    });
    afterAll(() => world.stop());

    describe("a refund in the console, which leaves another balance than we believe", () => {
      it("of another amount goes to a person, whose word books it and sends ours again", async () => {
        const charge = await paidCharge(world);
        await refundInConsole(world, charge, 3_000);
        const id = await askForRefund(world, charge, 4_000);
        const waiting = await untilRefund(world, charge, id, "in_review");
        expect(waiting.reviewReason).toBe("refund_of_other_amount");
        const { accountId, engine } = world;
        const person = { decision: "not_refunded", note: "a colleague's", by: "test" } as const;
        await resolveRefund(engine, { accountId, refundId: id, ...person });
        await untilRefund(world, charge, id, "refunded");
        expect(await ledgerRefunds(world, charge)).toEqual([3_000, 4_000]);
        await expectBooksToMatch(world, charge);
      });
    });

    describe("a webhook of our own refund", () => {
      it("that comes while its answer is lost does not book it a second time", async () => {
        const charge = await paidCharge(world);
        await spoilRefund(world, charge, { type: "drop_answer" });
        const id = await askForRefund(world, charge, 4_000);
        await untilRefund(world, charge, id, "in_flight");
        while ((await ledgerRefunds(world, charge)).length === 0) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await notify(world, charge);
        await untilRefund(world, charge, id, "refunded");
        expect(await linesOf(world, charge)).toEqual(["maedal 4000 refunded"]);
        expect(await notify(world, charge)).toBe("nothing new was refunded");
        await expectBooksToMatch(world, charge);
      });

      it("has a refund that is being asked about looked up at once", async () => {
        const charge = await paidCharge(world);
        const match = { paymentKey: charge.paymentId };
        const away = { provider, operation: wordsOf(world).lookUp, match };
        await world.control.fault({ ...away, times: null, action: { type: "stale_lookup" } });
        await spoilRefund(world, charge, { type: "close_after" });
        const id = await askForRefund(world, charge, 4_000);
        const waiting = await untilRefund(world, charge, id, "in_review");
        expect(waiting.reviewReason).toBe("provider_record_unclear");
        await world.control.clearFaults();
        expect(await notify(world, charge)).toBe(`refund ${id} is looked up now`);
        await untilRefund(world, charge, id, "refunded");
        await expectBooksToMatch(world, charge);
      });
    });
  },
);

describe("at line_pay, which compares no balance and sends no webhook", () => {
  it("a refund in the console is booked with the next refund of ours", async () => {
    const world = await createWorld({ provider: "line_pay" });
    world.worker();
    const charge = await paidCharge(world);
    await refundInConsole(world, charge, 3_000);
    const id = await askForRefund(world, charge, 4_000);
    await untilRefund(world, charge, id, "refunded");
    await eventually("the console's refund", async () => (await refundsOf(world, charge))[1]);
    expect((await linesOf(world, charge)).sort()).toEqual([
      "maedal 4000 refunded",
      "provider 3000 refunded",
    ]);
    await expectBooksToMatch(world, charge);
    await world.stop();
  });
});
