import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pauseConnection, resumeConnection } from "../../src/connections/connection-store.ts";
import { acceptAuthKey } from "../../src/registrations/accept-auth-key.ts";
import { completeRegistration } from "../../src/registrations/complete-registration.ts";
import { endRegistration } from "../../src/registrations/end-registration.ts";
import { openRegistration } from "../../src/registrations/open-registration.ts";
import { findRegistration } from "../../src/registrations/registration-store.ts";
import type { Registration } from "../../src/registrations/registration.ts";
import { retryRegistration } from "../../src/registrations/retry-registration.ts";
import { tendRegistrations } from "../../src/registrations/tend-registrations.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import {
  addCustomer,
  connectionNow,
  createWorld,
  eventually,
  type World,
} from "../support/world.ts";
import { registering, stateOf, visitorOf } from "./visitor.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());
beforeEach(() => world.control.clearFaults());

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );

async function reload({ accountId, id }: Registration): Promise<Registration> {
  const found = await findRegistration(world.engine.database, accountId, id);
  if (found === undefined) throw new Error("the registration is gone");
  return found;
}

async function approved(registration: Registration) {
  const path = await visitorOf(world).throughTheWindow(registration);
  const query = new URL(path, "https://pay.example").searchParams;
  return {
    authKey: query.get("authKey") ?? "",
    customerKey: query.get("customerKey") ?? "",
  };
}

