/** A customer at the hosted pages of a connection whose window takes the payment. */
import { openRegistration } from "../../src/registrations/open-registration.ts";
import { findRegistrationById } from "../../src/registrations/registration-store.ts";
import type { Registration } from "../../src/registrations/registration.ts";
import { visitorOf, type Visitor } from "../registrations/visitor.ts";
import { newcomer, type Visitor as Customer } from "../support/window-world.ts";
import { eventually, type PlanOptions, type World } from "../support/world.ts";

export interface VisitOptions extends PlanOptions {
  readonly clockAt?: string;
  readonly locale?: string;
  readonly zone?: string;
  /** Somebody who was here before; a newcomer unless told. */
  readonly customer?: Customer;
}

export interface WindowVisit {
  readonly customer: Customer;
  readonly registration: Registration;
  readonly visitor: Visitor;
  /** Of the registration: `""` is the page with the button. */
  text(path?: string): Promise<string>;
  /** Where a request leads to. */
  leads(method: "get" | "post", path: string): Promise<string | null>;
  /** Presses the button. @returns The page on the way, and the provider's name of the window. */
  press(): Promise<{ readonly page: Response; readonly windowId: string }>;
  /** Approves at the provider. @returns Where the provider then sends the browser: path and query. */
  approve(windowId: string): Promise<string>;
  /** Presses, approves and comes back. @returns The page that is shown when nothing moves any more. */
  goThrough(): Promise<string>;
  /** The outcome, once it has settled. */
  settled(): Promise<string>;
  now(): Promise<Registration>;
}

const moving = ["registering", "confirming", "paying", "checking"];

export async function visitWindow(world: World, options: VisitOptions = {}): Promise<WindowVisit> {
  const { locale, zone, customer: known, ...plan } = options;
  const customer = known ?? (await newcomer(world, plan));
  const { accountId, connection, engine } = world;
  await engine.database.execute(
    `update customers set locale = coalesce($2, locale) where id = $1`,
    [customer.customerId, locale ?? null],
  );
  if (zone !== undefined) {
    await engine.database.execute("update subscriptions set zone = $2 where id = $1", [
      customer.subscription.id,
      zone,
    ]);
  }
  const { registration } = await openRegistration(engine, {
    accountId,
    customerId: customer.customerId,
    connectionId: connection.id,
    method: "LINE_PAY",
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
): WindowVisit {
  const here = `/r/${registration.id}`;

  async function newestWindow(): Promise<string> {
    const [row] = await world.db.database.query<{ window_id: string }>(
      `select window_id from payment_windows where registration_id = $1
       order by created_at desc limit 1`,
      [registration.id],
    );
    return row?.window_id ?? "";
  }

  const visit: WindowVisit = {
    customer,
    registration,
    visitor,
    text: async (path = "") => await (await visitor.get(`${here}${path}`)).text(),
    leads: async (method, path) =>
      (await visitor[method](`${here}${path}`)).headers.get("location"),
    async press() {
      await visitor.get(here);
      const pressed = await visitor.post(`${here}/window`);
      const page = await visitor.get(pressed.headers.get("location") ?? "");
      return { page, windowId: await newestWindow() };
    },
    async approve(windowId) {
      const { confirmUrl } = await world.control.post<{ confirmUrl: string }>(
        `/line-pay/requests/${windowId}/approve`,
        {},
      );
      const { pathname, search } = new URL(confirmUrl);
      return `${pathname}${search}`;
    },
    async goThrough() {
      const { windowId } = await visit.press();
      await visitor.get(await visit.approve(windowId));
      await visit.settled();
      return await visit.text("/done");
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
  return visit;
}

/** The visible sentences of a page, without its frame: titles, paragraphs, facts and buttons. */
export function sentencesOf(page: string): string[] {
  const [card = ""] = /<div class="card">[\s\S]*<\/main>/.exec(page) ?? [];
  const texts = card
    .replaceAll(/<script[\s\S]*?<\/script>/g, "")
    .replaceAll(/<footer[\s\S]*?<\/footer>/g, "")
    .matchAll(/<(h1|h2|p|li|dt|dd|button|a|blockquote)\b[^>]*>([\s\S]*?)<\/\1>/g);
  return [...texts]
    .map(([, , text = ""]) =>
      text
        .replaceAll(/<[^>]*>/g, " ")
        .replaceAll(/\s+/g, " ")
        .trim(),
    )
    .filter((text) => text !== "");
}
