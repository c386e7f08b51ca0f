/** Customers who are asked for a method, and what came of it. */
import { Hono } from "hono";
import { askForMethod } from "../../src/method-requests/ask-for-method.ts";
import { findMethodRequest } from "../../src/method-requests/method-request-store.ts";
import type { MethodRequest } from "../../src/method-requests/method-request.ts";
import { hostedPages } from "../../src/pages/hosted-pages.ts";
import { methodRequestPages } from "../../src/pages/method-request-pages.ts";
import { findRegistration } from "../../src/registrations/registration-store.ts";
import type { Registration } from "../../src/registrations/registration.ts";
import { masterKey, subscribe, type Subscribed, type World } from "../support/world.ts";

const baseUrl = "https://pay.example";

export interface Asked extends Subscribed {
  readonly request: MethodRequest;
}

/** A paying customer who is asked for another method at the same connection. */
export async function ask(world: World): Promise<Asked> {
  const subscribed = await subscribe(world);
  const { accountId, engine } = world;
  const subscriptionId = subscribed.subscription.id;
  return { ...subscribed, request: await askForMethod(engine, { accountId, subscriptionId }) };
}

export async function reload(
  { engine, accountId }: World,
  { id }: MethodRequest,
): Promise<MethodRequest> {
  const request = await findMethodRequest(engine.database, accountId, id);
  if (request === undefined) throw new Error("the method request is gone");
  return request;
}

/** A browser at the pages of requests and registrations, without a browser: cookies and redirects. */
export function browserOf(world: World) {
  const deps = { engine: world.engine, baseUrl, masterKey };
  const pages = new Hono().route("/", hostedPages(deps)).route("/", methodRequestPages(deps));
  const jar = new Map<string, string>();

  async function send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookies = [...jar].filter(([key]) => path.startsWith(key.split(" ")[1] ?? ""));
    headers.set("cookie", cookies.map(([, pair]) => pair).join("; "));
    const answer = await pages.request(`${baseUrl}${path}`, { ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split("; ");
      const at = attributes.find((text) => text.startsWith("Path="))?.slice("Path=".length);
      jar.set(`${pair.split("=")[0]} ${at}`, pair);
    }
    return answer;
  }

  const get = (path: string, headers: Record<string, string> = {}) => send(path, { headers });
  const press = (action: string, method: string) =>
    send(action, { method: "POST", body: new URLSearchParams({ method }) });
  return {
    get,
    text: async (path: string) => await (await get(path)).text(),
    press,
    /** Presses a method's button. */
    choose: (request: MethodRequest, method = "TRANSFER") => press(`/m/${request.id}`, method),
    /** Goes through the provider's window of a registration's page and back. */
    async goThrough(registration: Registration): Promise<Response> {
      const page = await (await get(`/r/${registration.id}`)).text();
      const json = /id="window-request">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "{}";
      const { customerKey } = JSON.parse(json) as { customerKey: string };
      const order = { customerKey, method: registration.method };
      const auth = await world.control.post<{ authKey: string }>("/toss/billing-auths", order);
      const query = new URLSearchParams({ customerKey, authKey: auth.authKey });
      return await get(`/r/${registration.id}/success?${query.toString()}`);
    },
  };
}

/** The registration that a browser was sent to. */
export async function registrationOf(
  { accountId, engine }: World,
  answer: Response,
): Promise<Registration> {
  const [, id = ""] = /^\/r\/(reg_[0-9a-z]{26})/.exec(answer.headers.get("location") ?? "") ?? [];
  const registration = await findRegistration(engine.database, accountId, id);
  if (registration === undefined) throw new Error(`sent nowhere: ${answer.status}`);
  return registration;
}

/** What a subscription's events tell of its requests, oldest first. */
export async function toldOf({ db }: World, subscriptionId: string) {
  return await db.database.query<{ type: string; data: Record<string, unknown> }>(
    `select type, data from events
     where subscription_id = $1 and type like 'subscription.method_request%' order by sequence`,
    [subscriptionId],
  );
}
