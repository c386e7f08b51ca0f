/**
 * Chaos: real processes on a real PostgreSQL charge real HTTP providers while everything that can be
 * killed is killed. In the end it heals, and what is left behind is judged.
 */
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tossTimeouts } from "@maedal/gateways/toss";
import { z } from "zod";
import { leaseMs, scaledWindows } from "../../../server/src/charges/windows.ts";
import type { Report } from "../checker/check-accounts.ts";
import { createChance, type Chance } from "../chance.ts";
import { createDesk, type Desk } from "./desk.ts";
import { canLimitFiles } from "./file-limit.ts";
import { untilDecided } from "./healing.ts";
import { emptyTally, inflict, type Counts, type Tally } from "./inflict.ts";
import { scales, startInstallation, type Installation } from "./installation.ts";
import { judge, type Verdict } from "./judge.ts";
import { startPeople, type People } from "./people.ts";
import { drawPlan, floorsOf, type Floors } from "./plan.ts";
import { createProviderDesk, type ProviderDesk } from "./provider-desk.ts";
import { startProviderFaults } from "./provider-faults.ts";
import {
  drawConnection,
  join as joinShop,
  openShop,
  subscribeAgain,
  type Member,
  type Shop,
  type ShopClock,
} from "./shop.ts";
import { pause } from "./waiting.ts";

export interface ChaosOptions {
  /** How long things go wrong; start, healing and judgement come on top. */
  readonly seconds: number;
  readonly seed: string;
  readonly workers: number;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface ChaosReport extends Counts {
  readonly seed: string;
  readonly seconds: number;
  readonly charges: number;
  readonly payments: number;
  readonly commitsCut: number;
  readonly recoveries: number;
  readonly sendsRecovered: number;
  readonly acts: Readonly<Record<string, number>>;
  readonly healedInSeconds: number;
  /** In words. */
  readonly violations: readonly string[];
  /** What there was too little of for the run to count. */
  readonly missed: readonly string[];
  /** What could not be done on this machine. */
  readonly skipped: readonly string[];
  /** What whoever drove the run stumbled over: no violation, but worth a look when there is one. */
  readonly troubles: readonly string[];
  readonly checked: Report | undefined;
  /** Logs, dumps and journals; undefined when nothing is wrong and they are gone. */
  readonly artefacts: string | undefined;
}

const apis = 2;
/**
 * What is due on a clock is sent at one stop of it, and one call that stays unclear holds up its whole
 * clock: so not too few of them; and each clock that moves is looked at all the time: not too many.
 */
const clockCount = 40;
const firstCustomers = 180;
/** Of each of them, on one key: they cost less than a customer, and one jump of a clock charges them all. */
const subscriptionsEach = 4;

/** @throws {Error} when it cannot be run here, or was interrupted. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const root = await mkdtemp(join(tmpdir(), "maedal-chaos-"));
  let isWorthKeeping = true;
  try {
    const report = await runIn(root, options);
    isWorthKeeping = report.violations.length > 0 || report.missed.length > 0;
    return { ...report, artefacts: isWorthKeeping ? root : undefined };
  } catch (error) {
    isWorthKeeping = !options.signal.aborted;
    if (isWorthKeeping) options.progress(`What it left behind is in ${root}.`);
    throw error;
  } finally {
    const over = isWorthKeeping ? ["data", "compiled"] : ["."];
    for (const name of over) await rm(join(root, name), { recursive: true, force: true });
  }
}

/** Everything that a run knows. */
interface Scene {
  readonly options: ChaosOptions;
  readonly root: string;
  readonly chance: Chance;
  readonly installation: Installation;
  readonly providers: ProviderDesk;
  readonly desk: Desk;
  readonly apiKey: string;
  readonly shop: Shop;
  readonly members: Member[];
  readonly tally: Tally;
  readonly violations: string[];
  readonly troubles: Set<string>;
}

async function runIn(root: string, options: ChaosOptions): Promise<ChaosReport> {
  const violations: string[] = [];
  options.progress("Starting PostgreSQL, the providers, servers and workers");
  const installation = await startInstallation({
    root,
    apis,
    workers: options.workers,
    onOwnEnd: (text) => violations.push(`processes live: ${text}`),
  });
  try {
    const scene = await setUp(root, options, installation, violations);
    const canFill = await canLimitFiles();
    const { healedInSeconds, people } = await breakAndHeal(scene, canFill);
    options.signal.throwIfAborted();
    options.progress("Judging");
    await scene.providers.readCalls();
    const verdict = await judge({
      ...scene,
      people,
      lost: scene.tally.lost,
      evidence: join(root, "evidence"),
    });
    return reportOf(scene, people, verdict, { canFill, healedInSeconds });
  } finally {
    await installation.stop();
  }
}

async function breakAndHeal(scene: Scene, canFill: boolean) {
  const endCopies = startCopies(scene);
  try {
    const people = await goWrong(scene, canFill);
    const begin = performance.now();
    await heal(scene);
    return { people, healedInSeconds: Math.round((performance.now() - begin) / 1_000) };
  } finally {
    await endCopies();
  }
}

const createdKey = z.object({ key: z.string() });

async function setUp(
  root: string,
  options: ChaosOptions,
  installation: Installation,
  violations: string[],
): Promise<Scene> {
  const { seed, signal } = options;
  const providers = createProviderDesk(await installation.emulator.firstLine());
  const made = await installation.command("keys", "create", "--account", "Milk", "--json");
  const { key: apiKey } = createdKey.parse(JSON.parse(made.output));
  const desk = createDesk(installation.urls, apiKey, signal);
  const shop = await openShop(desk, providers, clockCount);
  const chance = createChance(seed);
  const members: Member[] = [];
  const joining = chance.fork("first members");
  const orders = Array.from({ length: firstCustomers }, (_, index) => ({
    connection: drawConnection(joining, shop),
    clock: shop.clocks[index % shop.clocks.length],
  }));
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let order = orders.pop(); order !== undefined; order = orders.pop()) {
        signal.throwIfAborted();
        const member = await joinShop(desk, providers, order.connection, order.clock);
        members.push(member, ...(await othersOf(desk, member, order.clock)));
        const left = firstCustomers - orders.length;
        options.progress(`${left} of ${firstCustomers} customers have joined`);
        // As on any server that has run for a while: without statistics, plans are guesses.
        if (left % 40 === 0) await installation.cluster.ask("analyze");
      }
    }),
  );
  options.progress("Copying the database for a standby");
  await installation.cluster.addStandby();
  return {
    options,
    root,
    chance,
    installation,
    providers,
    desk,
    apiKey,
    shop,
    members,
    violations,
    tally: emptyTally(),
    troubles: new Set(),
  };
}

