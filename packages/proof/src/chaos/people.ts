/**
 * People: the merchant who sends the test clocks forward and clears up, and customers who join, leave,
 * bring another method and want their money back. Everything goes through the API, whose servers may
 * be down; what they were told is remembered, to be held against the database in the end.
 */
import { z } from "zod";
import type { Chance } from "../chance.ts";
import { NoAnswer, textOf, type Desk } from "./desk.ts";
import type { ProviderDesk } from "./provider-desk.ts";
import { drawConnection, join, register, type Interval, type Member, type Shop } from "./shop.ts";
import { pause } from "./waiting.ts";

/** A cancel was answered. */
export interface ToldCancel {
  readonly subscriptionId: string;
  readonly answeredAt: string;
}

/** An event as the API showed it, and when. */
export interface SeenEvent {
  readonly event: Readonly<Record<string, unknown>> & { readonly id: string };
  readonly seenAt: string;
}

export interface People {
  readonly cancels: readonly ToldCancel[];
  readonly events: ReadonlyMap<string, SeenEvent>;
  /** What was done, by kind. */
  readonly acts: ReadonlyMap<string, number>;
  /** Resolves when everybody has gone home. */
  stop(): Promise<void>;
}

export interface PeopleDeps {
  readonly desk: Desk;
  readonly providers: ProviderDesk;
  readonly shop: Shop;
  readonly chance: Chance;
  /** Grows as people join. */
  readonly members: Member[];
  /** Nobody has ever heard of this, and it is not a fault of ours. */
  readonly onTrouble: (text: string) => void;
}

interface Crowd extends PeopleDeps {
  readonly told: {
    readonly cancels: ToldCancel[];
    readonly events: Map<string, SeenEvent>;
    readonly acts: Map<string, number>;
  };
}

const actors = 3;

export function startPeople(deps: PeopleDeps): People {
  const told = { cancels: [], events: new Map(), acts: new Map() };
  const crowd: Crowd = { ...deps, told };
  const leaving = new AbortController();
  const onError = (error: unknown) => {
    if (!(error instanceof NoAnswer)) deps.onTrouble(String(error));
  };
  const repeat = async (waitMs: () => number, act: () => Promise<void>) => {
    while (!leaving.signal.aborted) {
      await act().catch(onError);
      await pause(waitMs(), leaving.signal);
    }
  };
  const lives = [
    repeat(
      () => 300,
      () => advanceClocks(crowd),
    ),
    repeat(
      () => 1_000,
      () => readEvents(crowd),
    ),
    repeat(
      () => 3_000,
      () => resumeConnections(crowd),
    ),
    ...Array.from({ length: actors }, (_, index) => {
      const chance = deps.chance.fork(`actor ${index}`);
      const own = { ...crowd, chance };
      return repeat(
        () => chance.between(100, 900),
        () => actOnce(own),
      );
    }),
  ];
  return {
    ...told,
    async stop() {
      leaving.abort();
      await Promise.all(lives);
      await readEvents(crowd).catch(onError);
    },
  };
}

const clocksSchema = z.object({
  items: z.array(z.looseObject({ id: z.string(), now: z.string(), status: z.string() })),
});

const dayMs = 24 * 60 * 60 * 1_000;
/** Longer than each interval, at most three times. */
const stepDays: Readonly<Record<Interval, number>> = { day: 3, week: 15, month: 70 };

async function advanceClocks({ desk, shop }: Crowd): Promise<void> {
  const { items } = clocksSchema.parse(await desk.must("GET", "/test-clocks"));
  const ready = items.filter(({ status }) => status === "ready");
  await Promise.all(
    ready.map(async ({ id, now }) => {
      const clock = shop.clocks.find((it) => it.id === id);
      if (clock === undefined) return;
      const to = new Date(Date.parse(now) + stepDays[clock.interval] * dayMs).toISOString();
      await desk.request("POST", `/test-clocks/${id}/advance`, { to });
    }),
  );
}

