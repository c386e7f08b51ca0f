/**
 * One simulation: a shop, its customers and operators, a few processes and three providers live
 * through a year that a seed has drawn. Then everything is healed, what is open must come to an end,
 * and the books are judged.
 */
import { createLockQueue, type LockQueue } from "./lock-queue.ts";
import type { Backends } from "./backends.ts";
import { createDesk, type Desk } from "./desk.ts";
import { chargeElsewhere, elsewhere } from "./elsewhere.ts";
import { judge, openMatters } from "./judge.ts";
import { createMemory } from "./memory.ts";
import { createNetwork, type Network } from "./network.ts";
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
import { createProfiles, type ProfileQueries } from "./profiles.ts";
import { createProviders, type Providers } from "./providers.ts";
import { moneyOperations } from "./provider-troubles.ts";
import { createChance, randomOf, type Chance } from "../chance.ts";
import { createScheduler, type Scheduler, type TraceLine } from "./scheduler.ts";
import type { Sabotage } from "../sabotage/sabotages.ts";
import { startVirtualProcess, type Surroundings, type VirtualProcess } from "./virtual-process.ts";
import { timelineOf } from "./timeline.ts";
import type { Shown } from "./told-rules.ts";
import { createWeather, drawClimate, instantText, type Climate, type Weather } from "./weather.ts";
import { carryWebhooks, createForger } from "./webhooks.ts";

export interface SimulationOptions {
  readonly seed: string;
  readonly backends: Backends;
  readonly profileQueries: ProfileQueries;
  readonly sabotage: Sabotage;
  /** Where the virtual time of the backends is read from; set for the length of the run. */
  readonly setClock: (nowMs: () => number) => void;
}

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
const pollMs = 5 * second;

/** The look-up ladder's longest wait, and a day for people. */
const healingMs = 4 * day;
/** Far more than a year takes; a run that needs them goes round in circles. */
const maximumSteps = 150_000;

/** What a run is made of. */
interface Stage {
  readonly chance: Chance;
  readonly scheduler: Scheduler;
  readonly weather: Weather;
  readonly providers: Providers;
  readonly network: Network;
  readonly around: Surroundings;
  readonly processes: VirtualProcess[];
  readonly bugs: string[];
  /** What the API has said of charges. */
  readonly shown: Shown[];
  /** Who hears of each order that leaves to be paid. */
  readonly listeners: ((orderId: string) => void)[];
}

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
  const { bugs, network, providers, scheduler, shown } = stage;
  const { arrivals } = network;
  const facts = { ...conditions, asOfMs: scheduler.nowMs(), arrivals, shown };
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

function setStage(
  options: SimulationOptions,
  chance: Chance,
  startMs: number,
  climate: Climate,
): Stage {
  const { backends, sabotage } = options;
  const processes: VirtualProcess[] = [];
  const bugs: string[] = [];
  const listeners: ((orderId: string) => void)[] = [];
  const memory = createMemory(() => scheduler.nowMs());
  const profiles = createProfiles(
    options.profileQueries,
    (sql, values) => backends.direct(sql, values),
    memory,
  );
  const own = chance.fork("scheduler");
  const scheduler: Scheduler = createScheduler({
    chance: own,
    startMs,
    pollMs,
    profiles,
    maximumSteps,
  });
  const lastDepartureMs = (orderId: string | undefined) =>
    network.arrivals.findLast(
      ({ entry }) => entry.orderId === orderId && moneyOperations.has(entry.operation),
    )?.departedAtMs ?? -Infinity;
  const weather = createWeather({ chance: chance.fork("weather"), climate, lastDepartureMs });
  weather.setCalm(true);
  const providers = createProviders(scheduler, (clock) => weather.faultBook(clock));
  const onBug = (text: string) => {
    bugs.push(text);
    scheduler.note("finding", text.split("\n")[0] ?? text);
  };
  const afterStep = (process: VirtualProcess, isDelicate: boolean) =>
    strike(stage, process, isDelicate);
  const network: Network = createNetwork({
    scheduler,
    providers,
    onOrder: (orderId) => {
      for (const listener of listeners) listener(orderId);
    },
    fateOf: (request) => weather.networkFate(request, scheduler.nowMs()),
    afterStep: (owner, isDelicate) => {
      const process = processes.find((one) => one === owner);
      if (process !== undefined) afterStep(process, isDelicate);
    },
  });
  const locks: LockQueue = createLockQueue(backends);
  const around: Surroundings = {
    scheduler,
    backends,
    locks,
    memory,
    profiles,
    isProfiled: (table) => options.profileQueries.has(table),
    network,
    weather,
    chance: chance.fork("processes"),
    sabotage,
    pollMs,
    onBug,
    // Wake-ups between processes cost nothing when they are lost; here they always are.
    onNotify: () => scheduler.heat(),
    afterStep,
  };
  const stage: Stage = {
    chance,
    scheduler,
    weather,
    providers,
    network,
    around,
    processes,
    bugs,
    shown: [],
    listeners,
  };
  return stage;
}

/** A process dies or freezes where it stands, when the weather wants it so. */
function strike(stage: Stage, process: VirtualProcess, isDelicate: boolean): void {
  const { scheduler, weather } = stage;
  if (process.isDead) return;
  const fate = weather.processFate(isDelicate);
  if (fate === "freezes") {
    const ms = weather.freezeMs();
    process.pausedUntilMs = scheduler.nowMs() + ms;
    scheduler.note(process.name, `freezes for ${ms / second} s`);
  }
  if (fate !== "dies") return;
  process.kill();
  const back = stage.chance.pick([second, minute, 20 * minute, 5 * hour]);
  scheduler.at(scheduler.nowMs() + back, () => replace(stage, process));
}

/** Whoever supervises processes starts another in the place of a dead one. */
function replace(stage: Stage, dead: VirtualProcess): void {
  const at = stage.processes.indexOf(dead);
  if (at === -1) return;
  const [base = dead.name, life = "1"] = dead.name.split(".");
  const name = `${base}.${Number(life) + 1}`;
  stage.processes[at] = startVirtualProcess(name, dead.kind, stage.around);
  stage.scheduler.heat();
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
  const habits = {
    startDays: chance.happens(0.8) ? [chance.below(30)] : [chance.below(15), 15 + chance.below(15)],
    zone: chance.pick(zones),
    chargeTime: chance.pick(chargeTimes),
  };
  const own = { chance: chance.fork("people"), endMs, onBug };
  const people: PeopleDeps = { scheduler, desk, providers, shop, ...habits, ...own };
  for (let n = 1; n <= weather.climate.customers; n += 1) startCustomer(people, `customer${n}`);
  startOperator(people);
  stage.listeners.push(createForger(people));
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
