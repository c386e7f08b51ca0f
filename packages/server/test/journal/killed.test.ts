import { createHttpSender } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import type { Connection } from "../../src/connections/connection.ts";
import { killAtEachStep } from "../support/mortal.ts";
import {
  addConnection,
  chargePayments,
  chargesOf,
  eventually,
  patientWindows,
  subscribe,
  type Subscribed,
} from "../support/world.ts";
import { createJournalWorld, type JournalWorld } from "./journal-world.ts";

let killed: JournalWorld;
const sender = createHttpSender();
beforeAll(async () => {
  killed = await createJournalWorld({ windows: patientWindows });
});
afterAll(async () => {
  await killed.stop();
  await sender.close();
});

describe("a process that is killed between every two steps, and its database set back", () => {
  it("has every charge paid once, under one order id", async () => {
    const { world } = killed;
    const { accountId, emulator, engine } = world;
    const process = await killed.start();
    const lanes: { connection: Connection; subscribed: Subscribed }[] = [];
    for (let n = 0; n < 40; n += 1) {
      const connection = await addConnection(engine, accountId, emulator, 10);
      lanes.push({ connection, subscribed: await subscribe({ ...world, connection }) });
    }
    await killed.snapshot();

    const waiting = lanes.values();
    const used = await killAtEachStep(
      { ...world, engineWith: (change) => ({ ...process.engine, ...change }) },
      sender,
      async () => {
        const lane = waiting.next().value;
        if (lane === undefined) throw new Error("there are more steps than lanes");
        return lane;
      },
      async (mortal, { connection }) => {
        const gateway = await mortal.gateways.of(mortal.database, connection);
        const { capabilities } = gateway;
        const claims = await claimCharges(mortal, connection, capabilities, "real", 1);
        for (const claim of claims) {
          await recordOutcomes(mortal, [await sendCharge(mortal, connection, gateway, claim)]);
        }
      },
    );
    expect(used.length).toBeGreaterThan(20);
    await process.stop();
    const before = await chargePayments(world);
    expect(before.length).toBeGreaterThan(1);

    await killed.restore();
    const after = await killed.start();
    after.work();
    await killed.untilRecovered();
    const ids = await eventually("every charge to be captured", async () => {
      const all: string[] = [];
      for (const { subscribed } of lanes) {
        const [charge] = await chargesOf(world, subscribed.subscription.id);
        if (charge?.status !== "captured") return undefined;
        all.push(charge.order_id);
      }
      return all;
    });
    const payments = await chargePayments(world);
    expect(payments.map(({ orderId }) => orderId).toSorted()).toEqual(ids.toSorted());
  });
});
