import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { booksOf, newcomer, register, standingOf, untilOver } from "../support/window-world.ts";
import { createWorld, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld({ provider: "line_pay" });
});
afterEach(() => world.stop());

describe("a customer of a plan that is captured later", () => {
  it("is served and holds a key, while the window has only authorized the first month", async () => {
    world.worker();
    const visitor = await newcomer(world, { capture: "manual" });
    const { status } = await untilOver(world, await register(world, visitor));
    expect(status).toBe("completed");
    expect(await standingOf(world, visitor)).toEqual({
      status: "active",
      methodRequired: false,
      hasKey: true,
      invoices: ["period 0 open 299"],
    });
    expect(await booksOf(world, visitor)).toEqual(["authorization 299"]);
  });
});