describe("opening a registration", () => {
  it("gives a link for an hour, and a customer key that no other registration has", async () => {
    const { registration } = await registering(world);
    const other = (await registering(world)).registration;
    const lifetime = registration.createdAt.until(registration.expiresAt).total("minutes");
    expect([registration.status, Math.round(lifetime)]).toEqual(["open", 60]);
    const keys = await Promise.all(
      [registration, other].map((each) => visitorOf(world).customerKeyOf(each)),
    );
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it("is refused for what the provider would refuse later", async () => {
    const { accountId, connection, engine } = world;
    const customerId = (await addCustomer(world)).id;
    const wanted = { accountId, customerId, connectionId: connection.id, method: "TRANSFER" };
    const cheap = await codeOf(registering(world, { amount: 199 }));
    const dear = await codeOf(registering(world, { amount: 10_000_001 }));
    const card = await codeOf(registering(world, { amount: 100, method: "CARD" }));
    expect([cheap, dear, card]).toEqual(["amount_out_of_range", "amount_out_of_range", "no error"]);
    const refused = await Promise.all([
      codeOf(openRegistration(engine, { ...wanted, method: "PHONE" })),
      codeOf(openRegistration(engine, { ...wanted, returnUrl: "javascript:alert(1)" })),
      codeOf(openRegistration(engine, { ...wanted, returnUrl: "https://me:pw@shop.example" })),
      codeOf(openRegistration(engine, { ...wanted, customerId: "cus_nobody" })),
      codeOf(openRegistration(engine, { ...wanted, connectionId: "gwy_none" })),
      codeOf(openRegistration(engine, { ...wanted, subscriptionId: "sub_none" })),
    ]);
    expect(refused).toEqual([
      "invalid_request",
      "invalid_request",
      "invalid_request",
      "not_found",
      "not_found",
      "not_found",
    ]);
  });

  it("is refused for another customer's subscription, and for one that has ended", async () => {
    const { accountId, connection, engine } = world;
    const { subscriptionId, customerId } = await registering(world);
    const stranger = (await addCustomer(world)).id;
    const wanted = { accountId, connectionId: connection.id, method: "TRANSFER", subscriptionId };
    expect(await codeOf(openRegistration(engine, { ...wanted, customerId: stranger }))).toBe(
      "not_found",
    );
    await cancelSubscription(engine, { accountId, subscriptionId, when: "now" });
    expect(await codeOf(openRegistration(engine, { ...wanted, customerId }))).toBe(
      "subscription_canceled",
    );
  });

  it("is refused while the connection is paused", async () => {
    const { accountId, connection, engine } = world;
    await pauseConnection(engine.database, accountId, connection.id, "maintenance");
    expect(await codeOf(registering(world))).toBe("connection_not_active");
    await resumeConnection(engine.database, accountId, connection.id);
  });
});

describe("completing a registration", () => {
  it("stores the key, starts the subscription and tells of both, in one transaction", async () => {
    const { registration, subscriptionId } = await registering(world);
    await acceptAuthKey(world.engine, registration, await approved(registration));
    await completeRegistration(world.engine, registration);
    expect(await stateOf(world, registration)).toEqual({
      status: "completed",
      failure_code: null,
      keys: 1,
      active_keys: 1,
      subscription: "incomplete", // Until its first charge, which is due now.
    });
    const events = await world.db.database.query<{ type: string }>(
      `select type from events where data ->> 'registrationId' = $1 or subscription_id = $2
       order by position`,
      [registration.id, subscriptionId],
    );
    expect(events.map(({ type }) => type)).toEqual([
      "subscription.created",
      "invoice.opened",
      "registration.completed",
      "billing_key.created",
    ]);
  });

  it("keeps nothing that the provider gave in readable form", async () => {
    const { registration } = await registering(world);
    const given = await approved(registration);
    await acceptAuthKey(world.engine, registration, given);
    await completeRegistration(world.engine, registration);
    const rows = await world.db.database.query(
      `select encode(r.customer_key, 'escape') as customer_key, r.failure_message,
         encode(r.auth_key, 'escape') as auth_key, encode(k.secret, 'escape') as secret
       from registrations r join billing_keys k on k.id = r.billing_key_id where r.id = $1`,
      [registration.id],
    );
    const stored = JSON.stringify([rows, await world.db.database.query("select * from events")]);
    expect(stored).not.toContain(given.authKey);
    expect(stored).not.toContain(given.customerKey);
  });

  it("takes only the registration's own customer key", async () => {
    const { registration } = await registering(world);
    const { registration: other } = await registering(world);
    const given = await approved(registration);
    const stolen = { ...given, customerKey: (await approved(other)).customerKey };
    expect(await codeOf(acceptAuthKey(world.engine, registration, stolen))).toBe(
      "registration_mismatch",
    );
    expect((await reload(registration)).hasAuthKey).toBe(false);
  });

  it("takes an auth key once ever", async () => {
    const { registration } = await registering(world);
    const { registration: other } = await registering(world);
    const given = await approved(registration);
    await acceptAuthKey(world.engine, registration, given);
    const again = { ...(await approved(other)), authKey: given.authKey };
    expect(await codeOf(acceptAuthKey(world.engine, other, again))).toBe("registration_mismatch");
  });

  it("keeps to the first auth key when the customer went through the window twice", async () => {
    const { registration } = await registering(world);
    const first = await approved(registration);
    const { customerKey } = first;
    const order = { customerKey, method: "TRANSFER" };
    const again = await world.control.post<{ authKey: string }>("/toss/billing-auths", order);
    const second = { customerKey, authKey: again.authKey };
    await acceptAuthKey(world.engine, registration, first);
    await acceptAuthKey(world.engine, registration, second);
    await completeRegistration(world.engine, registration);
    expect(await stateOf(world, registration)).toMatchObject({ status: "completed", keys: 1 });
  });
});

describe("an exchange whose answer is lost", () => {
  it("is the same call again, with the same idempotency key, and stores one key", async () => {
    const { registration } = await registering(world);
    const given = await approved(registration);
    await acceptAuthKey(world.engine, registration, given);
    await world.control.fault({ operation: "issue", action: { type: "close_after" } });
    await completeRegistration(world.engine, registration);
    expect(await stateOf(world, registration)).toMatchObject({ status: "open", keys: 0 });

    await eventually("the exchange to be repeated", async () => {
      await tendRegistrations(world.engine);
      return (await reload(registration)).status === "completed";
    });
    expect(await stateOf(world, registration)).toMatchObject({ keys: 1, active_keys: 1 });
    const calls = (await world.control.requests("issue")).filter(
      ({ body }) => (body as { authKey: string }).authKey === given.authKey,
    );
    const idempotencyKeys = new Set(calls.map(({ headers }) => headers["idempotency-key"]));
    expect([calls.length, idempotencyKeys.size]).toEqual([2, 1]);
    const { billingKeys } = await accounts();
    const ofCustomer = billingKeys.filter((key) => key.customerKey === given.customerKey);
    expect(ofCustomer).toHaveLength(1);
  });

  it("is repeated after a process died between the answer and the store", async () => {
    const { registration } = await registering(world);
    await acceptAuthKey(world.engine, registration, await approved(registration));
    const { gateways } = world.engine;
    const dying = world.engineWith({
      gateways: {
        async of(db, connection) {
          const gateway = await gateways.of(db, connection);
          const { window } = gateway;
          if (window.kind !== "script") throw new Error("Toss opens its window by script");
          return {
            ...gateway,
            window: {
              ...window,
              async exchange(handle) {
                await window.exchange(handle);
                throw new Error("the process dies here");
              },
            },
          };
        },
      },
    });
    await expect(completeRegistration(dying, registration)).rejects.toThrow("dies");
    expect(await stateOf(world, registration)).toMatchObject({ status: "open", keys: 0 });
    await world.db.database.execute(
      "update registrations set exchange_until = protocol_now() where id = $1",
      [registration.id],
    );
    await tendRegistrations(world.engine);
    expect(await stateOf(world, registration)).toMatchObject({ status: "completed", keys: 1 });
  });

  it("ends as failed when the provider stays unclear for too long", async () => {
    const { registration } = await registering(world);
    await acceptAuthKey(world.engine, registration, await approved(registration));
    await world.control.fault({ operation: "issue", action: { type: "garbage" } });
    await world.db.database.execute(
      "update registrations set expires_at = protocol_now() where id = $1",
      [registration.id],
    );
    await completeRegistration(world.engine, registration);
    expect(await stateOf(world, registration)).toMatchObject({
      status: "failed",
      failure_code: "outcome_unknown",
      keys: 0,
    });
  });
});

describe("several at one registration", () => {
  it("exchange once, whichever of two tabs and two processes comes first", async () => {
    const { registration } = await registering(world);
    const given = await approved(registration);
    // Toss does not promise that issuing replays: then a second call would be told "spent".
    await world.control.post("/switches", { idempotencyOnIssue: false });
    const before = (await world.control.requests("issue")).length;
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        await acceptAuthKey(world.engine, registration, given);
        await completeRegistration(world.engine, registration);
      }),
    );
    await world.control.post("/switches", { idempotencyOnIssue: true });
    expect(await stateOf(world, registration)).toMatchObject({ status: "completed", keys: 1 });
    expect((await world.control.requests("issue")).length - before).toBe(1);
  });

  it("cancel or complete, but never both", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { registration } = await registering(world);
      const given = await approved(registration);
      await Promise.all([
        codeOf(acceptAuthKey(world.engine, registration, given)),
        endRegistration(world.engine, registration, { status: "canceled" }),
      ]);
      await completeRegistration(world.engine, registration);
      const state = await stateOf(world, registration);
      const expected = state?.status === "canceled" ? 0 : 1;
      expect(["canceled", "completed"]).toContain(state?.status);
      expect(state?.keys).toBe(expected);
    }
  });
});

