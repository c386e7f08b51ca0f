import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pauseConnection, resumeConnection } from "../../src/connections/connection-store.ts";
import type { Connection } from "../../src/connections/connection.ts";
import { askForMethod } from "../../src/method-requests/ask-for-method.ts";
import { listMethodRequests } from "../../src/method-requests/method-request-store.ts";
import { requestMethods } from "../../src/method-requests/open-method-request.ts";
import {
  withdrawMethodRequest,
  withdrawRequestsOfSunset,
} from "../../src/method-requests/withdraw-method-request.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import { createSubscription } from "../../src/subscriptions/create-subscription.ts";
import {
  addConnection,
  addCustomer,
  addPlan,
  createWorld,
  registerMethod,
  subscribe,
  type World,
} from "../support/world.ts";
import { ask, browserOf, registrationOf, reload, toldOf } from "./asking.ts";

let world: World;
let other: Connection;
beforeAll(async () => {
  world = await createWorld();
  other = await addConnection(world.engine, world.accountId, world.emulator, 10);
});
afterAll(() => world.stop());

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );

/** Written down as a person does who leaves a provider. */
async function leave(from: Connection, to: Connection): Promise<void> {
  await world.db.database.execute(
    `insert into sunsets (account_id, connection_id, successor_id, reason, charges_until, when_silent)
     values ($1, $2, $3, 'closing', protocol_now(), 'keep') on conflict do nothing`,
    [world.accountId, from.id, to.id],
  );
}

function askAbout(subscriptionIds: readonly string[], leaving?: Connection, to = other) {
  return world.engine.database.transaction((tx) =>
    requestMethods(tx, world.engine, {
      accountId: world.accountId,
      connectionId: to.id,
      sunsetConnectionId: leaving?.id,
      subscriptionIds,
    }),
  );
}

describe("asking for a method", () => {
  it("opens a link where the method is, and tells of it", async () => {
    const { customerId, request, subscription } = await ask(world);
    expect(request).toEqual({
      accountId: world.accountId,
      id: expect.stringMatching(/^mrq_/),
      customerId,
      subscriptionId: subscription.id,
      connectionId: world.connection.id,
      sunsetConnectionId: undefined,
      status: "open",
      visitedAt: undefined,
      registrationId: undefined,
      createdAt: request.createdAt,
      finishedAt: undefined,
    });
    const data = {
      subscriptionId: subscription.id,
      methodRequestId: request.id,
      connectionId: world.connection.id,
      reason: "asked",
    };
    expect(await toldOf(world, subscription.id)).toEqual([
      { type: "subscription.method_requested", data },
    ]);
  });

  it("a second time gives back the same link, and tells nothing new", async () => {
    const { request, subscription } = await ask(world);
    const { accountId, engine } = world;
    const again = await askForMethod(engine, { accountId, subscriptionId: subscription.id });
    expect(again).toEqual(request);
    expect((await toldOf(world, subscription.id)).length).toBe(1);
  });

  it("twice at once opens one link", async () => {
    const { subscription } = await subscribe(world);
    const wanted = { accountId: world.accountId, subscriptionId: subscription.id };
    const both = await Promise.all([
      askForMethod(world.engine, wanted),
      askForMethod(world.engine, wanted),
    ]);
    expect(both[0]).toEqual(both[1]);
    expect((await toldOf(world, subscription.id)).length).toBe(1);
  });

  it("from elsewhere leaves the link as it is, and leads it there", async () => {
    const { request, subscription } = await ask(world);
    const { accountId, engine } = world;
    const wanted = { accountId, subscriptionId: subscription.id };
    const moved = await askForMethod(engine, { ...wanted, connectionId: other.id });
    expect(moved).toEqual({ ...request, connectionId: other.id });
    expect(await askForMethod(engine, wanted)).toEqual(moved);
    expect((await toldOf(world, subscription.id)).length).toBe(2);
  });

  it("wants to be told where, when several connections could charge and none is usual", async () => {
    const { accountId, engine } = world;
    const { id: customerId } = await addCustomer(world);
    const planId = await addPlan(world);
    const { id } = await createSubscription(engine, { accountId, customerId, planId });
    const wanted = { accountId, subscriptionId: id };
    expect(await codeOf(askForMethod(engine, wanted))).toBe("invalid_request");
    const asked = await askForMethod(engine, { ...wanted, connectionId: other.id });
    expect(asked.connectionId).toBe(other.id);
  });

  it("leads to the only connection left when the usual one is paused", async () => {
    const { accountId, connection, engine } = world;
    const { subscription } = await subscribe(world);
    await pauseConnection(engine.database, accountId, connection.id, "maintenance");
    const asked = await askForMethod(engine, { accountId, subscriptionId: subscription.id });
    await resumeConnection(engine.database, accountId, connection.id);
    expect(asked.connectionId).toBe(other.id);
  });

  it("is refused where nothing can be registered, or nothing could be paid", async () => {
    const { accountId, connection, engine } = world;
    const { subscription } = await subscribe(world);
    const wanted = { accountId, subscriptionId: subscription.id };
    await pauseConnection(engine.database, accountId, connection.id, "maintenance");
    const paused = await codeOf(askForMethod(engine, { ...wanted, connectionId: connection.id }));
    await resumeConnection(engine.database, accountId, connection.id);
    const { id: customerId } = await addCustomer(world);
    const planId = await addPlan(world, { amount: 99 });
    const cheap = await createSubscription(engine, { accountId, customerId, planId });
    await cancelSubscription(engine, { ...wanted, when: "now" });
    expect([
      paused,
      await codeOf(askForMethod(engine, { accountId, subscriptionId: cheap.id })),
      await codeOf(askForMethod(engine, wanted)),
      await codeOf(askForMethod(engine, { accountId, subscriptionId: "sub_none" })),
      await codeOf(askForMethod(engine, { ...wanted, connectionId: "gwy_none" })),
    ]).toEqual([
      "connection_not_active",
      "amount_out_of_range",
      "subscription_canceled",
      "not_found",
      "subscription_canceled",
    ]);
  });
});