async function othersOf(desk: Desk, member: Member, clock: ShopClock | undefined) {
  const others: Member[] = [];
  if (clock === undefined) return others;
  for (let more = 1; more < subscriptionsEach; more += 1) {
    const other = await subscribeAgain(desk, member, clock);
    if (other !== undefined) others.push(other);
  }
  return others;
}

async function goWrong(scene: Scene, canFill: boolean): Promise<People> {
  const { chance, desk, installation, members, options, providers, shop, tally } = scene;
  const { seconds, workers } = options;
  const { connectMs, readMs } = tossTimeouts;
  const timeouts = { connectMs: connectMs * scales.calls, readMs: readMs * scales.calls };
  const lease = leaseMs(scaledWindows(scales.windows, scales.calls), timeouts);
  const plan = drawPlan(chance.fork("plan"), { seconds, workers, apis, leaseMs: lease, canFill });
  const onTrouble = (text: string) => void scene.troubles.add(text);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, options.signal]);
  const people = startPeople({
    desk,
    providers,
    shop,
    members,
    onTrouble,
    chance: chance.fork("people"),
  });
  const endFaults = startProviderFaults(providers, chance.fork("providers"), onTrouble);
  const looking = lookOn(scene, signal);
  const note = (fault: object) => {
    const line = `${new Date().toISOString()} ${JSON.stringify(fault)}\n`;
    appendFile(join(scene.root, "faults.log"), line).catch(onTrouble);
  };
  const faults = { installation, plan, tally, signal, note, onTrouble };
  const timer = setTimeout(() => over.abort(), seconds * 1_000);
  try {
    await Promise.all([inflict(faults), pause(seconds * 1_000, signal)]);
  } finally {
    clearTimeout(timer);
    over.abort();
    await endFaults();
    await people.stop();
    await looking;
  }
  return people;
}

