/** `maedal verify`: compares what was sent with what the providers have, now and in this process. */
import { Temporal } from "temporal-polyfill";
import { listAccounts } from "../accounts/account-store.ts";
import { listConnections } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import { findingJson, sweepJson } from "../http/sweep-json.ts";
import { advice } from "../sweeps/finding.ts";
import { listFindings, settleAdopted, type FindingView } from "../sweeps/finding-store.ts";
import { requestSweep } from "../sweeps/request-sweep.ts";
import { runSweep, sweepLeaseMs } from "../sweeps/run-sweep.ts";
import { findSweep, type SweepView } from "../sweeps/sweep-reads.ts";
import { claimSweep } from "../sweeps/sweep-store.ts";
import { startShare } from "./progress.ts";
import { CommandError, report, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

export interface VerifyOptions {
  readonly json?: boolean;
  readonly connection?: string;
  /** First and last day, both included. */
  readonly from?: string;
  readonly to?: string;
}

/** Whose days are meant; billing dates have zones of their own, a provider's list has none. */
const zone = "Asia/Seoul";

/** More than that, and the rest is counted only. */
const mostShown = 100;

interface Verified {
  readonly connection: Connection;
  readonly sweep: SweepView;
  /** Whatever of the connection waits for a person, found now or before. */
  readonly open: readonly FindingView[];
  /** Found now and settled by that. */
  readonly settled: readonly FindingView[];
}

/** 1 when something is open, or a provider gave no clear answer. */
export async function verify(terminal: Terminal, options: VerifyOptions): Promise<number> {
  const range = { from: startOf(options.from, 0), to: startOf(options.to, 1) };
  return await withMaedal(terminal, async ({ engine }) => {
    const verified: Verified[] = [];
    for (const connection of await connectionsOf(engine, options.connection)) {
      verified.push(await verifyOne(terminal, engine, connection, range));
    }
    const isWell = verified.every(({ open, sweep }) => {
      return open.length === 0 && sweep.status === "finished";
    });
    const value = {
      ok: isWell,
      sweeps: verified.map(({ sweep }) => sweepJson(sweep)),
      open: verified.flatMap(({ open }) => open.map(findingJson)),
    };
    report(terminal, options.json, value, textOf(verified));
    return isWell ? 0 : 1;
  });
}

function startOf(day: string | undefined, daysLater: number): Temporal.Instant | undefined {
  if (day === undefined) return undefined;
  try {
    const date = Temporal.PlainDate.from(day).add({ days: daysLater });
    return date.toZonedDateTime(zone).toInstant();
  } catch {
    throw new CommandError(`${day} is not a day: write it as 2026-03-31.`);
  }
}

async function connectionsOf(engine: Engine, id: string | undefined): Promise<Connection[]> {
  const accounts = await listAccounts(engine.database);
  const lists = await Promise.all(accounts.map((it) => listConnections(engine.database, it.id)));
  const chosen = lists.flat().filter((connection) => id === undefined || connection.id === id);
  if (chosen.length === 0 && id !== undefined) {
    throw new CommandError(`There is no gateway connection ${id} in any account of this database.`);
  }
  return chosen;
}

async function verifyOne(
  terminal: Terminal,
  engine: Engine,
  connection: Connection,
  range: { readonly from: Temporal.Instant | undefined; readonly to: Temporal.Instant | undefined },
): Promise<Verified> {
  const { accountId, id: connectionId, name } = connection;
  const { database } = engine;
  const wanted = { accountId, connectionId, requestedBy: "maedal verify", ...range };
  const [id = ""] = await requestSweep(engine, wanted);
  const bar = startShare(terminal, name);
  const onPart = (part: number, until: Temporal.Instant): void => {
    bar.reach(part, `${name} ${momentOf(until)}`);
  };
  const sweep = await untilOver(engine, accountId, id, onPart);
  bar.end();
  await settleAdopted(database);
  const page = { limit: mostShown, after: undefined };
  const ofConnection = { connectionId, isOpen: true };
  const open = await listFindings(database, accountId, ofConnection, page);
  const now = await listFindings(database, accountId, { sweepId: id, isOpen: false }, page);
  return { connection, sweep, open: open.items, settled: now.items };
}

const pollMs = 500;

/** Runs it here, unless a worker was faster; and here after all if that worker dies. */
async function untilOver(
  engine: Engine,
  accountId: string,
  id: string,
  onPart: (part: number, until: Temporal.Instant) => void,
): Promise<SweepView> {
  for (;;) {
    await runHere(engine, id, onPart);
    const sweep = await findSweep(engine.database, accountId, id);
    if (sweep === undefined) throw new Error(`sweep ${id} is gone`);
    // One that was given back waits for its provider, and a worker goes on with it.
    if (sweep.status !== "running" || sweep.failure !== undefined) return sweep;
    await engine.effects.timers.sleep(pollMs);
  }
}

async function runHere(
  engine: Engine,
  id: string,
  onPart: (part: number, until: Temporal.Instant) => void,
): Promise<void> {
  const token = engine.effects.random.uuid();
  const claimed = await claimSweep(engine.database, token, sweepLeaseMs, id);
  if (claimed === undefined) return;
  const { from, to } = claimed.left;
  const all = to.epochMilliseconds - from.epochMilliseconds;
  await runSweep(engine, claimed, {
    isPatient: false,
    onSlice: (until) => onPart((until.epochMilliseconds - from.epochMilliseconds) / all, until),
  });
}

function textOf(verified: readonly Verified[]): string {
  if (verified.length === 0) return "There is no gateway connection: nothing to compare.";
  const open = verified.reduce((sum, it) => sum + it.open.length, 0);
  const failed = verified.filter(({ sweep }) => sweep.status !== "finished").length;
  const closing = [
    open === 0 ? "Nothing is open." : `${open} open.`,
    failed === 0 ? "" : `${failed} not compared to the end: run it again.`,
  ];
  return [...verified.map(sectionOf), closing.filter(Boolean).join(" ")].join("\n\n");
}

function sectionOf({ connection, open, settled, sweep }: Verified): string {
  const { asked, failure, foreignListed, from, listed, to } = sweep;
  const list = listed === 0 ? "" : `${listed} listed, ${foreignListed} of them not Maedal's; `;
  const lines = [
    `${connection.name} (${connection.id})`,
    `  ${momentOf(from)} to ${momentOf(to)}: ${list}${asked} asked about one by one`,
    ...(failure === undefined ? [] : [`  ✗ not compared to the end: ${failure}`]),
    ...settled.map((finding) => `  · ${finding.kind}: ${finding.detail} (settled)`),
    ...open.flatMap((finding) => [
      `  ✗ ${finding.kind} ${finding.id}: ${finding.detail}`,
      `      ${advice[finding.kind]}`,
    ]),
  ];
  if (open.length === 0 && failure === undefined) lines.push("  ✓ nothing is open");
  if (open.length === mostShown) lines.push(`  … and more: GET /v1/sweep-findings?open=true`);
  return lines.join("\n");
}

function momentOf(instant: Temporal.Instant): string {
  const there = instant.toZonedDateTimeISO(zone);
  return `${there.toPlainDate().toString()} ${there.toPlainTime().toString({ smallestUnit: "minute" })}`;
}
