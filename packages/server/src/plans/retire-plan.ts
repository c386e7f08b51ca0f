/**
 * Retires a plan: no new subscriptions. Those that run go on, or end with the period that is paid
 * for. Safe to repeat, and to die between any two lines: a repetition goes on where it stopped.
 */
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { cancelLocked } from "../subscriptions/cancel-subscription.ts";
import { lockSubscriptionsStayingWithPlan } from "../subscriptions/subscription-store.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { findPlan, savePlanRetired } from "./plan-store.ts";
import type { Plan } from "./plan.ts";

export interface PlanKey {
  readonly accountId: string;
  readonly planId: string;
}

/** Few enough that nobody waits long for a locked subscription. */
const batchSize = 100;

/** @throws {AppError} `not_found`. */
export async function retirePlan(
  engine: Engine,
  key: PlanKey,
  subscriptions: "keep" | "cancel_at_period_end",
): Promise<Plan> {
  const plan = await retire(engine, key);
  if (subscriptions === "cancel_at_period_end") await cancelAll(engine, key);
  return plan;
}

async function retire(engine: Engine, { accountId, planId }: PlanKey): Promise<Plan> {
  return await engine.database.transaction(async (tx) => {
    const plan = await findPlan(tx, accountId, planId);
    if (plan === undefined || !(await savePlanRetired(tx, accountId, planId))) {
      throw new AppError("not_found", `There is no plan ${planId}.`);
    }
    return { ...plan, status: "retired" };
  });
}

async function cancelAll(engine: Engine, key: PlanKey): Promise<void> {
  const wanted = { when: "period_end", reason: "the plan was retired" } as const;
  let afterId: string | undefined = "";
  while (afterId !== undefined) {
    const from: string = afterId;
    afterId = await engine.database.transaction(async (tx) => {
      const batch = await lockSubscriptionsStayingWithPlan(tx, key, from, batchSize);
      for (const it of batch.toSorted(byKey)) await cancelLocked(tx, engine, it, wanted);
      return batch.length < batchSize ? undefined : batch.at(-1)?.id;
    });
  }
}

/** As keys are locked wherever several are, so that two batches cannot wait for each other. */
function byKey(one: Subscription, other: Subscription): number {
  return (one.billingKeyId ?? "").localeCompare(other.billingKeyId ?? "");
}
