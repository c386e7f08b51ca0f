/** A page with a review on it is opened again and again. */
import { afterEach, describe, expect, it } from "vitest";
import { readCase } from "../../src/reviews/read-case.ts";
import { everyProvider, spoilCharge, termsOf } from "../support/provider-terms.ts";
import { createWorld, subscribe, untilCharges, type World } from "../support/world.ts";

let world: World;
afterEach(() => world.stop());

describe.each(everyProvider)("a review that is read again and again, at $provider", (terms) => {
  it("asks the provider once in a while only, and says when it did", async () => {
    world = await createWorld({ provider: terms.provider });
    const worker = world.worker();
    await spoilCharge(world, terms.otherAnswer);
    const { subscription } = await subscribe(world);
    const [charge] = await untilCharges(world, subscription.id, "in_review");
    await worker.stop();
    let elapsedMs = 0;
    const { effects } = world.engine;
    const clock = { ...effects.clock, monotonicMs: () => elapsedMs };
    const engine = world.engineWith({ effects: { ...effects, clock } });
    const lookUps = async () => (await world.control.requests(termsOf(world).lookUp)).length;
    const read = () => readCase(engine, world.accountId, charge?.id ?? "");

    const before = await lookUps();
    const first = await read();
    const each = (await lookUps()) - before;
    expect(each).toBeGreaterThan(0);
    for (let n = 0; n < 5; n += 1) {
      expect((await read())?.orders?.askedAt).toEqual(first?.orders?.askedAt);
    }
    await Promise.all([read(), read(), read()]);
    expect((await lookUps()) - before).toBe(each);
    elapsedMs = 10_001;
    expect((await read())?.orders?.askedAt).not.toEqual(first?.orders?.askedAt);
    expect((await lookUps()) - before).toBe(2 * each);
  });
});