describe("a registration that is over", () => {
  it("takes no auth key once its hour has passed, and is written down as expired", async () => {
    const { registration } = await registering(world);
    const given = await approved(registration);
    await world.db.database.execute(
      "update registrations set expires_at = protocol_now() where id = $1",
      [registration.id],
    );
    expect((await reload(registration)).status).toBe("expired");
    expect(await codeOf(acceptAuthKey(world.engine, registration, given))).toBe(
      "registration_over",
    );
    await tendRegistrations(world.engine);
    expect(await stateOf(world, registration)).toMatchObject({ status: "expired", keys: 0 });
  });

  it("is followed by one other registration for the same subscription", async () => {
    const { registration } = await registering(world);
    const ended = await endRegistration(world.engine, registration, { status: "canceled" });
    const next = await retryRegistration(world.engine, ended);
    const again = await retryRegistration(world.engine, ended);
    expect(again.id).toBe(next.id);
    expect([next.retryOf, next.subscriptionId, next.returnUrl]).toEqual([
      registration.id,
      registration.subscriptionId,
      registration.returnUrl,
    ]);
    expect(await codeOf(retryRegistration(world.engine, next))).toBe("registration_over");
  });
});

describe("a provider that refuses to issue", () => {
  it("fails the registration with its own words when another method may work", async () => {
    const { registration } = await registering(world);
    await acceptAuthKey(world.engine, registration, await approved(registration));
    const message = "계좌를 확인해 주세요.";
    const refusal = { type: "error", status: 400, code: "USER_ACCOUNT_ON_HOLD", message };
    await world.control.fault({ operation: "issue", action: refusal });
    await completeRegistration(world.engine, registration);
    const failed = await reload(registration);
    expect([failed.status, failed.failureCode, failed.failureMessage]).toEqual([
      "failed",
      "USER_ACCOUNT_ON_HOLD",
      message,
    ]);
    const connection = await connectionNow(world);
    expect(connection.state).toBe("active");
  });

  it("pauses the connection when its credentials or contract are the reason", async () => {
    const { accountId, connection, engine } = world;
    const { registration } = await registering(world);
    await acceptAuthKey(engine, registration, await approved(registration));
    const refusal = { type: "error", status: 401, code: "UNAUTHORIZED_KEY" };
    await world.control.fault({ operation: "issue", action: refusal });
    await completeRegistration(engine, registration);
    expect(await stateOf(world, registration)).toMatchObject({
      status: "failed",
      failure_code: "UNAUTHORIZED_KEY",
    });
    const paused = await connectionNow(world);
    expect(paused.state).toBe("paused");
    expect(paused.pausedReason).toContain("UNAUTHORIZED_KEY");
    await resumeConnection(engine.database, accountId, connection.id);
  });
});

interface EmulatorAccounts {
  readonly billingKeys: readonly { readonly customerKey: string }[];
}

async function accounts(): Promise<EmulatorAccounts> {
  const answer = await fetch(new URL("/accounts", world.emulator.ready.control));
  return (await answer.json()) as EmulatorAccounts;
}
