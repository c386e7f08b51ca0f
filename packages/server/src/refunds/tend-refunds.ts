/** What a worker does for refunds, one round: sends what was asked for, looks up what is unknown. */
import type { Engine } from "../engine.ts";
import { reconcileRefunds } from "./look-up-refunds.ts";
import { sendRefunds } from "./send-refunds.ts";

/** @returns How many refunds were sent, moved or asked about: 0 when there is nothing to do now. */
export async function tendRefunds(engine: Engine): Promise<number> {
  const done = await Promise.all([sendRefunds(engine), reconcileRefunds(engine)]);
  return done[0] + done[1];
}