describe("a method that comes", () => {
  it("completes the request, in the transaction that attaches its key", async () => {
    const { customerId, request, subscription } = await ask(world);
    const key = await registerMethod(world, customerId, { subscriptionId: subscription.id });
    const now = await reload(world, request);
    expect(now).toEqual({ ...request, status: "completed", finishedAt: now.finishedAt });
    expect((await toldOf(world, subscription.id)).at(-1)).toEqual({
      type: "subscription.method_request_completed",
      data: {
        subscriptionId: subscription.id,
        methodRequestId: request.id,
        billingKeyId: key.id,
      },
    });
  });

  it("from the connection that is left does not complete it", async () => {
    const { subscription, customerId } = await subscribe(world);
    await leave(world.connection, other);
    const { opened } = await askAbout([subscription.id], world.connection);
    await registerMethod(world, customerId, { subscriptionId: subscription.id });
    const [request] = opened;
    expect(request && (await reload(world, request)).status).toBe("open");
    const elsewhere = { ...world, connection: other };
    await registerMethod(elsewhere, customerId, { subscriptionId: subscription.id });
    expect(request && (await reload(world, request)).status).toBe("completed");
  });

  it("makes room for another request", async () => {
    const { customerId, request, subscription } = await ask(world);
    await registerMethod(world, customerId, { subscriptionId: subscription.id });
    const { accountId, engine } = world;
    const next = await askForMethod(engine, { accountId, subscriptionId: subscription.id });
    expect([next.id === request.id, next.status]).toEqual([false, "open"]);
  });
});

describe("a request that is over", () => {
  it("is withdrawn once, and told once", async () => {
    const { request, subscription } = await ask(world);
    const { accountId, engine } = world;
    const withdrawn = await withdrawMethodRequest(engine, { accountId, id: request.id });
    expect(withdrawn).toEqual({
      ...request,
      status: "withdrawn",
      finishedAt: withdrawn.finishedAt,
    });
    expect(await withdrawMethodRequest(engine, { accountId, id: request.id })).toEqual(withdrawn);
    expect((await toldOf(world, subscription.id)).map(({ type }) => type)).toEqual([
      "subscription.method_requested",
      "subscription.method_request_withdrawn",
    ]);
  });

  it("is not withdrawn when the customer was faster", async () => {
    const { customerId, request, subscription } = await ask(world);
    await registerMethod(world, customerId, { subscriptionId: subscription.id });
    const { accountId, engine } = world;
    expect(await codeOf(withdrawMethodRequest(engine, { accountId, id: request.id }))).toBe(
      "method_request_over",
    );
  });

  it("ends with its subscription, for every reader at once", async () => {
    const { request, subscription } = await ask(world);
    const { accountId, engine } = world;
    await cancelSubscription(engine, {
      accountId,
      subscriptionId: subscription.id,
      when: "now",
    });
    const now = await reload(world, request);
    expect([now.status, now.finishedAt === undefined]).toEqual(["withdrawn", false]);
    const filter = { subscriptionId: subscription.id };
    const page = { limit: 5, after: undefined };
    const listOf = async (status: "open" | "withdrawn") => {
      const found = await listMethodRequests(
        engine.database,
        accountId,
        { ...filter, status },
        page,
      );
      return found.items.length;
    };
    expect([await listOf("open"), await listOf("withdrawn")]).toEqual([0, 1]);
    expect((await toldOf(world, subscription.id)).length).toBe(1);
  });
});

