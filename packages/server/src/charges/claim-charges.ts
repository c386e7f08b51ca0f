/**
 * Claims due charges: charge, attempt, order id, key and lease are written and committed before a
 * byte leaves (rule 3). A claim whose COMMIT got no answer is not sent; its lease runs out and the
 * reconciler asks the provider.
 */
import type { GatewayCapabilities } from "@maedal/gateways";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import {
  lockDueCharges,
  lockLane,
  saveClaims,
  type DueCharge,
  type Lease,
} from "./charge-store.ts";
import { leaseMs, windowsFor } from "./windows.ts";

export interface ClaimedCharge {
  readonly charge: DueCharge;
  readonly attemptId: string;
  readonly lease: Lease;
  readonly idempotencyKey: string;
  /** On this process's monotonic clock, from before the claim: the send gate is measured from it. */
  readonly claimedAtMs: number;
}

/** Idempotency keys are reused a day less than the provider promises to remember them. */
const idempotencyMarginDays = 1;

/**
 * @param freeSlots How many can be sent at once; no more are claimed.
 * @returns The claimed charges, committed; empty when nothing is due or the connection is not active.
 */
export async function claimCharges(
  engine: Engine,
  connection: Connection,
  capabilities: GatewayCapabilities,
  clock: "real" | "test",
  freeSlots: number,
): Promise<ClaimedCharge[]> {
  const { database, effects } = engine;
  const { accountId, id: connectionId } = connection;
  const claimedAtMs = effects.clock.monotonicMs();
  const windows = windowsFor(connection.mode, engine.windows);
  const idempotencyDays = (capabilities.idempotencyWindowDays ?? 0) - idempotencyMarginDays;

  return await database.transaction(async (tx) => {
    const lane = await lockLane(tx, accountId, connectionId);
    const limit = lane === undefined ? 0 : Math.min(freeSlots, lane.concurrency - lane.inFlight);
    if (limit <= 0 || !(await engine.sends.mayClaim(tx, connection))) return [];

    const due = await lockDueCharges(
      tx,
      { accountId, connectionId },
      clock,
      limit,
      idempotencyDays,
    );
    const claims = oneForEachKey(due).map((charge) => claimOf(charge, engine, claimedAtMs));
    const begins = claims.filter(({ charge }) => charge.attemptCount === 0).length;
    if (claims.length === 0 || !(await engine.sends.mayRun(tx, connection, { clock, begins }))) {
      return [];
    }
    const rows = claims.map(({ attemptId, charge, lease, idempotencyKey }) => ({
      ...lease,
      attemptId,
      attemptNumber: charge.attemptCount + 1,
      via: { billingKeyId: charge.billingKeyId },
      idempotencyKey,
    }));
    await saveClaims(tx, rows, leaseMs(windows, capabilities.timeouts));
    return claims;
  });
}

/** One call in flight per billing key (rule 4): the others of the batch wait for the next claim. */
function oneForEachKey(due: readonly DueCharge[]): DueCharge[] {
  const taken = new Set<string>();
  return due.filter(({ billingKeyId }) => {
    const isFirst = !taken.has(billingKeyId);
    taken.add(billingKeyId);
    return isFirst;
  });
}

/** A resend after no answer repeats its attempt's idempotency key; everything else gets its own. */
function claimOf(charge: DueCharge, { effects }: Engine, claimedAtMs: number): ClaimedCharge {
  const { accountId, id: chargeId } = charge;
  return {
    charge,
    attemptId: newId("att", effects.random),
    lease: { accountId, chargeId, leaseToken: effects.random.uuid() },
    idempotencyKey: charge.unansweredIdempotencyKey ?? effects.random.uuid(),
    claimedAtMs,
  };
}
