/**
 * Stage: what one simulation is made of, put together. Processes live and die on it as the weather wants.
 */
import type { Chance } from "../chance.ts";
import type { Sabotage } from "../sabotage/sabotages.ts";
import type { Backends } from "./backends.ts";
import { drawLosses } from "./database-losses.ts";
import { createLockQueue, type LockQueue } from "./lock-queue.ts";
import { createLossSide, type LossSide } from "./loss-side.ts";
import { lossesOf } from "./losing-seeds.ts";
import { createMemory } from "./memory.ts";
import { createNetwork, type Arrival, type Network } from "./network.ts";
import { createProfiles, type ProfileQueries } from "./profiles.ts";
import { createProviders, type Providers } from "./providers.ts";
import { moneyOperations } from "./provider-troubles.ts";
import { createScheduler, type Owner, type Scheduler } from "./scheduler.ts";
import type { SetBackSql } from "./set-back.ts";
import type { Shown } from "./told-rules.ts";
import { startVirtualProcess, type Surroundings, type VirtualProcess } from "./virtual-process.ts";
import { createWeather, type Climate, type Weather } from "./weather.ts";
import type { RefundClaim } from "./wire-rules.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const pollMs = 5 * second;
/** Far more than a year takes; a run that needs them goes round in circles. */
const maximumSteps = 150_000;

export interface SimulationOptions {
  readonly seed: string;
  readonly backends: Backends;
  readonly profileQueries: ProfileQueries;
  readonly setBackSql: SetBackSql;
  readonly sabotage: Sabotage;
  /** Where the virtual time of the backends is read from; set for the length of the run. */
  readonly setClock: (nowMs: () => number) => void;
}

/** What a run is made of. */
export interface Stage {
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
  readonly refundClaims: RefundClaim[];
  /** Who hears of each order that leaves to be paid. */
  readonly listeners: ((orderId: string) => void)[];
  /** Undefined where the database loses nothing. */
  readonly losses: LossSide | undefined;
}

/** Everything in its place, and nobody there yet. It is calm. */
export function setStage(
  options: SimulationOptions,
  chance: Chance,
  startMs: number,
  climate: Climate,
): Stage {
  const { backends, sabotage } = options;
  const bugs: string[] = [];
  const memory = createMemory(() => scheduler.nowMs());
  const profiles = createProfiles(
    options.profileQueries,
    (sql, values) => backends.direct(sql, values),
    memory,
  );
  const luck = { chance: chance.fork("scheduler"), startMs, pollMs, maximumSteps };
  const scheduler: Scheduler = createScheduler({ ...luck, profiles });
  const lastDepartureMs = (orderId: string | undefined) => lastSentMs(network, orderId);
  const weather = createWeather({ chance: chance.fork("weather"), climate, lastDepartureMs });
  weather.setCalm(true);
  const providers = createProviders(scheduler, (clock) => weather.faultBook(clock));
  const onBug = (text: string) => {
    bugs.push(text);
    scheduler.note("finding", text.split("\n")[0] ?? text);
  };
  const afterStep = (process: VirtualProcess, isDelicate: boolean) =>
    strike(stage, process, isDelicate);
  const afterOwnStep = (owner: Owner, isDelicate: boolean) => {
    const process = stage.processes.find((one) => one === owner);
    if (process !== undefined) afterStep(process, isDelicate);
  };
  const network: Network = createNetwork({
    scheduler,
    providers,
    onOrder: (orderId) => stage.listeners.forEach((listener) => listener(orderId)),
    fateOf: (request) => weather.networkFate(request, scheduler.nowMs()),
    afterStep: afterOwnStep,
  });
  const plans = drawLosses(lossesOf(chance), startMs, startMs + climate.lengthMs);
  const own = { scheduler, weather, afterStep: afterOwnStep };
  const losses = createLossSide({ ...own, plans, chance: chance.fork("loss side") });
  const locks: LockQueue = createLockQueue(backends);
  const refundClaims: RefundClaim[] = [];
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
    onRefundClaim: (refundId) => refundClaims.push({ refundId, atMs: scheduler.nowMs() }),
    // Wake-ups between processes cost nothing when they are lost; here they always are.
    onNotify: () => scheduler.heat(),
    journals: losses?.journals,
    afterStep,
  };
  const parts = { chance, scheduler, weather, providers, network, around, bugs, losses };
  const stage: Stage = { ...parts, refundClaims, processes: [], shown: [], listeners: [] };
  return stage;
}

/** When the latest request for money under this order id left us. */
function lastSentMs({ arrivals }: Network, orderId: string | undefined): number {
  const isSend = ({ entry }: Arrival) =>
    entry.orderId === orderId && moneyOperations.has(entry.operation);
  return arrivals.findLast(isSend)?.departedAtMs ?? -Infinity;
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
  if (fate === "dies") strikeDown(stage, process);
}

/** A process ends at once; another takes its place after a while. */
export function strikeDown(stage: Stage, process: VirtualProcess): void {
  const { scheduler } = stage;
  process.kill();
  const back = stage.chance.pick([second, minute, 20 * minute, 5 * hour]);
  scheduler.at(scheduler.nowMs() + back, () => replace(stage, process));
}

/** Whoever supervises processes starts another in the place of a dead one. */
export function replace(stage: Stage, dead: VirtualProcess): void {
  const at = stage.processes.indexOf(dead);
  if (at === -1) return;
  const [base = dead.name, life = "1"] = dead.name.split(".");
  const name = `${base}.${Number(life) + 1}`;
  stage.processes[at] = startVirtualProcess(name, dead.kind, stage.around);
  stage.scheduler.heat();
}
