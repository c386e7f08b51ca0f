import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reconcileCharges } from "../../src/charges/look-up-charges.ts";
import { holdConfirmations, type HeldAnswers } from "../support/held-answers.ts";
import {
  approve,
  booksOf,
  comeBack,
  enterWindow,
  newcomer,
  standingOf,
  untilOver,
  type Visitor,
} from "../support/window-world.ts";
import { createWorld, eventually, type World } from "../support/world.ts";

let answers: HeldAnswers;
let world: World;
beforeEach(async () => {
  answers = holdConfirmations();
  world = await createWorld({ provider: "line_pay", sender: answers.sender });
});
afterEach(() => world.stop());

/** The customer has paid, and the answer that says so is held up until its lease is long over. */
async function paidAndHeldUp(visitor: Visitor) {
  const trip = await enterWindow(world, visitor);
  await approve(world, trip);
  answers.hold();
  const back = comeBack(world, trip);
  await eventually("the payment", async () => (await world.control.payments()).length > 0);
  await world.db.database.execute(
    `update charges set lease_until = protocol_now() - interval '1 minute',
       last_send_over_at = protocol_now() - interval '1 minute' where status = 'in_flight'`,
  );
  return { trip, back };
}

const began = { status: "active", methodRequired: false, hasKey: true };

describe("a confirmation whose answer comes after its lease", () => {
  it("brings its key to the payment that a look-up has found meanwhile", async () => {
    const visitor = await newcomer(world);
    const { trip, back } = await paidAndHeldUp(visitor);
    await eventually("the look-up", async () => {
      await reconcileCharges(world.engine);
      return (await standingOf(world, visitor)).status === "active";
    });
    answers.letGo();
    await back;
    world.worker();
    expect((await untilOver(world, trip)).status).toBe("completed");
    expect(await standingOf(world, visitor)).toEqual({ ...began, invoices: ["period 0 paid 299"] });
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
  });

  it("pays the period although a look-up saw nothing of it: it is not charged again", async () => {
    const visitor = await newcomer(world);
    const { trip, back } = await paidAndHeldUp(visitor);
    await world.control.fault({
      provider: "line_pay",
      operation: "details",
      times: null,
      action: { type: "stale_lookup" },
    });
    await world.control.fault({
      provider: "line_pay",
      operation: "check",
      times: null,
      action: { type: "error", code: "0110" },
    });
    await eventually("the charge to wait for its customer again", async () => {
      await reconcileCharges(world.engine);
      const [charge] = await world.db.database.query<{ status: string }>(
        "select status from charges",
      );
      return charge?.status === "awaiting_customer";
    });
    answers.letGo();
    await back;
    await world.control.clearFaults();
    world.worker();
    await untilOver(world, trip);
    await eventually("the payment to be found", async () => {
      return (await standingOf(world, visitor)).status === "active";
    });
    expect(await standingOf(world, visitor)).toEqual({ ...began, invoices: ["period 0 paid 299"] });
    expect(await world.control.payments()).toHaveLength(1);
  });

  it("starts a trial, whichever of key and payment is recorded first", async () => {
    const visitor = await newcomer(world, { trialDays: 14 });
    const { trip, back } = await paidAndHeldUp(visitor);
    await world.control.fault({
      provider: "line_pay",
      operation: "details",
      times: 1,
      action: { type: "stale_lookup" },
    });
    await reconcileCharges(world.engine);
    answers.letGo();
    await back;
    world.worker();
    expect((await untilOver(world, trip)).status).toBe("completed");
    await eventually("the trial to start", async () => {
      return (await standingOf(world, visitor)).status === "trialing";
    });
    await eventually("the money to be back", async () => {
      return (await booksOf(world, visitor)).includes("refund 1");
    });
  });
});
