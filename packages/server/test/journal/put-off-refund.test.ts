import { afterEach, describe, expect, it } from "vitest";
import { requestRefund } from "../../src/refunds/request-refund.ts";
import { sendRefunds } from "../../src/refunds/send-refunds.ts";
import { eventually, patientWindows, subscribe, untilCharges } from "../support/world.ts";
import { createJournalWorld, type JournalWorld } from "./journal-world.ts";

let journaled: JournalWorld;
afterEach(() => journaled.stop());

describe("a refund that the provider puts off, and that was written to the journal", () => {
  it("has not been forgotten: the next start sends it again, and holds nothing else up", async () => {
    journaled = await createJournalWorld({ windows: { ...patientWindows, outageHoldMs: 1 } });
    const { world } = journaled;
    const { accountId, control, db, engine } = world;
    const first = await journaled.start();
    first.work();
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "captured");
    await first.stop();
    const maintenance = { type: "error", status: 400, code: "MAINTAINED_METHOD" };
    await control.fault({ operation: "cancel", times: 1, action: maintenance });
    const wanted = {
      accountId,
      chargeId: charge?.id ?? "",
      reason: "test",
      amountMinor: 4_000,
      requestedBy: "test",
    };
    await engine.database.transaction((tx) => requestRefund(tx, engine, wanted));
    const refunds = () => db.database.query("select status, sends, calls from refunds");
    const second = await journaled.start();
    expect(await sendRefunds(second.engine)).toBe(1);
    expect(await refunds()).toEqual([{ status: "requested", sends: 0, calls: 1 }]);
    await second.stop();

    const third = await journaled.start();
    third.work();
    await eventually("the refund", async () => {
      const [row] = await db.database.query<{ status: string }>("select status from refunds");
      return row?.status === "refunded";
    });
    expect(await refunds()).toEqual([{ status: "refunded", sends: 1, calls: 2 }]);
    expect(await journaled.recoveries()).toEqual([]);
    const given = (await control.ledger()).filter(({ kind }) => kind === "refund");
    expect(given.map(({ amount }) => amount)).toEqual([4_000]);
  });
});