describe("a sunset that asks three hundred customers at once", () => {
  it("keeps the link of who was asked before, passes over who has left, and repeats nothing", async () => {
    const { accountId, engine } = world;
    await leave(world.connection, other);
    const before = await ask(world);
    const gone = await subscribe(world);
    await cancelSubscription(engine, {
      accountId,
      subscriptionId: gone.subscription.id,
      when: "now",
    });
    const { id: customerId } = await addCustomer(world);
    const planId = await addPlan(world);
    const ids = [before.subscription.id, gone.subscription.id];
    while (ids.length < 301) {
      ids.push((await createSubscription(engine, { accountId, customerId, planId })).id);
    }
    const { opened } = await askAbout(ids, world.connection);
    expect([
      opened.length,
      new Set(opened.map(({ subscriptionId }) => subscriptionId)).size,
    ]).toEqual([300, 300]);
    expect(opened.find(({ id }) => id === before.request.id)).toEqual({
      ...before.request,
      connectionId: other.id,
      sunsetConnectionId: world.connection.id,
    });
    expect((await toldOf(world, before.subscription.id)).at(-1)).toEqual({
      type: "subscription.method_requested",
      data: {
        subscriptionId: before.subscription.id,
        methodRequestId: before.request.id,
        connectionId: other.id,
        reason: "sunset",
        sunsetConnectionId: world.connection.id,
      },
    });
    expect(await askAbout(ids, world.connection)).toEqual({ opened });
    expect((await toldOf(world, ids.at(-1) ?? "")).length).toBe(1);
    expect(await toldOf(world, gone.subscription.id)).toEqual([]);
  });

  it("stays a sunset's when somebody asks once more", async () => {
    const { subscription } = await subscribe(world);
    await leave(world.connection, other);
    await askAbout([subscription.id], world.connection);
    const { accountId, engine } = world;
    const asked = await askForMethod(engine, { accountId, subscriptionId: subscription.id });
    expect([asked.connectionId, asked.sunsetConnectionId]).toEqual([other.id, world.connection.id]);
  });

  it("is taken back some at a time, until nobody is asked any more", async () => {
    const sunset = { accountId: world.accountId, sunsetConnectionId: world.connection.id };
    const withdrawSome = () =>
      world.engine.database.transaction((tx) =>
        withdrawRequestsOfSunset(tx, world.engine, sunset, 200),
      );
    expect(await withdrawSome()).toBe(200);
    expect(await withdrawSome()).toBeLessThan(200);
    expect(await withdrawSome()).toBe(0);
  });
});

describe("many at once, asked in different orders", () => {
  it("do not wait for each other", async () => {
    const { accountId, engine } = world;
    const { id: customerId } = await addCustomer(world);
    const planId = await addPlan(world);
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      ids.push((await createSubscription(engine, { accountId, customerId, planId })).id);
    }
    const asked = await Promise.all([
      askAbout(ids),
      askAbout(ids.toReversed()),
      ...ids.slice(0, 4).map((id) => registerMethod(world, customerId, { subscriptionId: id })),
    ]);
    expect(asked.length).toBe(6);
  });
});

describe("a request that was followed", () => {
  it("is completed by the registration that it led to, and charges with its key", async () => {
    const { request, subscription, key } = await ask(world);
    const browser = browserOf(world);
    const registration = await registrationOf(world, await browser.choose(request));
    await browser.goThrough(registration);
    const now = await reload(world, request);
    expect(now).toEqual({
      ...request,
      status: "completed",
      registrationId: registration.id,
      visitedAt: now.visitedAt,
      finishedAt: now.finishedAt,
    });
    const [row] = await world.db.database.query<{ billing_key_id: string }>(
      "select billing_key_id from subscriptions where id = $1",
      [subscription.id],
    );
    expect(row?.billing_key_id).not.toBe(key.id);
  });
});
