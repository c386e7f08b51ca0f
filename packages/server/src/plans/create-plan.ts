/** Creates a plan with its first price. */
import type { Engine } from "../engine.ts";
import { newId } from "../ids/id.ts";
import { findPlan, insertPlan, insertPrice } from "./plan-store.ts";
import type { Plan, PlanPrice } from "./plan.ts";

export async function createPlan(
  engine: Engine,
  wanted: PlanPrice & { readonly accountId: string; readonly name: string },
): Promise<Plan> {
  const { accountId, name } = wanted;
  const { random } = engine.effects;
  const id = newId("plan", random);
  const priceId = newId("price", random);
  return await engine.database.transaction(async (tx) => {
    await insertPlan(tx, { accountId, id, name, priceId });
    await insertPrice(tx, { ...wanted, id: priceId, planId: id });
    const plan = await findPlan(tx, accountId, id);
    if (plan === undefined) throw new Error(`plan ${id} was not there after its insert`);
    return plan;
  });
}
