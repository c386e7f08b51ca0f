/** A customer at the hosted pages of a connection whose window is opened for an order, by a script. */
import type { Connection } from "../../src/connections/connection.ts";
import { insertConnection } from "../../src/connections/connection-store.ts";
import { encryptCredentials, portOneSecretOf } from "../../src/connections/gateways.ts";
import { newId } from "../../src/ids/id.ts";
import { openRegistration } from "../../src/registrations/open-registration.ts";
import { findRegistrationById } from "../../src/registrations/registration-store.ts";
import type { Registration } from "../../src/registrations/registration.ts";
import { visitorOf, type Visitor } from "../registrations/visitor.ts";
import { newcomer, type Visitor as Customer } from "../support/window-world.ts";
import { eventually, type PlanOptions, type World } from "../support/world.ts";

export interface VisitOptions extends PlanOptions {
  readonly clockAt?: string;
  /** Where the method is registered; the world's connection unless told. */
  readonly connection?: Connection;
  /** Somebody who was here before; a newcomer unless told. */
  readonly customer?: Customer;
}

/** What the page hands to the provider's script. */
export interface WindowCall {
  readonly clientKey: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly returnUrl: string;
}

export interface OrderVisit {
  readonly customer: Customer;
  readonly registration: Registration;
  readonly visitor: Visitor;
  /** Of the registration: `""` is the page with the button. */
  text(path?: string): Promise<string>;
  /** Where a request leads to. */
  leads(method: "get" | "post", path: string): Promise<string | null>;
  /** Opens the page. */
  call(): Promise<WindowCall>;
  /**
   * Opens the page and goes through the window.
   *
   * @param changes Of what the script is called with, by a customer who edits the page.
   * @returns Where the provider then sends the browser, below the registration's own address.
   */
  pass(changes?: Readonly<Record<string, unknown>>): Promise<string>;
  /** The outcome, once it has settled. */
  settled(): Promise<string>;
  now(): Promise<Registration>;
}

const moving = ["registering", "paying", "checking"];
const methods: Readonly<Record<string, string>> = { chai: "TRANSFER", kakaopay: "EASY_PAY" };

export async function visitOrderWindow(
  world: World,
  options: VisitOptions = {},
): Promise<OrderVisit> {
  const { connection = world.connection, customer: known, ...plan } = options;
  const customer = known ?? (await newcomer(world, { amount: 9_900, ...plan }));
  const { registration } = await openRegistration(world.engine, {
    accountId: world.accountId,
    customerId: customer.customerId,
    connectionId: connection.id,
    method: methods[connection.channel ?? ""] ?? "TRANSFER",
    subscriptionId: customer.subscription.id,
    returnUrl: "https://shop.example/thanks",
  });
  return visitOf(world, customer, registration, visitorOf(world));
}

export function visitOf(
  world: World,
  customer: Customer,
  registration: Registration,
  visitor: Visitor,
): OrderVisit {
  const here = `/r/${registration.id}`;
  const text: OrderVisit["text"] = async (path = "") =>
    await (await visitor.get(`${here}${path}`)).text();

  async function call(): Promise<WindowCall> {
    const json = /id="window-request">([\s\S]*?)<\/script>/.exec(await text())?.[1] ?? "{}";
    return JSON.parse(json) as WindowCall;
  }

  return {
    customer,
    registration,
    visitor,
    text,
    call,
    leads: async (method, path) =>
      (await visitor[method](`${here}${path}`)).headers.get("location"),
    async pass(changes = {}) {
      const { clientKey, request } = await call();
      const asked = { ...request, impCode: clientKey, ...changes };
      const { redirect_url: address } = await world.control.post<{ redirect_url: string }>(
        "/portone/billing-keys",
        asked,
      );
      const { pathname, search } = new URL(address);
      return `${pathname}${search}`.replace(here, "");
    },
    settled: async () =>
      await eventually("an outcome", async () => {
        const answer = await visitor.get(`${here}/status`);
        const { outcome } = (await answer.json()) as { outcome: string };
        return !moving.includes(outcome) && outcome;
      }),
    async now() {
      const found = await findRegistrationById(world.engine.database, registration.id);
      return found ?? registration;
    },
  };
}

/** Another channel of the world's PortOne account: its window takes the amount that it is opened with. */
export async function connectKakaoPay(world: World): Promise<Connection> {
  const { accountId, connection, emulator, engine } = world;
  const { database, effects, keys } = engine;
  const id = newId("gwy", effects.random);
  const secret = portOneSecretOf(emulator.ready.portone);
  return await insertConnection(database, {
    ...connection,
    id,
    name: "KakaoPay",
    channel: "kakaopay",
    credentials: await encryptCredentials(
      database,
      keys,
      effects.random,
      { accountId, id },
      secret,
    ),
    notificationToken: effects.random.uuid(),
  });
}
