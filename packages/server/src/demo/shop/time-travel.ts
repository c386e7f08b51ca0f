/** The button "one month later": both clocks move together, and we wait until all is done. */
import { setTimeout as sleep } from "node:timers/promises";
import { Temporal } from "temporal-polyfill";
import type { EmulatorClient } from "../emulator-client.ts";
import type { MaedalClient } from "../maedal-client.ts";

const pollMs = 150;
const patienceMs = 30_000;

/**
 * @param now On the test clock.
 * @param nextDueAt Of the subscription. One month after a morning is the same morning, a little before
 *   the charge falls due: whoever asks for a month later wants to see it happen.
 */
export function timeAfter(
  step: "day" | "month",
  now: Temporal.Instant,
  nextDueAt: Temporal.Instant | undefined,
  zone: string,
): Temporal.Instant {
  const here = now.toZonedDateTimeISO(zone);
  if (step === "day") return here.add({ days: 1 }).toInstant();
  const target = here.add({ months: 1 });
  const isJustAfter =
    nextDueAt !== undefined &&
    Temporal.Instant.compare(nextDueAt, target.toInstant()) > 0 &&
    Temporal.Instant.compare(nextDueAt, target.add({ days: 4 }).toInstant()) <= 0;
  return isJustAfter ? nextDueAt : target.toInstant();
}

/** @returns false when the clock was still on its way when our patience ended. */
export async function travel(
  maedal: MaedalClient,
  emulator: EmulatorClient,
  testClockId: string,
  target: Temporal.Instant,
): Promise<boolean> {
  await emulator.advanceTo(target);
  await maedal.advanceTestClock(testClockId, target.toString());
  const endAt = performance.now() + patienceMs;
  while (performance.now() < endAt) {
    if ((await maedal.getTestClock(testClockId)).status === "ready") return true;
    await sleep(pollMs);
  }
  return false;
}
