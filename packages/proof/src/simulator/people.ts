/**
 * People: customers who subscribe and change their minds, and the merchant's operators who clear up.
 * What each does and when comes from the seed; nobody does anything that the API does not allow.
 */
import type { Desk } from "./desk.ts";
import { itemsOf, noteFailure, textOf } from "./desk.ts";
import type { Providers } from "./providers.ts";
import type { Chance } from "../chance.ts";
import { goThroughWindow } from "./registering.ts";
import type { Scheduler } from "./scheduler.ts";

export interface Shop {
  readonly accountId: string;
  readonly connections: readonly ShopConnection[];
}

export interface ShopConnection {
  readonly id: string;
  readonly provider: "toss" | "line_pay" | "portone";
  readonly method: string;
  readonly notificationToken: string;
  /** Plans in the connection's currency, and what they cost. */
  readonly planIds: readonly string[];
  readonly amounts: readonly number[];
}

export interface PeopleDeps {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly desk: Desk;
  readonly providers: Providers;
  readonly shop: Shop;
  readonly endMs: number;
  /** Days after the start on which customers come: in waves, as a shop's own news bring them. */
  readonly startDays: readonly number[];
  /** Where most customers live, and when most of them want to be charged. */
  readonly zone: string;
  readonly chargeTime: string;
  readonly onBug: (text: string) => void;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

export const zones = ["Asia/Seoul", "Asia/Seoul", "Asia/Seoul", "Europe/Berlin"] as const;
export const chargeTimes = ["10:00", "10:00", "10:00", "23:00"] as const;

/** What becomes known of a customer while they live. */
interface Customer {
  readonly id: string;
  readonly connection: ShopConnection;
  readonly subscriptionId: string;
  hasEnded: boolean;
}

/** Starts one customer's life; it goes on by itself. */
export function startCustomer(deps: PeopleDeps, name: string): void {
  const chance = deps.chance.fork(name);
  live({ ...deps, chance }).catch((error: unknown) => noteFailure(deps.onBug, name, error));
}

async function live(deps: PeopleDeps): Promise<void> {
  const { chance, desk, scheduler, shop } = deps;
  await desk.wait(chance.pick(deps.startDays) * day + chance.between(0, 10 * hour));
  const connection = chance.pick(shop.connections);
  const details = { name: "김매달", email: "kim@example.com", phone: "01012345678" };
  const zone = chance.happens(0.9) ? deps.zone : chance.pick(zones);
  const made = await desk.request("POST", "/customers", { ...details, zone });
  const id = textOf(made.body["id"]);
  if (id === undefined) return;
  const subscribed = await desk.request("POST", "/subscriptions", {
    customerId: id,
    planId: chance.pick(connection.planIds.slice(0, chance.happens(0.8) ? 2 : 3)),
    chargeTime: chance.happens(0.9) ? deps.chargeTime : chance.pick(chargeTimes),
  });
  const subscriptionId = textOf(subscribed.body["id"]);
  if (subscriptionId === undefined) return;
  const customer: Customer = { id, connection, subscriptionId, hasEnded: false };
  await register(deps, customer);
  while (!customer.hasEnded) {
    await desk.wait(chance.between(5 * day, 150 * day));
    if (scheduler.nowMs() > deps.endMs) return;
    await actOnce(deps, customer);
  }
}

/** Until a method is registered, or they have had enough. */
async function register(deps: PeopleDeps, customer: Customer): Promise<void> {
  const { chance, desk, providers } = deps;
  const { connection, id: customerId, subscriptionId } = customer;
  const { id: connectionId, method } = connection;
  for (let trips = 0; trips < 8; trips += 1) {
    const order = { customerId, connectionId, method, subscriptionId };
    const opened = await desk.request("POST", "/registrations", order);
    const registrationId = textOf(opened.body["id"]);
    if (registrationId !== undefined) {
      await desk
        .visit(({ engine }) => goThroughWindow(engine, providers, registrationId))
        .catch((error: unknown) => noteFailure(deps.onBug, "a trip through a window", error));
      await desk.wait(chance.between(second, 3 * minute));
      for (let looks = 0; looks < 4; looks += 1) {
        const now = await desk.request("GET", `/registrations/${registrationId}`);
        if (now.body["status"] === "completed") return;
        if (now.body["status"] !== "open") break;
        await desk.wait(chance.between(5 * minute, 30 * minute));
      }
    }
    await desk.wait(chance.between(minute, 2 * day));
  }
}

async function actOnce(deps: PeopleDeps, customer: Customer): Promise<void> {
  const { chance, desk } = deps;
  const path = `/subscriptions/${customer.subscriptionId}`;
  const now = await desk.request("GET", path);
  if (now.body["status"] === "canceled") {
    customer.hasEnded = true;
    return;
  }
  if (now.body["methodRequired"] === true && chance.happens(0.8)) {
    return await register(deps, customer);
  }
  const dice = chance.below(100);
  if (dice < 10) await register(deps, customer);
  else if (dice < 14) await desk.request("POST", `${path}/cancel`, { when: "period_end" });
  else if (dice < 16) await desk.request("POST", `${path}/cancel`, { when: "now" });
  else if (dice < 24) await desk.request("POST", `${path}/keep`);
  else if (dice < 36) await changePlan(deps, customer);
  else if (dice < 46) await loseMethod(deps, customer);
  else if (dice < 58) await askForRefund(deps, customer);
}

async function changePlan({ chance, desk }: PeopleDeps, customer: Customer): Promise<void> {
  const planId = chance.pick(customer.connection.planIds);
  await desk.request("POST", `/subscriptions/${customer.subscriptionId}/change-plan`, { planId });
}

/** The payer ends the key at the provider; the merchant hears of it by a webhook, or not. */
async function loseMethod({ providers, chance }: PeopleDeps, customer: Customer): Promise<void> {
  const { toss, linePay, portOne } = providers.world;
  const keys = {
    toss: () => toss.state.billingKeys.values().filter(({ removedAt }) => removedAt === null),
    line_pay: () => linePay.state.regKeys.values(),
    portone: () => portOne.state.customers.values(),
  }[customer.connection.provider]();
  if (keys.length === 0) return;
  const key = chance.pick<(typeof keys)[number]>(keys);
  const end = () => {
    if ("billingKey" in key) {
      return providers.control("/toss/withdrawals", { billingKey: key.billingKey });
    }
    return "regKey" in key
      ? providers.control(`/line-pay/keys/${key.regKey}/delete`, {})
      : providers.control(`/portone/billing-keys/${key.customerUid}/end`, {});
  };
  await end().catch(() => undefined); // It had ended already.
}

async function askForRefund({ chance, desk }: PeopleDeps, customer: Customer): Promise<void> {
  const query = `subscriptionId=${customer.subscriptionId}&status=captured&limit=5`;
  const charges = itemsOf((await desk.request("GET", `/charges?${query}`)).body);
  if (charges.length === 0) return;
  const charge = chance.pick(charges);
  const whole = Number(charge["amount"]);
  const amount = chance.happens(0.5) ? {} : { amount: chance.between(1, whole) };
  await desk.request("POST", `/charges/${textOf(charge["id"])}/refunds`, {
    ...amount,
    reason: "품절",
  });
}

/**
 * The merchant's operator, every few hours: what was paused is resumed, an emergency stop is tried
 * and taken back, and what waits for a person is decided by what the provider's own books say.
 */
export function startOperator(deps: PeopleDeps): void {
  const chance = deps.chance.fork("operator");
  const work = async () => {
    for (;;) {
      await deps.desk.wait(chance.between(6 * hour, 16 * day));
      if (deps.scheduler.nowMs() > deps.endMs) return;
      if (chance.happens(0.05)) await stopForAWhile(deps, chance);
      await clearUp({ ...deps, chance });
    }
  };
  work().catch((error: unknown) => noteFailure(deps.onBug, "the operator", error));
}

async function stopForAWhile({ desk }: PeopleDeps, chance: Chance): Promise<void> {
  await desk.request("POST", "/account/stop");
  await desk.wait(chance.between(minute, 12 * hour));
  await desk.request("POST", "/account/resume");
}

/** Looks the charges through, resumes what is paused and decides what is in review, once. */
export async function clearUp(deps: PeopleDeps): Promise<void> {
  const { desk, shop } = deps;
  await desk.request("GET", "/charges?limit=100");
  for (const { id } of shop.connections) {
    const { body } = await desk.request("GET", `/gateway-connections/${id}`);
    if (body["state"] === "paused") await desk.request("POST", `/gateway-connections/${id}/resume`);
  }
  for (const charge of itemsOf((await desk.request("GET", "/charges?status=in_review")).body)) {
    await decide(deps, charge);
  }
  for (const refund of itemsOf((await desk.request("GET", "/refunds?status=in_review")).body)) {
    const decision = { decision: "look_up_again", note: "asked once more" };
    await desk.request("POST", `/refunds/${textOf(refund["id"])}/resolve`, decision);
  }
}

/** The operator reads the provider's console, which shows what really happened. */
async function decide(
  { chance, desk, providers }: PeopleDeps,
  charge: Readonly<Record<string, unknown>>,
): Promise<void> {
  const orderId = textOf(charge["orderId"]) ?? "";
  // Of all generations: an earlier order of the invoice may be the one that was paid.
  const family = orderId.slice(0, -2);
  const isPaid = providers.world.ledger
    .list({})
    .some((entry) => entry.orderId.startsWith(family) && entry.kind === "payment");
  const unpaid = chance.pick(["not_paid", "not_paid", "give_up", "look_up_again"] as const);
  const decision = isPaid ? "look_up_again" : unpaid;
  await desk.request("POST", `/reviews/${textOf(charge["id"])}/resolve`, {
    decision,
    note: "as the provider's console says",
    by: "operator",
  });
}
