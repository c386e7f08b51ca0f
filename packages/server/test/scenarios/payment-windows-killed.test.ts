import { createHttpSender } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reconcileCharges } from "../../src/charges/look-up-charges.ts";
import { createGateways } from "../../src/connections/gateways.ts";
import { CommitUnknownError } from "../../src/db/database-errors.ts";
import { connectDatabase, type Database } from "../../src/db/database.ts";
import { completeRegistration } from "../../src/registrations/complete-registration.ts";
import { findRegistrationById } from "../../src/registrations/registration-store.ts";
import { killAtEachStep } from "../support/mortal.ts";
import { spoil } from "../support/provider-terms.ts";
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
import { createWorld, eventually, testTimeouts, type World } from "../support/world.ts";

let world: World;
const sender = createHttpSender();
beforeAll(async () => {
  // The dead do not use up the budget of the living.
  world = await createWorld({ provider: "line_pay", concurrency: 1_000 });
});
afterAll(async () => {
  await world.stop();
  await sender.close();
});

interface Approved {
  readonly visitor: Visitor;
  readonly trip: Trip;
}

/** A customer who has approved at LINE Pay; their browser is on its way back. */
async function approved(): Promise<Approved> {
  const visitor = await newcomer(world);
  const trip = await enterWindow(world, visitor);
  await approve(world, trip);
  return { visitor, trip };
}

const paid = "period 0 paid 299";
const withKey = { status: "active", methodRequired: false, hasKey: true, invoices: [paid] };
const withoutKey = { status: "active", methodRequired: true, hasKey: false, invoices: [paid] };

/**
 * The worker goes on from what was stored; where not even the approval was, the browser's reload is
 * needed. Everybody has paid once, and holds a key or is asked for another registration.
 *
 * @returns Those whose key was lost on the way.
 */
async function expectOnePaymentEach(all: readonly Approved[]): Promise<Visitor[]> {
  const worker = world.worker();
  const lost: Visitor[] = [];
  for (const { trip, visitor } of all) {
    const stored = await findRegistrationById(world.engine.database, trip.registration.id);
    if (stored?.hasAuthKey === false) await comeBack(world, trip);
    const { failureCode, status } = await untilOver(world, trip);
    const standing = await standingOf(world, visitor);
    if (status === "completed") {
      expect(standing).toEqual(withKey);
    } else {
      lost.push(visitor);
      expect({ failureCode, standing }).toEqual({ failureCode: "key_lost", standing: withoutKey });
    }
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
  }
  await worker.stop();
  return lost;
}

/** Who is asked to register again does so, pays nothing for the period, and holds a key at last. */
async function expectAnotherTripToEndWell(visitor: Visitor): Promise<void> {
  const worker = world.worker();
  expect((await untilOver(world, await register(world, visitor))).status).toBe("completed");
  await eventually("the registration amount to be given back", async () => {
    return (await booksOf(world, visitor)).length === 3;
  });
  expect(await booksOf(world, visitor)).toEqual(["payment 299", "payment 1", "refund 1"]);
  const invoices = [paid, "registration paid 1"];
  expect(await standingOf(world, visitor)).toEqual({ ...withKey, invoices });
  await worker.stop();
}

