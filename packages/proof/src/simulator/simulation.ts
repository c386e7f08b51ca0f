/**
 * One simulation: a shop, its customers and operators, a few processes and three providers live
 * through a year that a seed has drawn. Then everything is healed, what is open must come to an end,
 * and the books are judged.
 */
import { createChance, randomOf } from "../chance.ts";
import type { Sabotage } from "../sabotage/sabotages.ts";
import { createDesk, type Desk } from "./desk.ts";
import { chargeElsewhere, elsewhere } from "./elsewhere.ts";
import { judge, openMatters } from "./judge.ts";
import { startLosing } from "./losing.ts";
import { openShop } from "./opening.ts";
import {
  chargeTimes,
  clearUp,
  startCustomer,
  startOperator,
  zones,
  type PeopleDeps,
  type Shop,
} from "./people.ts";
import type { TraceLine } from "./scheduler.ts";
import { replace, setStage, type SimulationOptions, type Stage } from "./stage.ts";
import { timelineOf } from "./timeline.ts";
import { startVirtualProcess } from "./virtual-process.ts";
import { drawClimate, instantText, type Climate } from "./weather.ts";
import { carryWebhooks, createForger } from "./webhooks.ts";

export interface SimulationReport {
  readonly seed: string;
  readonly violations: readonly string[];
  /** Of the subscriptions that the violations name; empty without any. */
  readonly timeline: readonly string[];
  readonly charges: number;
  readonly payments: number;
  /** Half a year of two subscriptions is one subscription-year. */
  readonly subscriptionYears: number;
  readonly steps: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly traceHash: string;
  readonly trace: readonly TraceLine[];
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** The look-up ladder's longest wait, and a day for people. */
const healingMs = 4 * day;

export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const chance = createChance(options.seed);
  const startMs = Date.UTC(2026 + chance.below(3), chance.below(12), 1 + chance.below(28));
  const climate = drawClimate(chance.fork("climate"), startMs + day);
  const endMs = startMs + climate.lengthMs;
  const stage = setStage(options, chance, startMs, climate);
  const { scheduler, weather } = stage;
  options.setClock(() => scheduler.nowMs());
  const restoreFetch = carryWebhooks(stage.scheduler, weather, chance, () => stage.processes);
  try {
    const { apiKey, shop } = await open(stage);
    setSwitches(stage, climate);
    const isShared = climate.sharesProvider || options.sabotage.elsewhere !== undefined;
    if (isShared) await shareProvider(stage, shop, options.sabotage);
    const desk = deskOf(stage, apiKey);
    await register(stage, shop);
    startAll(stage, desk, shop, endMs);
    startLosing(stage, desk, options, endMs);
    await scheduler.run(endMs);
    const left = await heal(stage, desk, shop, options);
    await stopAll(stage);
    return await reportOf(stage, options, { ...climate, isShared }, shop, left);
  } catch (error) {
    await stopAll(stage);
    return failedReport(stage, options.seed, error);
  } finally {
    restoreFetch();
  }
}

async function reportOf(
  stage: Stage,
  { backends, seed }: SimulationOptions,
  conditions: Climate & { readonly isShared: boolean },
  { accountId }: Shop,
  left: readonly string[],
): Promise<SimulationReport> {
  const { bugs, network, providers, refundClaims, scheduler, shown } = stage;
  const { arrivals } = network;
  const log = scheduler.trace
    .map(({ what }) => what)
    .filter((what) => /^(warns|error):/.test(what));
  const lost = { lostSpans: stage.losses?.spans ?? [], synced: stage.losses?.disk.synced };
  const seen = { ...lost, arrivals, refundClaims, shown, log: log.join("\n") };
  const facts = { ...conditions, ...seen, asOfMs: scheduler.nowMs() };
  const verdict = await judge(backends, providers, accountId, facts);
  const { charges, payments, subscriptionYears, tables } = verdict;
  const violations = [...bugs, ...left, ...verdict.violations];
  const evidence = {
    tables,
    ledger: providers.world.ledger.list(),
    arrivals,
    trace: scheduler.trace,
  };
  const timeline = violations.length === 0 ? [] : timelineOf(violations, evidence);
  return { ...courseOf(stage, seed), violations, timeline, charges, payments, subscriptionYears };
}

/** A simulation that came to no end; the last of its course tells where it got stuck. */
function failedReport(stage: Stage, seed: string, error: unknown): SimulationReport {
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const timeline = stage.scheduler.trace
    .slice(-80)
    .map(({ atMs, what, who }) => `  ${instantText(atMs)}  ${who} ${what}`);
  const nothing = { charges: 0, payments: 0, subscriptionYears: 0 };
  const violations = [...stage.bugs, `the simulation did not end: ${why}`];
  return { ...courseOf(stage, seed), violations, timeline, ...nothing };
}

function courseOf({ scheduler, weather }: Stage, seed: string) {
  const { steps, trace } = scheduler;
  return { seed, steps, faults: weather.counts, traceHash: scheduler.traceHash(), trace };
}

/** Runs the scheduler until the work is done. */
async function drive<T>({ scheduler }: Stage, work: Promise<T>, limitMs: number): Promise<T> {
  let isOver = false;
  const watched = work.finally(() => (isOver = true));
  watched.catch(() => undefined);
  await scheduler.run(scheduler.nowMs() + limitMs, () => isOver);
  if (!isOver) throw new Error("the simulation's own preparations did not end");
  return await watched;
}

