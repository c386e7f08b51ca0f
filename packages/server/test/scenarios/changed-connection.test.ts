import { describe, expect, it } from "vitest";
import { changeConnection } from "../../src/connections/change-connection.ts";
import { chargesOf, createWorld, eventually, subscribe, untilCharges } from "../support/world.ts";

describe("a connection that may have one charge on its way, and later two", () => {
  it("sends the second while the first is still unanswered, and nothing restarts", async () => {
    const timeouts = { connectMs: 10_000, readMs: 120_000 };
    const world = await createWorld({ concurrency: 1, timeouts });
    await world.control.fault({ operation: "charge", action: { type: "drop_request" } });
    world.worker();
    const stuck = await subscribe(world, { amount: 1_000 });
    await eventually("the silent charge", async () => {
      return (await world.control.requests("charge")).length === 1;
    });
    const waiting = await subscribe(world, { amount: 2_000 });

    const { accountId, connection, engine } = world;
    await changeConnection(
      engine,
      { accountId, id: connection.id },
      { concurrency: 2, settings: {} },
      "test",
    );
    await untilCharges(world, waiting.subscription.id, "captured");
    const [charge] = await chargesOf(world, stuck.subscription.id);
    expect(charge?.status).toBe("in_flight");
    expect((await world.control.payments()).map(({ amount }) => amount)).toEqual([2_000]);
    await world.stop();
  });
});
