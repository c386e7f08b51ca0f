/** `maedal journal accept` and `maedal recovery finish`: what only a person can vouch for. */
import { recordEverywhere } from "../audit/record-word.ts";
import { acceptJournals } from "../journal/journal-store.ts";
import { endRecovery } from "../journal/recovery-store.ts";
import { notifyWork } from "../worker/wake-up.ts";
import { personAtCommandLine } from "./person.ts";
import { CommandError, report, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

export interface AcceptOptions {
  readonly json?: boolean;
  readonly id?: string;
}

/** From here live accounts may be charged. Running processes notice within seconds. */
export async function acceptJournal(terminal: Terminal, options: AcceptOptions): Promise<number> {
  const by = personAtCommandLine();
  return await withMaedal(terminal, async ({ engine }) => {
    const accepted = await engine.database.transaction(async (tx) => {
      const journals = await acceptJournals(tx, by, options.id);
      for (const { home, id: subjectId } of journals) {
        const word = { by, action: "journal.accepted", subjectId, evidence: { home } };
        await recordEverywhere(tx, engine.effects.random, word);
      }
      return journals;
    });
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
  const by = personAtCommandLine();
  if (reason.trim() === "") throw new CommandError("--reason says how you made sure.");
  return await withMaedal(terminal, async ({ engine }) => {
    const id = await engine.database.transaction(async (tx) => {
      const ended = await endRecovery(tx, by, reason);
      if (ended === undefined)
        throw new CommandError("No recovery is open: nothing holds sends back.");
      await notifyWork(tx);
      const word = { by, action: "recovery.finished", subjectId: ended.id, reason };
      await recordEverywhere(tx, engine.effects.random, word);
      return ended.id;
    });
    report(terminal, json, { id, reason }, `Recovery ${id} is over: requests are sent again.`);
    return 0;
  });
}
