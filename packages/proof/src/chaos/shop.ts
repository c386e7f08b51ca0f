/**
 * The shop: connections at all three providers, plans, test clocks, and how a customer joins, all
 * through the public API and the hosted pages, as a merchant's program and a browser would.
 */
import { z } from "zod";
import type { Chance } from "../chance.ts";
import { textOf, type Desk } from "./desk.ts";
import type { ProviderDesk } from "./provider-desk.ts";

export interface Shop {
  readonly connections: readonly ShopConnection[];
  readonly clocks: readonly ShopClock[];
}

export interface ShopConnection {
  readonly id: string;
  readonly provider: "toss" | "line_pay" | "portone";
  readonly method: string;
  /** By interval. */
  readonly planIds: Readonly<Record<Interval, string>>;
}

export type Interval = "day" | "week" | "month";

/** Customers of one clock pay at the same intervals, so that it has something to do at each stop. */
export interface ShopClock {
  readonly id: string;
  readonly interval: Interval;
}

export interface Member {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly connection: ShopConnection;
}

const intervals: readonly Interval[] = ["day", "week", "month"];

/** On the 31st, so that months have something to get wrong. */
const clocksBeginAt = "2027-01-31T00:00:00Z";

/** Of one connection: what a dead worker had on its way counts until its lease is over. */
const concurrency = 40;

export async function openShop(
  desk: Desk,
  { ready }: ProviderDesk,
  clockCount: number,
): Promise<Shop> {
  const connections: ShopConnection[] = [];
  for (const { amount, currency, method, order, provider } of ordersFor(ready)) {
    const { id } = await desk.must("POST", "/gateway-connections", { ...order, concurrency });
    const planIds = { day: "", week: "", month: "" };
    for (const interval of intervals) {
      const plan = { name: `milk by the ${interval}`, amount, currency, interval };
      planIds[interval] = textOf((await desk.must("POST", "/plans", plan))["id"]);
    }
    connections.push({ id: textOf(id), provider, method, planIds });
  }
  const clocks = await Promise.all(
    Array.from({ length: clockCount }, async (_, index): Promise<ShopClock> => {
      const order = { name: `clock ${index + 1}`, now: clocksBeginAt };
      const { id } = await desk.must("POST", "/test-clocks", order);
      return { id: textOf(id), interval: intervals[index % intervals.length] ?? "day" };
    }),
  );
  return { connections, clocks };
}

function ordersFor({ linePay, portone, toss }: ProviderDesk["ready"]) {
  const originOf = (url: string) => new URL(url).origin;
  const won = { amount: 9_900, currency: "KRW", method: "TRANSFER" };
  return [
    {
      ...won,
      provider: "toss",
      order: {
        provider: "toss",
        name: "Toss Payments",
        clientKey: toss.clientKey,
        secretKey: toss.secretKey,
        apiHost: originOf(toss.url),
        scriptUrl: `${originOf(toss.url)}/v2/standard`,
      },
    },
    {
      provider: "line_pay",
      amount: 299,
      currency: "TWD",
      method: "LINE_PAY",
      order: {
        provider: "line_pay",
        name: "LINE Pay",
        channelId: linePay.channelId,
        channelSecret: linePay.channelSecret,
        // A key would be checked ahead of each of its periods, which follow each other by the second here.
        keyCheckDaysAhead: 0,
        apiHost: originOf(linePay.url),
      },
    },
    {
      ...won,
      provider: "portone",
      order: {
        provider: "portone",
        name: "CHAI by PortOne",
        impCode: portone.impCode,
        apiKey: portone.apiKey,
        apiSecret: portone.apiSecret,
        channel: "chai",
        apiHost: originOf(portone.url),
        scriptUrl: `${originOf(portone.url)}/v1/iamport.js`,
      },
    },
  ] as const;
}

/** @param clock Undefined: in real time. */
export async function join(
  desk: Desk,
  providers: ProviderDesk,
  connection: ShopConnection,
  clock: ShopClock | undefined,
): Promise<Member> {
  const details = { name: "김매달", email: "kim@example.com", phone: "01012345678" };
  const onClock = clock === undefined ? {} : { testClockId: clock.id };
  const customer = await desk.must("POST", "/customers", { ...details, ...onClock });
  const customerId = textOf(customer["id"]);
  const planId = connection.planIds[clock?.interval ?? "month"];
  const subscription = await desk.must("POST", "/subscriptions", { customerId, planId });
  const member = { customerId, subscriptionId: textOf(subscription["id"]), connection };
  await register(desk, providers, member);
  return member;
}

