/**
 * Weather: what goes wrong in one simulation, drawn from its seed and kept within the model that the
 * guarantees rest on (docs/guarantees.md, "What they rest on"): no request arrives and no look-up is
 * stale later than the settle window allows, and a provider pays one order id once.
 */
import { Temporal } from "temporal-polyfill";
import type { EmulatorClock } from "../../../emulator/src/clock.ts";
import type { Fault, FaultAction, FaultBook, FaultTarget } from "../../../emulator/src/faults.ts";
import type { HttpRequest } from "../../../gateways/src/http.ts";
import type { Provider } from "../../../server/src/connections/connection.ts";
import { moneyOperations, troublesOf } from "./provider-troubles.ts";
import { providerOrigins } from "./providers.ts";
import { isForMoney, type NetworkFate } from "./network.ts";
import type { Chance } from "../chance.ts";
import type { DatabaseFate } from "./virtual-session.ts";

/** How much goes wrong: probabilities for each message, and what may happen at all. */
export interface Climate {
  readonly lengthMs: number;
  /** About as many as there are periods: each costs a registration, each period a round of charges. */
  readonly customers: number;
  /** How often most of the shop's plans are paid. */
  readonly interval: BillingInterval;
  readonly network: number;
  readonly provider: number;
  /** A request is lost, and the answer to another is given for it. */
  readonly crossed: number;
  /** A provider takes another amount, and says so where its answers tell amounts. */
  readonly mispriced: number;
  readonly database: number;
  /** For each step of a process. */
  readonly crash: number;
  readonly pause: number;
  readonly webhook: number;
  /** All messages are equally fast, so that what leaves together arrives together. */
  readonly even: boolean;
  /** A provider that takes money for what it refused: found, but not hindered. */
  readonly refusedButPaid: boolean;
  /** A provider that would pay one order id twice: look-ups alone must keep it from happening. */
  readonly paysTwice: boolean;
  /** Another installation charges through the same contract. */
  readonly sharesProvider: boolean;
  /** The daily comparison runs; without it more years fit into an hour. */
  readonly sweeps: boolean;
  /** Polls are asked though nothing can be there for them; see polls.ts. */
  readonly asksIdle: boolean;
  /** The records are searched for secrets in the end, which takes its time. */
  readonly seeksSecrets: boolean;
  /** Times during which nobody answers, of a provider or of the database. */
  readonly outages: readonly Outage[];
}

export interface BillingInterval {
  readonly unit: "week" | "month";
  readonly count: number;
}