const copyMs = 5_000;

/** Copies the call log before it overflows. @returns A function that ends it. */
function startCopies({ providers, troubles }: Scene): () => Promise<void> {
  const ending = new AbortController();
  const run = async () => {
    while (!ending.signal.aborted) {
      await providers.readCalls().catch((error: unknown) => troubles.add(String(error)));
      await pause(copyMs, ending.signal);
    }
  };
  const running = run();
  return async () => {
    ending.abort();
    await running;
  };
}

/** A line every second. */
async function lookOn({ installation, options, tally }: Scene, signal: AbortSignal) {
  const begin = performance.now();
  let charges = 0;
  while (!signal.aborted) {
    await pause(1_000, signal);
    const counted = installation.cluster.ask<{ n: number }>(
      "select count(*)::int as n from charges where status = 'captured'",
    );
    charges = await counted.then(([row]) => row?.n ?? charges).catch(() => charges);
    const seconds = Math.round((performance.now() - begin) / 1_000);
    const cut = installation.cluster.proxy.commitsCut();
    options.progress(
      `${seconds} of ${options.seconds} s: ${charges} charges paid, ${tally.counts.workerKills} workers and ${tally.counts.databaseKills} databases killed, ${cut} commits cut, ${tally.counts.promotions} failovers`,
    );
  }
}

const healingLimitMs = 180_000;

async function heal({ desk, installation, options, troubles, violations }: Scene) {
  const { cluster } = installation;
  const { progress, signal } = options;
  progress("Healing");
  const { items } = await desk.must("GET", "/gateway-connections");
  for (const { id, state } of z
    .array(z.looseObject({ id: z.string(), state: z.string() }))
    .parse(items)) {
    if (state === "paused") await desk.request("POST", `/gateway-connections/${id}/resume`, {});
  }
  const decide = async (limitMs: number) => {
    const open = await untilDecided(cluster, limitMs, signal, (count) =>
      progress(`Healing: ${count} matters are open`),
    );
    violations.push(...open.map((text) => `everything is decided: ${text}`));
  };
  await decide(healingLimitMs);
  if (signal.aborted) return;
  progress("Comparing with the providers: maedal verify");
  const verified = await installation.command("verify", "--json");
  const read = verifiedSchema.safeParse(parsed(verified.output));
  if (read.success) {
    for (const { detail, kind } of read.data.open) {
      if (neverFound.includes(kind))
        violations.push(`verify finds nothing wrong: ${kind}: ${detail}`);
      else troubles.add(`verify found ${kind}: ${detail}`);
    }
  } else violations.push(`verify works: ${verified.errors.trim() || verified.output}`);
  await decide(30_000);
  await installation.stopPrograms();
}

const verifiedSchema = z.object({
  open: z.array(z.looseObject({ kind: z.string(), detail: z.string() })),
});

/** A failover that loses commits explains other findings, but none of these. */
const neverFound: readonly string[] = ["second_payment", "amount_differs"];

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reportOf(
  { installation, options, tally, troubles, violations }: Scene,
  people: People,
  verdict: Verdict,
  { canFill, healedInSeconds }: { readonly canFill: boolean; readonly healedInSeconds: number },
): ChaosReport {
  const { charges, payments } = verdict.report;
  const floors = floorsOf(options.seconds);
  return {
    ...tally.counts,
    seed: options.seed,
    seconds: options.seconds,
    charges,
    payments,
    commitsCut: installation.cluster.proxy.commitsCut(),
    recoveries: verdict.recoveries,
    sendsRecovered: verdict.sendsRecovered,
    acts: Object.fromEntries(people.acts),
    healedInSeconds,
    violations: [...violations, ...verdict.violations],
    missed: missedOf(floors, { ...tally.counts, charges }),
    skipped: canFill ? [] : ["full disks: there is no prlimit on this machine"],
    troubles: [...troubles],
    checked: verdict.report,
    artefacts: undefined,
  };
}

function missedOf(floors: Floors, seen: Floors): string[] {
  const names: readonly (keyof Floors)[] = ["workerKills", "databaseKills", "charges"];
  return names
    .filter((name) => seen[name] < floors[name])
    .map((name) => `${seen[name]} ${name}, fewer than ${floors[name]}`);
}
