/** A customer's browser at the hosted pages, without a browser: cookies, forms and redirects. */
import { openRegistration } from "../../src/registrations/open-registration.ts";
import type { Registration } from "../../src/registrations/registration.ts";
import { hostedPages } from "../../src/pages/hosted-pages.ts";
import { addCustomer, addPlan, masterKey, type World } from "../support/world.ts";
import { createSubscription } from "../../src/subscriptions/create-subscription.ts";

const baseUrl = "https://pay.example";

export interface Visitor {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string): Promise<Response>;
  /** The customer key that the page hands to the provider's script. */
  customerKeyOf(registration: Registration): Promise<string>;
  /** Opens the page and comes back from the provider's window with an approved auth key. */
  throughTheWindow(registration: Registration, accountId?: string): Promise<string>;
}

export function visitorOf(world: World, engine = world.engine): Visitor {
  const pages = hostedPages({ engine, baseUrl, masterKey });
  const jar = new Map<string, { name: string; value: string }>();

  async function send(path: string, method: string, headers: Record<string, string> = {}) {
    const cookies = [...jar]
      .filter(([key]) => path.startsWith(key.slice(key.indexOf(" ") + 1)))
      .map(([, { name, value }]) => `${name}=${value}`);
    const answer = await pages.request(`${baseUrl}${path}`, {
      method,
      headers: { ...headers, ...(cookies.length > 0 ? { cookie: cookies.join("; ") } : {}) },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split("; ");
      const [name = "", value = ""] = pair.split("=");
      const at = attributes.find((text) => text.startsWith("Path="))?.slice("Path=".length) ?? "/";
      jar.set(`${name} ${at}`, { name, value });
    }
    return answer;
  }

  const get: Visitor["get"] = (path, headers) => send(path, "GET", headers);

  async function customerKeyOf(registration: Registration): Promise<string> {
    const page = await (await get(`/r/${registration.id}`)).text();
    const json = /id="window-request">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "{}";
    return (JSON.parse(json) as { customerKey: string }).customerKey;
  }

  return {
    get,
    post: (path) => send(path, "POST"),
    customerKeyOf,
    async throughTheWindow(registration, accountId) {
      const customerKey = await customerKeyOf(registration);
      const order = { customerKey, method: registration.method };
      const { authKey } = await world.control.post<{ authKey: string }>("/toss/billing-auths", {
        ...order,
        ...(accountId === undefined ? {} : { accountId }),
      });
      const query = new URLSearchParams({ customerKey, authKey }).toString();
      return `/r/${registration.id}/success?${query}`;
    },
  };
}

export interface Registering {
  readonly registration: Registration;
  readonly customerId: string;
  readonly subscriptionId: string;
}

/** A new customer with a waiting subscription, and the link that was made for it. */
export async function registering(
  world: World,
  options: { readonly amount?: number; readonly method?: string; readonly trialDays?: number } = {},
): Promise<Registering> {
  const { accountId, connection, engine } = world;
  const { amount, method = "TRANSFER", trialDays } = options;
  const planId = await addPlan(world, {
    ...(amount === undefined ? {} : { amount }),
    ...(trialDays === undefined ? {} : { trialDays }),
  });
  const customerId = (await addCustomer(world)).id;
  const subscription = await createSubscription(engine, { accountId, customerId, planId });
  const { registration } = await openRegistration(engine, {
    accountId,
    customerId,
    connectionId: connection.id,
    method,
    subscriptionId: subscription.id,
    returnUrl: "https://shop.example/thanks",
  });
  return { registration, customerId, subscriptionId: subscription.id };
}

/** Everything the registration left behind, as it stands. */
export async function stateOf(world: World, registration: Registration) {
  const [row] = await world.db.database.query<{
    status: string;
    failure_code: string | null;
    keys: number;
    active_keys: number;
    subscription: string | null;
  }>(
    `select r.status, r.failure_code,
       (select count(*)::int from billing_keys k where k.customer_id = r.customer_id) as keys,
       (select count(*)::int from billing_keys k where k.customer_id = r.customer_id
         and k.status = 'active') as active_keys,
       (select s.status from subscriptions s where s.id = r.subscription_id) as subscription
     from registrations r where r.id = $1`,
    [registration.id],
  );
  return row;
}
