/** A shop whose customers pay by CHAI, through PortOne V1, and may move to Toss Payments. */
import { Temporal } from "temporal-polyfill";
import type { Connection } from "../../src/connections/connection.ts";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { readSunset } from "../../src/http/sunset-json.ts";
import { startSunset } from "../../src/sunsets/start-sunset.ts";
import type { WantedSunset } from "../../src/sunsets/sunset.ts";
import { tendSunsets } from "../../src/sunsets/tend-sunsets.ts";
import { listEvents } from "../../src/events/event-store.ts";
import {
  addConnection,
  createWorld,
  registerMethod,
  subscribe,
  type Subscribed,
  type World,
  type WorldOptions,
} from "../support/world.ts";

export interface SunsetWorld extends World {
  /** The connection of `World` is CHAI's. */
  readonly successor: Connection;
}

export async function createSunsetWorld(options: WorldOptions = {}): Promise<SunsetWorld> {
  const world = await createWorld({ provider: "portone", ...options });
  const { accountId, emulator, engine } = world;
  return { ...world, successor: await addConnection(engine, accountId, emulator, 10, "toss") };
}

export const chaiOf = ({ accountId, connection }: SunsetWorld) => ({
  accountId,
  id: connection.id,
});

/** CHAI is left; at once, unless told otherwise. */
export async function leaveChai(
  world: SunsetWorld,
  change: Partial<WantedSunset> = {},
): Promise<void> {
  await startSunset(
    world.engine,
    chaiOf(world),
    {
      successorId: world.successor.id,
      reason: "CHAI closes its service",
      chargesUntil: undefined,
      whenSilent: "keep",
      cancelAt: undefined,
      ...change,
    },
    "test",
  );
}

/** CHAI is left at once, and who stays silent is to be canceled since then. */
export async function leaveChaiAndCancel(world: SunsetWorld): Promise<void> {
  await leaveChai(world, { whenSilent: "cancel", cancelAt: inDays(1) });
  await world.db.database.execute(
    "update sunsets set cancel_at = charges_until where connection_id = $1",
    [world.connection.id],
  );
}

/** Does everything that is to do for sunsets now. */
export async function tendAll({ engine }: World): Promise<void> {
  while ((await tendSunsets(engine)) > 0);
}

export const progressOf = (world: SunsetWorld) => readSunset(world.engine, chaiOf(world));

/** The customer follows the link, registers with Toss, and the subscription moves. */
export async function moveToToss(
  world: SunsetWorld,
  { customerId, subscription }: Pick<Subscribed, "customerId" | "subscription">,
): Promise<{ readonly id: string; readonly billingKey: string }> {
  const elsewhere = { ...world, connection: world.successor };
  return await registerMethod(elsewhere, customerId, { subscriptionId: subscription.id });
}

/** What a lane does, once, for everything that is due at a connection. */
export async function collectDue(world: SunsetWorld, connection: Connection): Promise<void> {
  const { engine } = world;
  const gateway = await engine.gateways.of(engine.database, connection);
  for (const clock of ["real", "test"] as const) {
    const claims = await claimCharges(engine, connection, gateway.capabilities, clock, 5);
    for (const claim of claims) {
      await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
    }
  }
}

/** A customer who has paid the first period by CHAI. Needs no worker. */
export async function subscribeAtChai(world: SunsetWorld, clockAt?: string): Promise<Subscribed> {
  const subscribed = await subscribe(world, clockAt === undefined ? {} : { clockAt });
  await collectDue(world, world.connection);
  return subscribed;
}

/** How often each key was paid with. */
export async function paidWith(
  world: SunsetWorld,
  ...keys: readonly { readonly billingKey: string }[]
): Promise<number[]> {
  const payments = await world.control.payments();
  return keys.map(({ billingKey }) => payments.filter(({ key }) => key === billingKey).length);
}

/** Oldest first. */
export async function eventTypesOf(world: SunsetWorld, subscriptionId: string): Promise<string[]> {
  const { accountId, engine } = world;
  const events = await listEvents(engine.database, accountId, { subscriptionId }, 100);
  return events.map(({ type }) => type).toReversed();
}

export async function keyStatusOf(world: SunsetWorld, id: string): Promise<string | undefined> {
  const rows = await world.db.database.query<{ status: string }>(
    "select status from billing_keys where id = $1",
    [id],
  );
  return rows[0]?.status;
}

export async function stateOf(world: SunsetWorld, subscriptionId: string) {
  const [row] = await world.db.database.query<{ status: string; asks: boolean }>(
    "select status, method_required as asks from subscriptions where id = $1",
    [subscriptionId],
  );
  return row;
}

export const inDays = (days: number) => Temporal.Now.instant().add({ hours: days * 24 });
