/** What a sweep must not miss, nor tell without end. */
import { afterEach, describe, expect, it } from "vitest";
import { periodOrderId } from "../../src/ids/order-id.ts";
import { newId } from "../../src/ids/id.ts";
import { paidCharge } from "../support/refund-world.ts";
import { findingsOf, lineOf, payAs, sweep, toldOf } from "../support/sweep-world.ts";
import { addConnection, createWorld, eventually, subscribe, type World } from "../support/world.ts";

let world: World;
afterEach(() => world.stop());

describe("an order that was sent through another connection of ours", () => {
  it("and is paid at this one is an orphan: that connection looks into another provider account", async () => {
    world = await createWorld();
    const { accountId, db, emulator, engine } = world;
    const other = await addConnection(engine, accountId, emulator, 10, "toss");
    const charge = await paidCharge({ ...world, connection: other });
    // The other one has a merchant id of its own: what is paid here is not in its list.
    await db.database.execute(
      "alter table gateway_connections disable trigger gateway_connections_identity_is_fixed",
    );
    await db.database.execute(
      "update gateway_connections set public_id = public_id || 'x' where id = $1",
      [other.id],
    );
    const [row] = await db.database.query<{ public_id: string }>(
      "select public_id from gateway_connections where id = $1",
      [world.connection.id],
    );
    expect(row?.public_id).not.toBe("");
    const found = await sweep(world);
    expect(found.map(({ kind, orderId }) => [kind, orderId])).toEqual([["orphan", charge.orderId]]);
  });
});

describe("a captured payment that the provider does not know, and then does, and then does not", () => {
  it("is open again", async () => {
    world = await createWorld();
    const hide = () =>
      world.control.fault({ operation: "any", times: null, action: { type: "stale_lookup" } });
    const charge = await paidCharge(world);
    await hide();
    await eventually("the settle window to be over", async () => (await sweep(world)).length > 0);
    await world.control.clearFaults();
    await sweep(world);
    expect((await findingsOf(world)).map(lineOf)).toEqual([
      `missing_at_provider told settled by maedal ${charge.paymentId}`,
    ]);
    await hide();
    await sweep(world);
    expect((await findingsOf(world)).map(lineOf)).toEqual([
      `missing_at_provider told open ${charge.paymentId}`,
    ]);
    expect(await toldOf(world)).toEqual({ "sweep.found": 2 });
  });
});

describe("a provider account that somebody else's Maedal uses as well", () => {
  it("is told in so many findings and no more, and that there are more", async () => {
    world = await createWorld();
    const { key } = await subscribe(world);
    for (let n = 0; n < 6; n += 1) {
      const stranger = newId("sub", world.engine.effects.random);
      await payAs(world, key, periodOrderId(stranger, n, 0));
    }
    const before = await world.control.requests("get_payment");
    await sweep(world, { mostOrphans: 3 });
    const found = await findingsOf(world);
    const orphans = found.filter(({ kind }) => kind === "orphan");
    expect(orphans).toHaveLength(4);
    expect(orphans.filter(({ paymentId }) => paymentId === undefined)).toMatchObject([
      { detail: expect.stringContaining("more than 3") as string },
    ]);
    const asked = (await world.control.requests("get_payment")).length - before.length;
    expect(asked).toBe(3);
    await sweep(world, { mostOrphans: 3 });
    expect(await findingsOf(world)).toHaveLength(4);
  });
});
