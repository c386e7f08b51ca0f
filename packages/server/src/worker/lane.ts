/**
 * Lane: sends the due charges of one gateway connection, so many at once as there are free slots.
 * The connection's own budget, over all workers, is kept by the claim.
 */
import type { Gateway } from "@maedal/gateways";
import { checkResentOrder } from "../charges/check-resent-order.ts";
import { claimCharges, type ClaimedCharge } from "../charges/claim-charges.ts";
import type { CallResult } from "../charges/call-result.ts";
import { sendCharge } from "../charges/send-charge.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import type { GroupCommit } from "./group-commit.ts";
import { runLoop } from "./loop.ts";
import type { Ear } from "./wake-up.ts";

export interface LaneOptions {
  readonly engine: Engine;
  readonly connection: Connection;
  readonly results: GroupCommit<CallResult>;
  readonly ear: Ear;
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** Runs until the signal aborts; then claims nothing more and waits for its open calls. */
export async function runLane(options: LaneOptions): Promise<void> {
  const { engine, connection, ear, signal, pollMs } = options;
  const gateway = await engine.gateways.of(engine.database, connection);
  const open = new Set<Promise<void>>();

  const round = async (): Promise<boolean> => {
    const freeSlots = connection.concurrency - open.size;
    if (freeSlots <= 0) return false;
    const claims = await claimBoth(engine, connection, gateway, freeSlots);
    for (const claim of claims) {
      const call = callOne(options, gateway, claim).finally(() => {
        open.delete(call);
        ear.ring();
      });
      open.add(call);
    }
    return claims.length === freeSlots && open.size < connection.concurrency;
  };
  const name = `lane ${connection.id}`;
  await runLoop({ name, round, pollMs }, ear, engine.log, signal);
  await Promise.all(open);
}

/** Charges on test clocks exist in test mode only. */
async function claimBoth(
  engine: Engine,
  connection: Connection,
  { capabilities }: Gateway,
  freeSlots: number,
): Promise<ClaimedCharge[]> {
  const inRealTime = await claimCharges(engine, connection, capabilities, "real", freeSlots);
  const left = freeSlots - inRealTime.length;
  if (connection.mode === "live" || left === 0) return inRealTime;
  const onTestClocks = await claimCharges(engine, connection, capabilities, "test", left);
  return [...inRealTime, ...onTestClocks];
}

async function callOne(
  { engine, connection, results }: LaneOptions,
  gateway: Gateway,
  claim: ClaimedCharge,
): Promise<void> {
  const result = await sendCharge(engine, connection, gateway, claim);
  await results.add(result);
  // Only an earlier send can have paid as well; most charges have none.
  if (claim.charge.attemptCount > 0) await checkResentOrder(engine, result);
}
