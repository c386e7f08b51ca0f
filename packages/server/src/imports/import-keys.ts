/**
 * Import: takes over billing keys that a merchant's earlier system has registered, with their
 * customers and subscriptions. Each row is a transaction of its own, and what is stored already is
 * recognized; so an import may be interrupted at any row and run again, or run twice at once.
 *
 * Rows are read in batches of as many keys as the provider tells of at once. Of those that are not
 * stored yet the provider is asked; then each is stored, or, in a dry run, counted.
 */
import type { ExistingKey, ExistingKeys, Gateway } from "@maedal/gateways";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { findPlan } from "../plans/plan-store.ts";
import type { Plan } from "../plans/plan.ts";
import { askPatiently, ImportStopped, type Patience } from "./ask-provider.ts";
import { decideRow, differingDetails, type RowDecision } from "./decide-row.ts";
import { createDuplicateFinder } from "./duplicate-rows.ts";
import { readKnown } from "./import-store.ts";
import { readRow, type CustomerDetail, type FileRow, type ImportRow } from "./import-row.ts";
import { maskKey, type RefusedRow, type Refusal } from "./refusal.ts";
import { chargedMeanwhile, keyRefusal, priceRefusal } from "./refuse-key.ts";
import { rowToFind, storeRow } from "./store-row.ts";

export interface Import {
  readonly engine: Engine;
  readonly connection: Connection;
  readonly gateway: Gateway;
  readonly existingKeys: ExistingKeys;
  readonly rows: AsyncIterable<FileRow>;
  /** False: nothing is written, neither here nor at the provider. */
  readonly apply: boolean;
  /** Revokes what the provider would charge a key for, in the moment before the key is stored. */
  readonly unschedule: boolean;
  /** Waits before asking the provider again. */
  readonly retryDelaysMs: readonly number[];
  /** Ends the import between two rows. */
  readonly signal: AbortSignal;
  /** Told after each row. */
  readonly onProgress: (tally: Tally) => void;
}

/** A customer who is there and of whom the file says something else; nothing was changed. */
export interface KeptCustomer {
  readonly line: number;
  readonly externalId: string;
  readonly details: readonly CustomerDetail[];
}

/** So far; at the end, in all. In a dry run: what would be. */
export interface Tally {
  /** Gone through, whatever became of them. */
  rows: number;
  imported: number;
  alreadyImported: number;
  subscriptions: number;
  /** Keys whose charges at the provider were revoked. */
  unscheduled: number;
  readonly refused: RefusedRow[];
  readonly kept: KeptCustomer[];
  /** Why it ended before the end of the file; running it again goes on. */
  stopped: string | undefined;
}

/** Batches on their way at once; each asks the provider, or stores a row. */
const batchesAtOnce = 3;

/** @throws {ImportFileError} when the file changed meanwhile; whatever the database throws. */
export async function importKeys(order: Import): Promise<Tally> {
  const tally: Tally = {
    rows: 0,
    imported: 0,
    alreadyImported: 0,
    subscriptions: 0,
    unscheduled: 0,
    refused: [],
    kept: [],
    stopped: undefined,
  };
  const failure = new AbortController();
  const run: Run = { ...order, signal: AbortSignal.any([order.signal, failure.signal]), tally };
  const batches = batchesOf(run);
  const ends = await Promise.allSettled(
    Array.from({ length: batchesAtOnce }, async () => {
      try {
        for (;;) {
          const batch = run.signal.aborted ? undefined : (await batches.next()).value;
          if (batch === undefined) return;
          await importBatch(run, batch);
        }
      } catch (error) {
        failure.abort(); // The others end after the row that they are at.
        throw error;
      }
    }),
  );
  const errors: unknown[] = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  const unexpected = errors.find((error) => !(error instanceof ImportStopped));
  if (unexpected !== undefined) throw unexpected;
  const [stopped] = errors;
  if (stopped instanceof ImportStopped) tally.stopped = stopped.message;
  else if (order.signal.aborted) tally.stopped = "It was interrupted.";
  tally.refused.sort((a, b) => a.line - b.line);
  return tally;
}

interface Run extends Import {
  readonly tally: Tally;
}

