/**
 * Moves a plan to a new price. New subscriptions pay it; running ones stay where they are until
 * their plan is changed.
 */
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { findPlan, insertPrice, movePlanToPrice } from "./plan-store.ts";
import type { Plan, PlanPrice } from "./plan.ts";

export interface PlanMove {
  readonly accountId: string;
  readonly planId: string;
  readonly price: PlanPrice;
}

/** @throws {AppError} `not_found`, `plan_retired`. */
export async function movePlan(
  engine: Engine,
  { accountId, planId, price }: PlanMove,
): Promise<Plan> {
  const priceId = newId("price", engine.effects.random);
  return await engine.database.transaction(async (tx) => {
    const before = await findPlan(tx, accountId, planId);
    if (before === undefined) throw new AppError("not_found", `There is no plan ${planId}.`);
    await insertPrice(tx, { ...price, accountId, planId, id: priceId });
    if (!(await movePlanToPrice(tx, accountId, planId, priceId))) {
      throw new AppError("plan_retired", `Plan ${planId} is retired: make a new plan instead.`);
    }
    return { ...before, ...price, priceId };
  });
}