const keysSchema = z.object({
  items: z.array(z.looseObject({ id: z.string(), status: z.string() })),
});

/** One more subscription of a customer, on the key that there is. @returns undefined without one. */
export async function subscribeAgain(
  desk: Desk,
  { connection, customerId }: Member,
  clock: ShopClock,
): Promise<Member | undefined> {
  const { items } = keysSchema.parse(
    await desk.must("GET", `/billing-keys?customerId=${customerId}`),
  );
  const billingKeyId = items.find(({ status }) => status === "active")?.id;
  if (billingKeyId === undefined) return undefined;
  const order = { customerId, planId: connection.planIds[clock.interval], billingKeyId };
  const subscription = await desk.must("POST", "/subscriptions", order);
  return { customerId, subscriptionId: textOf(subscription["id"]), connection };
}

/** A trip through the provider's window; what comes of it is the workers' matter. */
export async function register(
  desk: Desk,
  providers: ProviderDesk,
  { connection, customerId, subscriptionId }: Member,
): Promise<void> {
  const { id: connectionId, method } = connection;
  const order = { customerId, subscriptionId, connectionId, method };
  const id = textOf((await desk.must("POST", "/registrations", order))["id"]);
  const first = await desk.browse(`/r/${id}`);
  const visit: Visit = { desk, providers, path: `/r/${id}`, cookie: first.cookie };
  if (connection.provider === "line_pay") await approveAtLinePay(visit);
  else await answerScript(visit, connection.provider, first.text);
}

interface Visit {
  readonly desk: Desk;
  readonly providers: ProviderDesk;
  readonly path: string;
  readonly cookie: string;
}

const reservationsSchema = z.array(
  z.looseObject({ transactionId: z.string(), webToken: z.string() }),
);

async function approveAtLinePay({ cookie, desk, path, providers }: Visit): Promise<void> {
  await desk.browse(`${path}/window`, cookie, "POST");
  const way = await desk.browse(`${path}/go`, cookie);
  const token = /transactionReserveId=([^"&]+)/.exec(way.text)?.[1];
  const all = await providers.get(reservationsSchema, "/line-pay/requests");
  const reserved = all.find(({ webToken }) => webToken === token);
  if (reserved === undefined) return;
  const { transactionId } = reserved;
  await providers.post(z.unknown(), `/line-pay/requests/${transactionId}/approve`, {});
  await desk.browse(`${path}/confirm?transactionId=${transactionId}&orderId=x`, cookie);
}

const windowSchema = z.looseObject({
  customerKey: z.string().optional(),
  request: z.looseObject({}).nullish(),
});

async function answerScript(
  { cookie, desk, path, providers }: Visit,
  provider: "toss" | "portone",
  page: string,
): Promise<void> {
  const json = /id="window-request">([^<]*)</.exec(page)?.[1];
  if (json === undefined) return;
  const { customerKey = "", request } = windowSchema.parse(JSON.parse(json));
  if (provider === "toss") {
    const schema = z.looseObject({ authKey: z.string() });
    const order = { customerKey, method: "TRANSFER" };
    const { authKey } = await providers.post(schema, "/toss/billing-auths", order);
    const query = new URLSearchParams({ authKey, customerKey });
    await desk.browse(`${path}/success?${query.toString()}`, cookie);
    return;
  }
  const { impCode } = providers.ready.portone;
  const schema = z.looseObject({ redirect_url: z.string() });
  const order = { ...request, impCode };
  const { redirect_url: back } = await providers.post(schema, "/portone/billing-keys", order);
  const { pathname, search } = new URL(back);
  await desk.browse(`${pathname}${search}`, cookie);
}

/** Mostly at the providers that are asked for lists: comparing LINE Pay takes a request for each order. */
export function drawConnection(chance: Chance, { connections }: Shop): ShopConnection {
  const share = { toss: 5, portone: 4, line_pay: 1 };
  return chance.pick(connections.flatMap((it) => Array(share[it.provider]).fill(it)));
}
