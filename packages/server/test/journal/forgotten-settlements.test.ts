import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { captureCharge, voidCharge } from "../../src/authorizations/settle-authorization.ts";
import {
  callsOf,
  chargeNow,
  heldAmount,
  holdMoney,
  ledgerOf,
  spoil,
  untilStatus,
  type Held,
} from "../support/held-world.ts";
import {
  approve,
  booksOf,
  comeBack,
  enterWindow,
  newcomer,
  register,
  standingOf,
  untilOver,
  type Trip,
  type Visitor,
} from "../support/window-world.ts";
import {
  addConnection,
  eventually,
  patientWindows,
  registerMethod,
  untilCharges,
  type World,
} from "../support/world.ts";
import { createJournalWorld, type JournalWorld, type Process } from "./journal-world.ts";

let forgetful: JournalWorld;
let world: World;
let before: Process;
beforeEach(async () => {
  forgetful = await createJournalWorld({ provider: "line_pay", windows: patientWindows });
  ({ world } = forgetful);
  before = await forgetful.start();
});
afterEach(() => forgetful.stop());

async function setBack(): Promise<Process> {
  await before.stop();
  await forgetful.restore();
  const after = await forgetful.start();
  after.work();
  return after;
}

const wanted = ({ chargeId }: Held) => {
  return { accountId: world.accountId, chargeId, requestedBy: "the shop" };
};

const sendsOf = async () => {
  const rows = await world.db.database.query<{ said: string }>(
    "select kind || ' ' || state as said from recovery_sends order by sent_at, kind",
  );
  return rows.map(({ said }) => said);
};

describe("money that was captured in the forgotten time", () => {
  it("is found captured, in part as it was, and cannot be captured again", async () => {
    const held = await holdMoney({ ...world, engine: before.engine });
    await forgetful.snapshot();
    await captureCharge(before.engine, { ...wanted(held), amountMinor: 700 });

    const after = await setBack();
    expect(await sendsOf()).toEqual(["capture open"]);
    await expect(
      captureCharge(after.engine, { ...wanted(held), amountMinor: heldAmount }),
    ).rejects.toThrow();
    await forgetful.untilRecovered();
    await untilStatus(world, held, "captured");
    expect(await callsOf(world, held)).toEqual(["capture 700 done"]);
    expect((await chargeNow(world, held.chargeId)).capturedMinor).toBe(700);
    expect(await ledgerOf(world, held)).toEqual([`authorization ${heldAmount}`, "capture 700"]);
  });

  it("is found when its authorization was forgotten too", async () => {
    const visitor = await newcomer({ ...world, engine: before.engine });
    await forgetful.snapshot();
    const held = await holdMoney({ ...world, engine: before.engine });
    await captureCharge(before.engine, { ...wanted(held), amountMinor: heldAmount });

    await setBack();
    await forgetful.untilRecovered();
    expect(await sendsOf()).toEqual(["charge settled", "capture settled"]);
    expect(await ledgerOf(world, held)).toHaveLength(2);
    expect(await standingOf(world, visitor)).toMatchObject({ status: "incomplete" });
  });
});

describe("money that was given back in the forgotten time", () => {
  it("is found voided, and nothing is captured", async () => {
    const held = await holdMoney({ ...world, engine: before.engine });
    await forgetful.snapshot();
    await voidCharge(before.engine, wanted(held));

    await setBack();
    await forgetful.untilRecovered();
    await untilStatus(world, held, "voided");
    expect(await callsOf(world, held)).toEqual(["void 1000 done"]);
    expect(await ledgerOf(world, held)).toEqual([
      `authorization ${heldAmount}`,
      `void ${heldAmount}`,
    ]);
  });
});

