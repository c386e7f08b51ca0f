/** Retires a plan: no new subscriptions; those that run go on. Safe to repeat. */
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { findPlan, savePlanRetired } from "./plan-store.ts";
import type { Plan } from "./plan.ts";

/** @throws {AppError} `not_found`. */
export async function retirePlan(engine: Engine, accountId: string, id: string): Promise<Plan> {
  return await engine.database.transaction(async (tx) => {
    const plan = await findPlan(tx, accountId, id);
    if (plan === undefined || !(await savePlanRetired(tx, accountId, id))) {
      throw new AppError("not_found", `There is no plan ${id}.`);
    }
    return { ...plan, status: "retired" };
  });
}