export interface Outage {
  readonly of: Provider | "database";
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Weather {
  readonly climate: Climate;
  networkFate(request: HttpRequest, nowMs: number): NetworkFate;
  databaseFate(isCommit: boolean, nowMs: number): DatabaseFate;
  /** @param isDelicate At the worst moment: money is about to move, or just has. */
  processFate(isDelicate: boolean): "lives" | "dies" | "freezes";
  /** How long a frozen process stands still; now and then longer than any lease. */
  freezeMs(): number;
  webhookFate(): "ok" | "lost" | "doubled";
  faultBook(clock: EmulatorClock): FaultBook;
  /** While it is calm everything works. */
  setCalm(isCalm: boolean): void;
  /** Something struck that is nobody else's to count. */
  count(kind: string): void;
  readonly counts: Readonly<Record<string, number>>;
}

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;
/** Leaves the rest of the settle window to the answer, the booking and the clocks. */
const longestDelayMs = 8 * minute;
const longestStaleMs = 13 * minute;

export interface WeatherDeps {
  readonly chance: Chance;
  readonly climate: Climate;
  /** When the latest request for money under this order id left us. */
  readonly lastDepartureMs: (orderId: string | undefined) => number;
}

export function createWeather(deps: WeatherDeps): Weather {
  const { chance, climate } = deps;
  const sky = createSky(chance, climate);
  const { count, strikes } = sky;

  return {
    climate,
    networkFate: (request, nowMs) => networkFate(chance, climate, sky, request, nowMs),
    databaseFate(isCommit, nowMs) {
      if (sky.isOut("database", nowMs)) return count("database: outage", "lost");
      if (!strikes(isCommit ? climate.database * 4 : climate.database)) return "ok";
      const fate = chance.pick(["lost", "answer_lost"] as const);
      return count(`${isCommit ? "commit" : "statement"}: ${fate}`, fate);
    },
    processFate(isDelicate) {
      const times = isDelicate ? 15 : 1;
      if (strikes(times * climate.crash)) return count("process: dies", "dies");
      return strikes(times * climate.pause) ? count("process: freezes", "freezes") : "lives";
    },
    freezeMs: () => chance.pick([2 * second, 25 * second, 3 * minute, 10 * minute, 45 * minute]),
    webhookFate() {
      if (!strikes(climate.webhook)) return "ok";
      const fate = chance.pick(["lost", "doubled"] as const);
      return count(`webhook: ${fate}`, fate);
    },
    faultBook: (clock) =>
      bookOf((target, isProcessed) => troubleFor(deps, sky, clock, target, isProcessed)),
    setCalm: sky.setCalm,
    count: (kind) => count(kind, undefined),
    counts: sky.counts,
  };
}

type Sky = ReturnType<typeof createSky>;

/** Whether anything strikes at the moment, and how often it has. */
function createSky(chance: Chance, { outages }: Climate) {
  const counts: Record<string, number> = {};
  let isCalm = false;
  return {
    counts,
    count: <T>(kind: string, value: T): T => {
      counts[kind] = (counts[kind] ?? 0) + 1;
      return value;
    },
    strikes: (probability: number) => !isCalm && chance.happens(probability),
    isOut: (who: Outage["of"], nowMs: number) =>
      !isCalm &&
      outages.some(({ of, fromMs, toMs }) => of === who && fromMs <= nowMs && nowMs < toMs),
    setCalm: (calm: boolean): void => {
      isCalm = calm;
    },
  };
}

function networkFate(
  chance: Chance,
  climate: Climate,
  { count, isOut, strikes }: Sky,
  { url, method }: HttpRequest,
  nowMs: number,
): NetworkFate {
  // Most take the usual time: no time passes at the database, so only what arrives at once overlaps.
  const isUsual = climate.even || chance.happens(0.8);
  const thereMs = isUsual ? 100 : chance.between(5, 400);
  const backMs = isUsual ? 300 : chance.between(5, 1_500);
  const way = { thereMs, backMs };
  const provider = providerAt(url);
  if (provider !== undefined && isOut(provider, nowMs)) {
    const kind = chance.pick(["refused", "lost"] as const);
    return count(`outage: ${kind}`, { ...way, kind });
  }
  // LINE Pay's answer to a charge names no order: docs/guarantees.md says what that rests on.
  if (isForMoney({ url }) && provider !== "line_pay" && strikes(climate.crossed)) {
    return count("network: crossed", { ...way, kind: "crossed" });
  }
  // LINE Pay signs its requests, and its answers tell no amount.
  if (isForMoney({ url }) && provider !== "line_pay" && strikes(climate.mispriced)) {
    return count("provider: mispriced", { ...way, kind: "mispriced" });
  }
  if (!strikes(climate.network)) return { ...way, kind: "ok" };
  const kinds = ["refused", "lost", "answer_lost", "late", "slow"] as const;
  const kind = chance.pick(method === "GET" ? kinds : [...kinds, "doubled" as const]);
  switch (kind) {
    case "slow":
      return count("network: slow", { kind: "ok", thereMs, backMs: backMs * 20 });
    case "late":
      return count("network: late", { kind, backMs, thereMs: chance.between(1, longestDelayMs) });
    case "doubled": {
      if (!isForMoney({ url }) || climate.paysTwice) return { ...way, kind: "ok" };
      return count("network: doubled", { ...way, kind });
    }
    case "refused":
    case "lost":
    case "answer_lost":
      return count(`network: ${kind}`, { ...way, kind });
  }
}

function providerAt(url: string): Provider | undefined {
  const { origin } = new URL(url);
  return (Object.keys(providerOrigins) as Provider[]).find(
    (name) => providerOrigins[name] === origin,
  );
}

function troubleFor(
  { chance, climate, lastDepartureMs }: WeatherDeps,
  { count, strikes }: Sky,
  clock: EmulatorClock,
  target: FaultTarget,
  isProcessed: boolean,
): FaultAction | undefined {
  const isMoney = moneyOperations.has(target.operation);
  const probability = isMoney ? 4 * climate.provider : climate.provider;
  if (!isProcessed || !strikes(probability)) return undefined;
  const mayBeStale = clock.nowMs() < lastDepartureMs(target.orderId) + longestStaleMs;
  const troubles = troublesOf(target, { ...climate, mayBeStale });
  if (troubles.length === 0) return undefined;
  const action = chance.pick(troubles);
  const side = isMoney ? "charge" : target.operation;
  return count(`${target.provider} ${side}: ${action.type}`, action);
}

/** A fault book that is asked, not ordered. */
function bookOf(
  take: (target: FaultTarget, isProcessed: boolean) => FaultAction | undefined,
): FaultBook {
  let count = 0;
  return {
    add: () => {
      throw new Error("the weather decides what goes wrong");
    },
    list: () => [],
    remove: () => false,
    removeAll: () => undefined,
    take(target, sequence, isProcessed): Fault | undefined {
      const action = take(target, isProcessed);
      if (action === undefined) return undefined;
      count += 1;
      const rest = { match: {}, skip: 0, probability: 1, seed: 1, remaining: 0, matched: 1 };
      const { operation, provider } = target;
      return { id: `fault_${count}`, provider, operation, action, hits: [sequence], ...rest };
    },
  };
}

const week: BillingInterval = { unit: "week", count: 1 };
const month: BillingInterval = { unit: "month", count: 1 };

/** From the ones that are sold most. */
export const intervals: readonly BillingInterval[] = [
  month,
  month,
  month,
  month,
  week,
  { unit: "week", count: 2 },
  { unit: "month", count: 2 },
];

const lengthOf = ({ count, unit }: BillingInterval) => count * { week: 7, month: 30 }[unit] * day;

/** What a shop's time looks like: calm or not, of months or of years. */
export function drawClimate(chance: Chance, startMs: number): Climate {
  const level = chance.pick([0.2, 0.5, 1, 2]);
  const sweeps = chance.happens(0.08);
  const interval = sweeps ? week : chance.pick(intervals);
  const lengthMs = lengthOf(interval) * (sweeps ? 6 : chance.between(7, 12));
  const providers = Object.keys(providerOrigins) as Provider[];
  const outages = Array.from({ length: chance.below(4) }, () => {
    const fromMs = chance.between(startMs, startMs + lengthMs);
    const of = chance.pick([...providers, "database" as const]);
    const outMs = chance.pick([5 * minute, 90 * minute, 11 * 60 * minute, 40 * 60 * minute]);
    const toMs = fromMs + (of === "database" ? chance.between(1, 90) * second : outMs);
    return { of, fromMs, toMs };
  });
  return {
    lengthMs,
    customers: chance.between(12, 20),
    interval,
    network: 0.03 * level,
    provider: 0.03 * level,
    crossed: 0.002 * level,
    mispriced: 0.012 * level,
    database: 0.0015 * level,
    crash: 0.0012 * level,
    pause: 0.0012 * level,
    webhook: 0.2,
    even: chance.happens(0.7),
    refusedButPaid: chance.happens(0.25),
    paysTwice: chance.happens(0.25),
    sharesProvider: chance.happens(0.04),
    sweeps,
    asksIdle: chance.happens(1 / 30),
    seeksSecrets: chance.happens(0.1),
    outages,
  };
}

/** For logs and reports: `2026-03-01T01:00:00.25Z`. */
export function instantText(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toString();
}
