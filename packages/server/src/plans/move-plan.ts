/**
 * Moves a plan to a new price. New subscriptions pay it; running ones stay where they are until
 * their plan is changed.
 */
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { findPlan, insertPrice, movePlanToPrice } from "./plan-store.ts";
import type { Plan, PlanPrice } from "./plan.ts";

/** @throws {AppError} `not_found`, `plan_retired`. */
export async function movePlan(
  engine: Engine,
  wanted: PlanPrice & { readonly accountId: string; readonly planId: string },
): Promise<Plan> {
  const { accountId, planId } = wanted;
  const priceId = newId("price", engine.effects.random);
  return await engine.database.transaction(async (tx) => {
    const before = await findPlan(tx, accountId, planId);
    if (before === undefined) throw new AppError("not_found", `There is no plan ${planId}.`);
    await insertPrice(tx, { ...wanted, id: priceId });
    if (!(await movePlanToPrice(tx, accountId, planId, priceId))) {
      throw new AppError("plan_retired", `Plan ${planId} is retired: make a new plan instead.`);
    }
    const { amount, interval, trialDays } = wanted;
    return { ...before, priceId, amount, interval, trialDays };
  });
}