describe("a capture that was sent in the forgotten time and never arrived", () => {
  it("is looked up until it is settled: the money is still held, and whoever asked may ask again", async () => {
    const held = await holdMoney({ ...world, engine: before.engine });
    await forgetful.snapshot();
    await spoil(world, "capture", { type: "drop_request" });
    await captureCharge(before.engine, { ...wanted(held), amountMinor: heldAmount }).catch(
      () => undefined,
    );

    const after = await setBack();
    await forgetful.untilRecovered();
    await untilStatus(world, held, "authorized");
    await captureCharge(after.engine, { ...wanted(held), amountMinor: heldAmount });
    await untilStatus(world, held, "captured");
    expect(await ledgerOf(world, held)).toEqual([
      `authorization ${heldAmount}`,
      `capture ${heldAmount}`,
    ]);
  });
});

describe("a window that was confirmed in the forgotten time", () => {
  async function enter(visitor: Visitor): Promise<Trip> {
    const trip = await enterWindow({ ...world, engine: before.engine }, visitor);
    await approve(world, trip);
    return trip;
  }

  it("is found paid: the period is served, and the customer is asked for a method", async () => {
    const visitor = await newcomer(world);
    const trip = await enter(visitor);
    await forgetful.snapshot();
    expect(await comeBack(world, trip, before.engine)).toBe("approved");
    expect(await standingOf(world, visitor)).toMatchObject({ status: "active", hasKey: true });

    const after = await setBack();
    await forgetful.untilRecovered();
    await untilCharges(world, visitor.subscription.id, "captured");
    await comeBack(world, trip, after.engine);
    expect((await untilOver(world, trip)).status).toBe("failed");
    const owing = { status: "active", hasKey: false, methodRequired: true };
    expect(await standingOf(world, visitor)).toMatchObject(owing);
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
  });

  it("is not confirmed by the browser that comes back while the recovery is open", async () => {
    const visitor = await newcomer(world);
    const trip = await enter(visitor);
    await forgetful.snapshot();
    await comeBack(world, trip, before.engine);
    await before.stop();
    await forgetful.restore();
    const after = await forgetful.start();
    await comeBack(world, trip, after.engine);
    expect(await booksOf(world, visitor)).toEqual([]);
    after.work();
    await forgetful.untilRecovered();
    await untilCharges(world, visitor.subscription.id, "captured");
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
  });

  it("is given back to a customer who has begun with another method before it is found", async () => {
    const visitor = await newcomer(world);
    const connection = await addConnection(
      world.engine,
      world.accountId,
      world.emulator,
      10,
      "toss",
    );
    const trip = await enter(visitor);
    await forgetful.snapshot();
    await comeBack(world, trip, before.engine);
    await before.stop();
    await forgetful.restore();

    const { customerId, id: subscriptionId } = visitor.subscription;
    await registerMethod({ ...world, connection }, customerId, { subscriptionId });
    const after = await forgetful.start();
    after.work();
    await forgetful.untilRecovered();
    await eventually("what the window took to be given back", async () => {
      return (await booksOf(world, visitor)).includes("refund 299");
    });
    const invoices = await world.db.database.query(
      "select period_index, status from invoices where subscription_id = $1 order by 1",
      [subscriptionId],
    );
    expect(invoices).toEqual([
      { period_index: 0, status: "paid" },
      { period_index: 1, status: "open" },
    ]);
    expect(await booksOf(world, visitor)).toEqual(["payment 299", "refund 299"]);
  });

  it("takes nothing again when its charge was forgotten, and the customer comes once more", async () => {
    const visitor = await newcomer(world);
    await forgetful.snapshot();
    const trip = await enter(visitor);
    await comeBack(world, trip, before.engine);

    const after = await setBack();
    await forgetful.untilRecovered();
    expect(await standingOf(world, visitor)).toMatchObject({ status: "incomplete" });
    await register({ ...world, engine: after.engine }, visitor).catch(() => undefined);
    await eventually("the first period to be paid", async () => {
      return (await standingOf(world, visitor)).status === "active";
    });
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
  });
});