/** Rows that make sense by themselves, in the file's order; the others are refused here. */
async function* batchesOf(run: Run): AsyncGenerator<readonly ImportRow[], undefined> {
  const duplicateOf = createDuplicateFinder();
  let batch: ImportRow[] = [];
  for await (const fileRow of run.rows) {
    const row = readRow(fileRow);
    const refusal = "code" in row ? row : duplicateOf(row);
    if ("code" in row || refusal !== undefined) {
      const { customer_uid: name = "", external_id: externalId } = fileRow.fields;
      if (refusal !== undefined) refuse(run, { line: fileRow.line, name, externalId }, refusal);
      continue;
    }
    batch.push(row);
    if (batch.length < run.existingKeys.atOnce) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
  return undefined;
}

interface Candidate {
  readonly row: ImportRow;
  readonly plan: Plan | undefined;
  readonly decision: RowDecision;
}

async function importBatch(run: Run, batch: readonly ImportRow[]): Promise<void> {
  const candidates = await decideAhead(run, batch);
  const toAsk = candidates.filter(({ decision }) => decision.kind === "import");
  const names = [...new Set(toAsk.map(({ row }) => row.keyName))];
  const keys =
    names.length === 0
      ? new Map<string, ExistingKey>()
      : await askPatiently(patienceOf(run), () => run.existingKeys.find(names));
  for (const candidate of candidates) {
    if (run.signal.aborted) return;
    await importRow(run, candidate, keys.get(candidate.row.keyName));
  }
}

/** What will become of each row if nothing changes until its turn, and its key is as it should be. */
async function decideAhead(run: Run, batch: readonly ImportRow[]): Promise<readonly Candidate[]> {
  const { connection, engine, tally } = run;
  const { database } = engine;
  const dataKey = await engine.keys.dataKeyOf(database, connection.accountId);
  const toFind = batch.map((row) => rowToFind(dataKey, row, row.keyName));
  const known = await readKnown(database, connection, toFind);
  const plans = new Map<string, Plan | undefined>();
  for (const planId of new Set(batch.flatMap(({ subscription }) => subscription?.planId ?? []))) {
    plans.set(planId, await findPlan(database, connection.accountId, planId));
  }
  return batch.map((row, index) => {
    const own = known[index];
    if (own === undefined) throw new Error("a row was not looked up");
    const plan = plans.get(row.subscription?.planId ?? "");
    const decision = decideRow(row, own, plan, own.now);
    const details = decision.kind === "import" ? differingDetails(row, own.customer) : [];
    const { externalId, line } = row;
    if (details.length > 0) tally.kept.push({ line, externalId, details });
    return { row, plan, decision };
  });
}

async function importRow(
  run: Run,
  { decision, plan, row }: Candidate,
  key: ExistingKey | undefined,
): Promise<void> {
  if (decision.kind !== "import") return count(run, row, decision);
  const refusal =
    keyRefusal(key, run.unschedule) ??
    (key && priceRefusal(run.gateway.capabilities, key.method, plan));
  if (refusal !== undefined) return count(run, row, { kind: "refused", refusal });
  if (key === undefined) throw new Error("a key that is not there is refused");
  if (key.scheduled.length > 0) {
    // First, and not after: a customer who is charged by nobody for a while is better than by two.
    const ran = run.apply ? await unschedule(run, row, key) : undefined;
    run.tally.unscheduled += 1;
    if (ran !== undefined) return count(run, row, { kind: "refused", refusal: ran });
  }
  if (!run.apply) return count(run, row, decision);
  const stored = await storeRow(run.engine, run.connection, { row, plan, key });
  count(run, row, key.scheduled.length > 0 ? nobodyCharges(stored) : stored);
}

/** The row was refused only when it was to be stored: something had changed in that moment. */
function nobodyCharges(decision: RowDecision): RowDecision {
  if (decision.kind !== "refused") return decision;
  const { code, message } = decision.refusal;
  const more = "The provider's own charges of the key are revoked already: nobody charges it now.";
  return { kind: "refused", refusal: { code, message: `${message} ${more}` } };
}

async function unschedule(
  run: Run,
  { keyName }: ImportRow,
  key: ExistingKey,
): Promise<Refusal | undefined> {
  const ask = () => run.existingKeys.unschedule(keyName);
  return chargedMeanwhile(key, await askPatiently(patienceOf(run), ask));
}

function count(run: Run, row: ImportRow, decision: RowDecision): void {
  const { tally } = run;
  if (decision.kind === "refused") {
    const { externalId, keyName: name, line } = row;
    refuse(run, { line, name, externalId }, decision.refusal);
    return;
  }
  tally.rows += 1;
  if (decision.kind === "already_imported") tally.alreadyImported += 1;
  else {
    tally.imported += 1;
    if (decision.subscription !== undefined) tally.subscriptions += 1;
  }
  run.onProgress(tally);
}

function refuse(
  { onProgress, tally }: Run,
  row: { readonly line: number; readonly name: string; readonly externalId: string | undefined },
  refusal: Refusal,
): void {
  const { externalId, line, name } = row;
  tally.rows += 1;
  tally.refused.push({ line, maskedKey: maskKey(name), externalId, ...refusal });
  onProgress(tally);
}

function patienceOf({ engine, retryDelaysMs, signal }: Run): Patience {
  return { timers: engine.effects.timers, retryDelaysMs, signal };
}
