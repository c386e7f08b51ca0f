/** A provider whose look-ups do not show what it has taken: what a person then says is believed. */
import { AppError } from "../../src/app-error.ts";
import { spoilLookUp } from "./provider-terms.ts";
import { eventually, type World } from "./world.ts";

/** Faults that were set before are gone afterwards. */
export async function whileUnseen<T>(world: World, work: () => Promise<T>): Promise<T> {
  await spoilLookUp(world, { type: "stale_lookup" }, { times: null });
  try {
    return await work();
  } finally {
    await world.control.clearFaults();
  }
}

/** Decides again until the provider has had its time to show what it took. */
export async function onceSettled(decide: () => Promise<void>): Promise<void> {
  await eventually("the provider to have had its time", async () => {
    try {
      await decide();
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === "review_too_early") return false;
      throw error;
    }
  });
}
