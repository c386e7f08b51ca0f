/** A provider whose look-ups do not show what it has taken: what a person then says is believed. */
import { spoilLookUp } from "./provider-terms.ts";
import type { World } from "./world.ts";

/** Faults that were set before are gone afterwards. */
export async function whileUnseen<T>(world: World, work: () => Promise<T>): Promise<T> {
  await spoilLookUp(world, { type: "stale_lookup" }, { times: null });
  try {
    return await work();
  } finally {
    await world.control.clearFaults();
  }
}