describe("a process that is killed between every two steps", () => {
  it("while a browser comes back from its window leaves one payment, and a key or a request for one", async () => {
    const all = await killAtEachStep(world, sender, approved, (engine, { trip }) =>
      comeBack(world, trip, engine),
    );
    expect(all.length).toBeGreaterThan(40);
    // Lost are those of the steps between the request and the record, and no others.
    const lost = await expectOnePaymentEach(all);
    expect(lost.length).toBeGreaterThan(5);
    expect(all.length - lost.length).toBeGreaterThan(20);
    for (const visitor of lost.slice(-1)) await expectAnotherTripToEndWell(visitor);
  });

  it("while it looks for the payment of a lost answer leaves it adopted once", async () => {
    const action = { type: "close_after" };
    await spoil(world, { operation: "confirm", action }, { times: null });
    const { database } = world.db;
    const all = await killAtEachStep(
      world,
      sender,
      async () => {
        const next = await approved();
        await comeBack(world, next.trip);
        await database.execute(
          "update charges set look_up_at = protocol_now() where status = 'reconciling'",
        );
        await database.execute(
          "update registrations set exchange_until = protocol_now() where id = $1",
          [next.trip.registration.id],
        );
        return next;
      },
      async (engine, { trip }) => {
        await reconcileCharges(engine);
        await completeRegistration(engine, trip.registration);
      },
    );
    await world.control.clearFaults();
    expect(all.length).toBeGreaterThan(25);
    await database.execute(
      "update charges set lease_until = protocol_now() where status = 'reconciling' and lease_token is not null",
    );
    expect(await expectOnePaymentEach(all)).toHaveLength(all.length);
  });
});

describe("a confirmation whose COMMIT got no answer", () => {
  /** The n-th transaction ends so; `isDone` says whether the database has committed it. */
  function unsure(database: Database, n: number, isDone: boolean) {
    const seen = { transactions: 0 };
    const lost = new Error("the connection was lost");
    const unsureOne: Database = {
      ...database,
      async transaction(work) {
        seen.transactions += 1;
        if (seen.transactions !== n) return await database.transaction(work);
        const rolledBack = new Error("rolled back");
        await database
          .transaction(async (tx) => {
            const result = await work(tx);
            if (!isDone) throw rolledBack;
            return result;
          })
          .catch((error: unknown) => {
            if (error !== rolledBack) throw error;
          });
        throw new CommitUnknownError(lost);
      },
    };
    return { database: unsureOne, seen };
  }

  it.each([true, false])(
    "leaves one payment and a key, whether or not it was done (%s)",
    async (isDone) => {
      const all: Approved[] = [];
      for (let n = 1; ; n += 1) {
        const next = await approved();
        all.push(next);
        const { database, seen } = unsure(world.db.database, n, isDone);
        const engine = world.engineWith({ database });
        await comeBack(world, next.trip, engine).catch((error: unknown) => {
          if (!(error instanceof CommitUnknownError)) throw error;
        });
        if (seen.transactions < n) break;
      }
      expect(all.length).toBeGreaterThan(2); // The claim's, and the record's.
      expect(await expectOnePaymentEach(all)).toEqual([]);
    },
  );
});

describe("a browser that comes back twice at once, to two processes", () => {
  it("has its window confirmed once", async () => {
    const databases = [1, 2].map(() => connectDatabase({ url: world.db.url }));
    const engines = databases.map((database) => {
      const gateways = createGateways(world.engine.keys, {
        sender,
        ...world.engine.effects,
        timeouts: testTimeouts,
      });
      return world.engineWith({ database, gateways });
    });
    for (let n = 0; n < 5; n += 1) {
      const { trip, visitor } = await approved();
      const before = await world.control.requests("confirm");
      await Promise.all(engines.map((engine) => comeBack(world, trip, engine)));
      expect((await untilOver(world, trip)).status).toBe("completed");
      expect(await standingOf(world, visitor)).toEqual(withKey);
      expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
      expect(await world.control.requests("confirm")).toHaveLength(before.length + 1);
    }
    for (const database of databases) await database.close();
  });
});

describe("an emergency stop between the approval and its confirmation", () => {
  it("keeps the money where it is until it is lifted; then the worker goes on", async () => {
    const { trip, visitor } = await approved();
    const set = (at: string) =>
      world.db.database.execute(`update accounts set charging_stopped_at = ${at}`);
    await set("now()");
    expect(await comeBack(world, trip)).toBe("approved");
    const worker = world.worker();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await booksOf(world, visitor)).toEqual([]);
    expect((await standingOf(world, visitor)).invoices).toEqual(["period 0 draft 299"]);
    await set("null");
    expect((await untilOver(world, trip)).status).toBe("completed");
    expect(await standingOf(world, visitor)).toEqual(withKey);
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
    await worker.stop();
  });
});
