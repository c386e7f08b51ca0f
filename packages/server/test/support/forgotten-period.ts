/** A first period that was declined under one order id and paid under the next, all of it forgotten. */
import type { Engine } from "../../src/engine.ts";
import { spoil, termsOf } from "./provider-terms.ts";
import { advanceTo, chargesOf, eventually, subscribe, untilCharges, type World } from "./world.ts";

export interface ForgottenPeriod {
  readonly customerId: string;
  readonly subscriptionId: string;
  /** That was paid. */
  readonly orderId: string;
  untilCaptured(): Promise<unknown>;
}

const clockAt = "2026-03-02T01:00:00Z";

/** @param snapshot Taken when there is a subscription, and neither a key nor a charge of it. */
export async function declineThenPay(
  world: World,
  engine: Engine,
  snapshot: () => Promise<void>,
): Promise<ForgottenPeriod> {
  const { declinedIdsReusable, provider, softDecline } = termsOf(world);
  await world.control.post("/switches", { provider, ...declinedIdsReusable });
  const beforeCharge = async () => {
    await snapshot();
    await spoil(world, softDecline);
  };
  const {
    customerId,
    subscription,
    testClockId = "",
  } = await subscribe(world, {
    clockAt,
    beforeCharge,
  });
  const worker = world.worker(engine);
  await eventually("the decline", async () => {
    return (await chargesOf(world, subscription.id)).some(({ declines }) => declines === 1);
  });
  await advanceTo(world, testClockId, "2026-03-03T01:00:00Z");
  const [paid] = await untilCharges(world, subscription.id, "captured");
  await worker.stop();
  return {
    customerId,
    subscriptionId: subscription.id,
    orderId: paid?.order_id ?? "",
    untilCaptured: () => untilCharges(world, subscription.id, "captured"),
  };
}
