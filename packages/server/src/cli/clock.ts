/** `maedal clock`: the test clocks of test accounts. */
import { Temporal } from "temporal-polyfill";
import { listAccounts } from "../accounts/account-store.ts";
import type { Engine } from "../engine.ts";
import { advanceTestClock } from "../test-clocks/advance-test-clock.ts";
import { findTestClock, listTestClocks, type TestClock } from "../test-clocks/test-clock-store.ts";
import { CommandError, report, table, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

export async function listClocks(terminal: Terminal, options: { json?: boolean }): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const accounts = await listAccounts(engine.database);
    const lists = await Promise.all(accounts.map(({ id }) => listTestClocks(engine.database, id)));
    const clocks = lists.flat();
    const rows = clocks.map((it) => [it.id, it.nowAt.toString(), it.status, it.name]);
    const text =
      rows.length === 0
        ? "There are no test clocks."
        : table([["ID", "NOW", "STATUS", "NAME"], ...rows]);
    report(terminal, options.json, { items: clocks.map(clockJson) }, text);
    return 0;
  });
}

export interface AdvanceOptions {
  readonly json?: boolean;
  readonly to?: string;
  readonly by?: string;
  readonly wait?: boolean;
}

const pollMs = 200;

export async function advanceClock(
  terminal: Terminal,
  id: string,
  options: AdvanceOptions,
): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const before = await getClock(engine, id);
    const to = targetOf(before, options);
    const { accountId } = before;
    let clock = await advanceTestClock(engine, { accountId, testClockId: id, to });
    while (options.wait && clock.status === "advancing") {
      await engine.effects.timers.sleep(pollMs);
      clock = await getClock(engine, id);
    }
    const text =
      clock.status === "ready"
        ? `The clock shows ${clock.nowAt.toString()}, and everything until then is done.`
        : `The clock is on its way to ${to.toString()}; a running worker takes it there.`;
    report(terminal, options.json, clockJson(clock), text);
    return 0;
  });
}

function targetOf(clock: TestClock, { by, to }: AdvanceOptions): Temporal.Instant {
  try {
    if (to !== undefined && by === undefined) return Temporal.Instant.from(to);
    if (by !== undefined && to === undefined) {
      return clock.nowAt.toZonedDateTimeISO("UTC").add(Temporal.Duration.from(by)).toInstant();
    }
  } catch {
    // Said below, with what would have been right.
  }
  throw new CommandError("Say --to 2026-03-01T00:00:00Z, or --by P1M (an ISO-8601 duration).");
}

async function getClock(engine: Engine, id: string): Promise<TestClock> {
  for (const account of await listAccounts(engine.database)) {
    const clock = await findTestClock(engine.database, account.id, id);
    if (clock !== undefined) return clock;
  }
  throw new CommandError(`There is no test clock ${id}: see \`maedal clock list\`.`);
}

function clockJson(clock: TestClock) {
  return {
    id: clock.id,
    name: clock.name,
    now: clock.nowAt.toString(),
    target: clock.targetAt?.toString() ?? null,
    status: clock.status,
  };
}