async function open(stage: Stage): Promise<{ readonly shop: Shop; readonly apiKey: string }> {
  const api = startVirtualProcess("api1.1", "api", stage.around);
  stage.processes.push(api);
  const { chance, providers, weather } = stage;
  const opened = openShop(api.engine, providers, chance.fork("shop"), weather.climate.interval);
  return await drive(stage, opened, hour);
}

/** Somebody else charges through the same contract; by the same rules, sabotaged as we are. */
async function shareProvider(stage: Stage, shop: Shop, sabotage: Sabotage): Promise<void> {
  const other = startVirtualProcess(elsewhere, "api", stage.around);
  const plain = randomOf(stage.chance.fork(elsewhere));
  const own = sabotage.elsewhere?.(plain) ?? plain;
  await drive(stage, chargeElsewhere(other.engine, stage.providers, shop, own), hour);
  other.kill();
}

/** The open questions of the providers' documents, one way or the other. */
function setSwitches({ chance, providers }: Stage, { paysTwice }: Climate): void {
  const { toss, linePay, portOne } = providers.world;
  const coin = () => chance.happens(0.5);
  toss.state.setSwitches({
    paysOneOrderIdTwice: paysTwice,
    declinedChargeVisible: coin(),
    declinedOrderIdReusable: coin(),
    webhookOrder: chance.pick(["normal", "duplicate", "out_of_order"] as const),
  });
  linePay.state.setSwitches({ paysOneOrderIdTwice: paysTwice, declinedOrderIdReusable: coin() });
  portOne.state.setSwitches({
    paysOneMerchantUidTwice: paysTwice,
    failedMerchantUidReusable: coin(),
    declineShape: chance.pick(["failed", "refused"] as const),
    webhookDelivery: chance.pick(["once", "twice", "never"] as const),
  });
}

/** The providers are told where their webhooks go. */
async function register({ providers }: Stage, { connections }: Shop): Promise<void> {
  for (const { notificationToken, provider } of connections) {
    if (provider === "line_pay") continue;
    const url = `http://127.0.0.1:4000/notifications/${notificationToken}`;
    await providers.control("/webhooks", { provider, url });
  }
}

function deskOf({ around, chance, processes, scheduler, shown }: Stage, apiKey: string): Desk {
  return createDesk({
    scheduler,
    chance: chance.fork("desk"),
    apiKey,
    apis: () => processes.filter(({ kind }) => kind === "api"),
    onBug: around.onBug,
    onShown: (it) => shown.push(it),
  });
}

function startAll(stage: Stage, desk: Desk, shop: Shop, endMs: number): void {
  const { around, chance, processes, providers, scheduler, weather } = stage;
  const workers = chance.pick([1, 1, 1, 2, 2, 3, 4]);
  for (let n = 1; n <= workers; n += 1) {
    processes.push(startVirtualProcess(`worker${n}.1`, "worker", around));
  }
  if (chance.happens(0.3)) processes.push(startVirtualProcess("api2.1", "api", around));
  weather.setCalm(false);
  const { onBug } = around;
  const wave = chance.happens(0.3) ? daysToMonthsEnd(scheduler.nowMs()) : chance.below(30);
  const habits = {
    startDays: chance.happens(0.8) ? [wave] : [chance.below(15), 15 + chance.below(15)],
    zone: chance.pick(zones),
    chargeTime: chance.pick(chargeTimes),
  };
  const own = { chance: chance.fork("people"), endMs, onBug };
  const people: PeopleDeps = { scheduler, desk, providers, shop, ...habits, ...own };
  for (let n = 1; n <= weather.climate.customers; n += 1) startCustomer(people, `customer${n}`);
  startOperator(people);
  stage.listeners.push(createForger(people));
}

/** To the last day but one of a month that has a 29th: where calendars go wrong. */
function daysToMonthsEnd(nowMs: number): number {
  const now = new Date(nowMs);
  const lastDays = [1, 2].map(
    (months) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 0)),
  );
  const last = lastDays.find((date) => date.getUTCDate() > 29 && date.getTime() > nowMs + day);
  return last === undefined ? 0 : Math.floor((last.getTime() - nowMs) / day) - 1;
}

/**
 * Everything works again: the outages are over, the dead are back, people clear up. From now on
 * every open charge must be decided, or lie in front of a person, within the ladder's longest wait.
 */
async function heal(
  stage: Stage,
  desk: Desk,
  shop: Shop,
  { backends }: SimulationOptions,
): Promise<readonly string[]> {
  const { around, chance, processes, providers, scheduler, weather } = stage;
  weather.setCalm(true);
  stage.listeners.length = 0;
  scheduler.note("simulation", "heals");
  for (const process of processes) {
    process.pausedUntilMs = 0;
    if (process.isDead) replace(stage, process);
  }
  scheduler.heat();
  const { onBug } = around;
  const endMs = scheduler.nowMs() + healingMs;
  const own = { chance: chance.fork("heal"), endMs, onBug };
  const habits = { startDays: [], zone: zones[0], chargeTime: chargeTimes[0] };
  const people: PeopleDeps = { scheduler, desk, providers, shop, ...habits, ...own };
  await drive(stage, desk.request("POST", "/account/resume"), hour);
  for (let round = 0; round < 3; round += 1) {
    await drive(stage, clearUp(people), 6 * hour);
    await scheduler.run(scheduler.nowMs() + healingMs / 3);
  }
  return await openMatters(backends, shop.accountId, scheduler.nowMs());
}

/** The processes end; what their sessions had not committed is undone. */
async function stopAll({ processes, scheduler }: Stage): Promise<void> {
  for (const process of processes) process.kill();
  await scheduler.run(scheduler.nowMs());
}