const eventsSchema = z.object({
  items: z.array(z.looseObject({ id: z.string() })),
  nextCursor: z.string().nullable(),
});

/** Back to what is known, a few pages at most: what is missed is not held against anybody. */
const mostPages = 5;

async function readEvents({ desk, told }: Crowd): Promise<void> {
  let cursor = "";
  for (let page = 0; page < mostPages; page += 1) {
    const body = await desk.must("GET", `/events?limit=100${cursor}`);
    const { items, nextCursor } = eventsSchema.parse(body);
    const fresh = items.filter(({ id }) => !told.events.has(id));
    const seenAt = new Date().toISOString();
    for (const event of fresh) told.events.set(event.id, { event, seenAt });
    if (fresh.length < items.length || nextCursor === null) return;
    cursor = `&cursor=${nextCursor}`;
  }
}

const connectionsSchema = z.object({
  items: z.array(z.looseObject({ id: z.string(), state: z.string() })),
});

async function resumeConnections({ desk, told }: Crowd): Promise<void> {
  const body = await desk.must("GET", "/gateway-connections");
  for (const { id, state } of connectionsSchema.parse(body).items) {
    if (state !== "paused") continue;
    await desk.request("POST", `/gateway-connections/${id}/resume`, {});
    count(told.acts, "resume");
  }
}

function count(acts: Map<string, number>, act: string): void {
  acts.set(act, (acts.get(act) ?? 0) + 1);
}

async function actOnce(crowd: Crowd): Promise<void> {
  const { chance, desk, members, providers, shop, told } = crowd;
  const dice = chance.below(100);
  if (dice < 30) {
    const clock = chance.happens(0.4) ? chance.pick(shop.clocks) : undefined;
    members.push(await join(desk, providers, drawConnection(chance, shop), clock));
    return count(told.acts, "join");
  }
  const member = chance.pick(members);
  if (dice < 60) return await refundOne(crowd, member);
  if (dice < 75) {
    await register(desk, providers, member);
    return count(told.acts, "new key");
  }
  if (dice < 88) return await collectAgain(crowd, member);
  return await cancel(crowd, member);
}

async function cancel({ chance, desk, told }: Crowd, member: Member): Promise<void> {
  const { subscriptionId } = member;
  const when = chance.happens(0.7) ? "now" : "period_end";
  const answer = await desk.request("POST", `/subscriptions/${subscriptionId}/cancel`, { when });
  if (answer.status >= 300) return;
  count(told.acts, "cancel");
  if (when === "period_end") return;
  told.cancels.push({ subscriptionId, answeredAt: new Date().toISOString() });
}

const chargesSchema = z.object({
  items: z.array(z.looseObject({ id: z.string(), status: z.string(), amount: z.int() })),
});

async function refundOne({ chance, desk, told }: Crowd, { customerId }: Member): Promise<void> {
  const body = await desk.must("GET", `/charges?limit=20&customerId=${customerId}`);
  const captured = chargesSchema.parse(body).items.filter(({ status }) => status === "captured");
  if (captured.length === 0) return;
  const { amount, id } = chance.pick(captured);
  const part = chance.happens(0.5) ? { amount: chance.between(1, amount) } : {};
  const order = { ...part, reason: "out of stock" };
  const answer = await desk.request("POST", `/charges/${id}/refunds`, order);
  if (answer.status < 300) count(told.acts, "refund");
}

const invoicesSchema = z.object({
  items: z.array(z.looseObject({ id: z.string(), status: z.string() })),
});

async function collectAgain({ desk, told }: Crowd, { customerId }: Member): Promise<void> {
  const body = await desk.must("GET", `/invoices?limit=20&customerId=${customerId}`);
  const open = invoicesSchema.parse(body).items.filter(({ status }) => {
    return status === "open" || status === "uncollectible";
  });
  for (const { id } of open) {
    const answer = await desk.request("POST", `/invoices/${textOf(id)}/collect`);
    if (answer.status < 300) count(told.acts, "collect again");
  }
}
