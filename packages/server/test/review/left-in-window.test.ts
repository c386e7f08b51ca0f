/** A provider is left while the confirmation of one of its windows has no clear end. */
import { Temporal } from "temporal-polyfill";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSunset } from "../../src/sunsets/start-sunset.ts";
import { tendSunsets } from "../../src/sunsets/tend-sunsets.ts";
import { spoil } from "../support/provider-terms.ts";
import { booksOf, approve, comeBack, enterWindow, newcomer } from "../support/window-world.ts";
import {
  addConnection,
  chargesOf,
  createWorld,
  registerMethod,
  testWindows,
  untilCharges,
  type World,
} from "../support/world.ts";

let world: World;
beforeEach(async () => {
  // A look-up comes only when the test has put everything in place.
  const windows = { ...testWindows, lookUpLadderMs: [3_600_000, 100, 100, 200, 300, 500, 1_000] };
  world = await createWorld({ provider: "line_pay", windows });
});
afterEach(() => world.stop());

const hour = Temporal.Duration.from({ hours: 1 });

async function tendAll(): Promise<void> {
  while ((await tendSunsets(world.engine)) > 0);
}

describe("a confirmation that LINE Pay knows nothing of, at a connection that was left since", () => {
  it("goes to a person, although a method had come and its key is dead, and nobody is canceled", async () => {
    const { accountId, connection, db, emulator, engine } = world;
    const visitor = await newcomer(world);
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    await spoil(world, { operation: "confirm", action: { type: "drop_request" } });
    await comeBack(world, trip);
    const subscriptionId = visitor.subscription.id;
    await untilCharges(world, subscriptionId, "reconciling");
    await registerMethod(world, visitor.customerId, { subscriptionId });

    const successor = await addConnection(engine, accountId, emulator, 10, "toss");
    const left = { successorId: successor.id, reason: "left", chargesUntil: undefined };
    const cancelAt = Temporal.Now.instant().add(hour);
    const key = { accountId, id: connection.id };
    await startSunset(engine, key, { ...left, whenSilent: "cancel", cancelAt }, "test");
    await db.database.execute("update sunsets set cancel_at = charges_until");
    await tendAll();
    await world.control.post("/clock", { by: "PT3H" });
    await db.database.execute(
      "update charges set look_up_at = protocol_now() where status = 'reconciling'",
    );
    world.worker();
    const [charge, ...others] = await untilCharges(world, subscriptionId, "in_review");
    expect([charge?.review_reason, others]).toEqual(["outcome_unresolved", []]);
    await tendAll();
    expect((await chargesOf(world, subscriptionId)).map(({ status }) => status)).toEqual([
      "in_review",
    ]);
    expect(await booksOf(world, visitor)).toEqual([]);
  });
});
