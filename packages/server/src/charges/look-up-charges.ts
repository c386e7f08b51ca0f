/**
 * The reconciler: asks the provider what became of charges whose outcome is unknown, by our own
 * order id and through the connection that they were sent with. It never charges.
 */
import { GatewayError, type Exchange, type Gateway, type WindowState } from "@maedal/gateways";
import { findConnection } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { findingOf, findingOfFailure, type LookUpFinding } from "./outcome.ts";
import {
  claimDueLookUps,
  expireLeases,
  expireLookUpLeases,
  type DueLookUp,
} from "./look-up-store.ts";
import { recordOrLeave } from "./record-or-leave.ts";
import type { CallResult } from "./call-result.ts";

const batchSize = 20;

/** @returns How many charges were moved or asked about: 0 when there is nothing to do now. */
export async function reconcileCharges(engine: Engine): Promise<number> {
  const { database, effects, windows } = engine;
  const expired = await expireLeases(database, 100);
  if (expired > 0) engine.log.warn({ expired }, "leases ran out: their outcome is unknown");
  await expireLookUpLeases(database);

  const tokens = Array.from({ length: batchSize }, () => effects.random.uuid());
  const due = await claimDueLookUps(database, tokens, windows.lookUpLeaseMs);
  // Each answer is recorded when it comes: a slow provider holds up nobody else's look-up.
  await Promise.all(
    due.map(async (lookUp) => await recordOrLeave(engine, [await lookUpOne(engine, lookUp)])),
  );
  return expired + due.length;
}

async function lookUpOne(engine: Engine, lookUp: DueLookUp): Promise<CallResult> {
  const { accountId, chargeId, leaseToken, askedAt } = lookUp;
  const lease = { accountId, chargeId, leaseToken };
  const answer = await ask(engine, lookUp);
  return { of: "look_up", lease, askedAt, ...answer };
}

interface Answer {
  readonly finding: LookUpFinding;
  readonly exchange: Exchange | undefined;
  readonly declinedIdReusable: boolean;
}

async function ask(engine: Engine, lookUp: DueLookUp): Promise<Answer> {
  const { accountId, connectionId, orderId } = lookUp;
  try {
    const connection = await findConnection(engine.database, accountId, connectionId);
    if (connection === undefined) throw new Error(`there is no connection ${connectionId}`);
    const gateway = await engine.gateways.of(engine.database, connection);
    const { declinedIdReusable } = gateway.capabilities;
    const found = await gateway.lookUpByOrderId(orderId);
    const exchange = found === "not_found" ? undefined : found.exchange;
    const finding = findingOf(lookUp, found, gateway.capabilities);
    if (finding.kind !== "not_found") return { finding, exchange, declinedIdReusable };
    const window = await stateOfWindow(gateway, lookUp.windowId);
    return { finding: { ...finding, window }, exchange, declinedIdReusable };
  } catch (error) {
    if (!(error instanceof GatewayError)) {
      engine.log.error({ chargeId: lookUp.chargeId, error }, "a look-up failed in our own code");
    }
    const exchange = error instanceof GatewayError ? error.exchange : undefined;
    return { finding: findingOfFailure(error), exchange, declinedIdReusable: false };
  }
}

/** What the confirmed window says of itself; undefined when there is none or it says nothing clear. */
async function stateOfWindow(
  { window }: Gateway,
  windowId: string | undefined,
): Promise<WindowState | undefined> {
  if (windowId === undefined || window.kind !== "payment") return undefined;
  try {
    return await window.check(windowId);
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}
