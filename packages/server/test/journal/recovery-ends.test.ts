import { createHttpSender } from "@maedal/gateways";
import { afterEach, describe, expect, it } from "vitest";
import { tendRecovery } from "../../src/journal/tend-recovery.ts";
import { mortal } from "../support/mortal.ts";
import { spoilCharge } from "../support/provider-terms.ts";
import {
  chargePayments,
  chargesOf,
  patientWindows,
  subscribe,
  untilCharges,
} from "../support/world.ts";
import { createJournalWorld, type JournalWorld } from "./journal-world.ts";

let setBack: JournalWorld;
afterEach(() => setBack.stop());

const keepDays = 40;

describe("a forgotten send of which the provider knows nothing yet", () => {
  it("holds the others up until it was looked up, and itself until it is settled", async () => {
    setBack = await createJournalWorld({
      windows: { ...patientWindows, settleWindowMs: 600_000 },
    });
    const { world } = setBack;
    const before = await setBack.start();
    const lost = await subscribe(world);
    await setBack.snapshot();
    await spoilCharge(world, { type: "drop_request" }, { times: 1 });
    before.work();
    await untilCharges(world, lost.subscription.id, "reconciling");
    await before.stop();

    await setBack.restore();
    const after = await setBack.start();
    const other = await subscribe(world);
    after.work();
    await setBack.untilRecovered();
    expect(await sends(setBack)).toEqual([
      { state: "settled", detail: "it was looked up, and is until that is clear" },
    ]);
    const [paid] = await untilCharges(world, other.subscription.id, "captured");
    expect(await chargesOf(world, lost.subscription.id)).toMatchObject([{ status: "reconciling" }]);
    const payments = await chargePayments(world);
    expect(payments.map(({ orderId }) => orderId)).toEqual([paid?.order_id]);
  });

  it("holds the others up for as long as the provider gives no answer", async () => {
    setBack = await createJournalWorld({ windows: patientWindows });
    const { world } = setBack;
    const before = await setBack.start();
    const lost = await subscribe(world);
    await setBack.snapshot();
    before.work();
    await untilCharges(world, lost.subscription.id, "captured");
    await before.stop();

    await setBack.restore();
    const { engine } = await setBack.start();
    expect(await tendRecovery(engine, keepDays)).toBe(true);
    await world.db.database.execute(
      `insert into look_ups (account_id, charge_id, id, order_id, finding)
       select account_id, id, 'lookup_1', order_id, 'no_answer' from charges`,
    );
    expect(await tendRecovery(engine, keepDays)).toBe(true);
    await world.db.database.execute(
      `insert into look_ups (account_id, charge_id, id, order_id, finding)
       select account_id, id, 'lookup_2', order_id, 'not_found' from charges`,
    );
    expect(await tendRecovery(engine, keepDays)).toBe(false);
  });
});

describe("a process that has nothing to send", () => {
  it("has its journal compared as soon as its connections break, and holds nobody up", async () => {
    setBack = await createJournalWorld();
    const { world } = setBack;
    const idle = await setBack.start();
    idle.opened.watch(idle.engine);
    const busy = await setBack.start();
    const { subscription } = await subscribe(world);
    await setBack.snapshot();
    busy.work();
    await untilCharges(world, subscription.id, "captured");

    await setBack.restore();
    idle.opened.connectionBroke();
    await setBack.untilRecovered();
    await untilCharges(world, subscription.id, "captured");
    expect(await chargePayments(world)).toHaveLength(1);
  });
});

describe("processes of which none lives long enough for a whole recovery", () => {
  it("finish it together, because nothing that one has done is lost with it", async () => {
    setBack = await createJournalWorld();
    const { world } = setBack;
    const before = await setBack.start();
    const lost = await Promise.all(Array.from({ length: 6 }, () => subscribe(world)));
    await setBack.snapshot();
    before.work();
    for (const { subscription } of lost) {
      await untilCharges(world, subscription.id, "captured");
    }
    await before.stop();

    await setBack.restore();
    const { engine } = await setBack.start();
    const worker = world.worker(engine);
    const sender = createHttpSender();
    let lives = 0;
    for (let isOpen = true; isOpen; lives += 1) {
      expect(lives).toBeLessThan(500);
      const process = mortal(world.db.database, sender, 20);
      const { database } = process;
      const end = await process.live(() => tendRecovery({ ...engine, database }, keepDays));
      isOpen = end !== false;
    }
    expect(lives).toBeGreaterThan(2);
    await worker.stop();
    await sender.close();
    expect(await setBack.recoveries()).toMatchObject([{ finished_by: "maedal", sends: 6 }]);
    expect(await chargePayments(world)).toHaveLength(6);
  });
});

/** What became of the forgotten sends, in the order in which they were sent. */
async function sends({ world }: JournalWorld): Promise<{ state: string; detail: string }[]> {
  return await world.db.database.query("select state, detail from recovery_sends order by sent_at");
}
