/** `maedal journal accept` and `maedal recovery finish`: what only a person can vouch for. */
import { userInfo } from "node:os";
import { acceptJournals } from "../journal/journal-store.ts";
import { endRecovery } from "../journal/recovery-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { CommandError, report, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

export interface AcceptOptions {
  readonly json?: boolean;
  readonly id?: string;
}

/** From here live accounts may be charged. Running processes notice within seconds. */
export async function acceptJournal(terminal: Terminal, options: AcceptOptions): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const accepted = await acceptJournals(engine.database, person(), options.id);
    const items = accepted.map(({ home, id }) => ({ id, home }));
    const lines = items.map(({ home, id }) => `${id}: live accounts are charged from ${home}.`);
    const none = "Every send journal is accepted already.";
    report(terminal, options.json, { items }, lines.join("\n") || none);
    return 0;
  });
}

export interface FinishOptions {
  readonly json?: boolean;
  readonly reason: string;
}

/** Sends go on, whatever is not looked up. */
export async function finishRecovery(terminal: Terminal, options: FinishOptions): Promise<number> {
  const { json, reason } = options;
  if (reason.trim() === "") throw new CommandError("--reason says how you made sure.");
  return await withMaedal(terminal, async ({ engine }) => {
    const ended = await endRecovery(engine.database, person(), reason);
    if (ended === undefined)
      throw new CommandError("No recovery is open: nothing holds sends back.");
    await notifyWork(engine.database);
    const { id } = ended;
    report(terminal, json, { id, reason }, `Recovery ${id} is over: requests are sent again.`);
    return 0;
  });
}

/** Who it is, by the account of the machine. */
function person(): string {
  return userInfo().username;
}
