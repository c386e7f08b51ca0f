/** `maedal sunset`: leaving a provider, and how far that is. */
import { Temporal } from "temporal-polyfill";
import { listAccounts } from "../accounts/account-store.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { ConnectionKey } from "../connections/hold-connection.ts";
import type { SunsetJson, SunsetPreviewJson } from "../contract/sunsets.ts";
import type { Engine } from "../engine.ts";
import { previewJson, readSunset } from "../http/sunset-json.ts";
import { previewSunset } from "../sunsets/preview-sunset.ts";
import { startSunset } from "../sunsets/start-sunset.ts";
import { silentPolicies, type WantedSunset } from "../sunsets/sunset.ts";
import { takeBackSunset } from "../sunsets/take-back-sunset.ts";
import { personAtCommandLine } from "./person.ts";
import { CommandError, report, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

export interface SunsetOptions {
  readonly json?: boolean;
  readonly to: string;
  readonly reason: string;
  readonly chargesUntil?: string;
  readonly whenSilent: string;
  readonly cancelAt?: string;
  readonly dryRun?: boolean;
}

/** A running worker asks the customers. With `--dry-run` nothing changes. */
export async function start(
  terminal: Terminal,
  id: string,
  options: SunsetOptions,
): Promise<number> {
  const wanted = wantedOf(options);
  return await withMaedal(terminal, async ({ engine }) => {
    const key = await keyOf(engine, id);
    const preview = previewJson(await previewSunset(engine, key, wanted));
    if (options.dryRun) {
      report(terminal, options.json, preview, previewText(preview));
      return 0;
    }
    await startSunset(engine, key, wanted, personAtCommandLine());
    const sunset = await readSunset(engine, key);
    report(terminal, options.json, sunset, `${previewText(preview)}\n\n${sunsetText(sunset)}`);
    return 0;
  });
}

export async function showSunset(
  terminal: Terminal,
  id: string,
  options: { json?: boolean },
): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const sunset = await readSunset(engine, await keyOf(engine, id));
    report(terminal, options.json, sunset, sunsetText(sunset));
    return 0;
  });
}

export async function takeBack(
  terminal: Terminal,
  id: string,
  options: { json?: boolean },
): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const { state } = await takeBackSunset(engine, await keyOf(engine, id), personAtCommandLine());
    const text = `Connection ${id} is ${state} again, and nobody is asked for another method.`;
    report(terminal, options.json, { connectionId: id, state }, text);
    return 0;
  });
}

function wantedOf(options: SunsetOptions): WantedSunset {
  const { cancelAt, chargesUntil, reason, to, whenSilent } = options;
  const policy = silentPolicies.find((known) => known === whenSilent);
  if (policy === undefined) throw new CommandError("--when-silent is keep or cancel.");
  return {
    successorId: to,
    reason,
    chargesUntil: instantOf("--charges-until", chargesUntil),
    whenSilent: policy,
    cancelAt: instantOf("--cancel-at", cancelAt),
  };
}

function instantOf(option: string, text: string | undefined): Temporal.Instant | undefined {
  try {
    return text === undefined ? undefined : Temporal.Instant.from(text);
  } catch {
    throw new CommandError(`${option} is an instant such as 2026-12-31T15:00:00Z.`);
  }
}

async function keyOf(engine: Engine, id: string): Promise<ConnectionKey> {
  for (const account of await listAccounts(engine.database)) {
    const connection = await findConnection(engine.database, account.id, id);
    if (connection !== undefined) return { accountId: account.id, id };
  }
  throw new CommandError(`There is no gateway connection ${id}: see \`maedal doctor\`.`);
}

function previewText({ keys, problems, subscriptions, ...terms }: SunsetPreviewJson): string {
  const { dueAfter, dueBefore, ending, total } = subscriptions;
  return [
    `${total} subscriptions pay by it, with ${keys.active + keys.suspended} billing keys.`,
    `Charging stops at ${terms.chargesUntil}: ${dueBefore} fall due before, ${dueAfter} after.`,
    ...(ending === 0 ? [] : [`${ending} end by themselves and are asked nothing.`]),
    silentText(terms),
    ...problems.map((it) => {
      const plan = it.planId === null ? "" : ` (plan ${it.planId})`;
      return `Problem: ${it.subscriptions} subscriptions could not move${plan}. ${it.message}`;
    }),
  ].join("\n");
}

function sunsetText(sunset: SunsetJson): string {
  const { keys, nextDueAt, openCharges, subscriptions } = sunset;
  const { asked, canceled, ending, silent, switched, visited, waiting } = subscriptions;
  return [
    `${progressBar(subscriptions)} ${switched} of ${switched + waiting} have switched to ${sunset.successorId}`,
    `${waiting} wait: ${asked} have a link, ${visited} of them began to register, ${silent} are silent.`,
    ...(ending === 0 ? [] : [`${ending} end by themselves and are asked nothing.`]),
    ...(canceled === 0 ? [] : [`${canceled} were canceled.`]),
    stateText(sunset),
    `${keys.active + keys.suspended} billing keys are left there; ${openCharges} charges are open.`,
    silentText(sunset),
    ...(nextDueAt === null ? [] : [`Of those that wait, the next falls due at ${nextDueAt}.`]),
  ].join("\n");
}

const barWidth = 24;

/** `[######------------------]`: of those that must move, how many have. */
function progressBar({ switched, waiting }: SunsetJson["subscriptions"]): string {
  const all = switched + waiting;
  const full = all === 0 ? barWidth : Math.floor((switched * barWidth) / all);
  return `[${"#".repeat(full)}${"-".repeat(barWidth - full)}]`;
}

function stateText({ chargesUntil, endedAt, state }: SunsetJson): string {
  if (state === "charging") return `The connection charges until ${chargesUntil}.`;
  if (state === "stopped") return "The connection has stopped charging; its keys are still there.";
  return `It ended at ${endedAt}: the connection's keys are given up.`;
}

function silentText({ cancelAt }: { readonly cancelAt: string | null }): string {
  if (cancelAt === null) return "Who brings no other method stays, and owes what falls due.";
  return `Who brings no other method by ${cancelAt} is canceled.`;
}
