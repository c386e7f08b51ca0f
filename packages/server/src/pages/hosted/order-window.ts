/**
 * Windows of a script that are opened for an order of ours: what the page opens them with, and what is
 * made of a browser that comes back. Whatever it brings is a claim and decides nothing: the provider is
 * asked about our own order.
 */
import type { Context } from "hono";
import { windowsFor } from "../../charges/windows.ts";
import { payerDetailsOf } from "../../customers/payer-details.ts";
import type { Connection } from "../../connections/connection.ts";
import {
  askAboutWindow,
  orderOf,
  recordRefusal,
  revealCustomerKey,
  type WindowForOrder,
} from "../../registrations/ask-about-window.ts";
import { endRegistration } from "../../registrations/end-registration.ts";
import type { RegistrationSurroundings } from "../../registrations/registration-page-reads.ts";
import { saveWindowAmount } from "../../registrations/registration-store.ts";
import type { Registration } from "../../registrations/registration.ts";
import {
  amountToShow,
  currencyOf,
  orderNameOf,
  requestOf,
} from "../../registrations/window-opening.ts";
import { findSubscriber } from "../../subscriptions/subscriber-store.ts";
import type { Gateway, WindowReturn } from "@maedal/gateways";
import type { PageDeps } from "../page-deps.ts";
import { goTo, type HostedEnv } from "./admit.ts";

/** What opens the window, for the page's script. */
export interface WindowRequest {
  readonly request: Readonly<Record<string, unknown>>;
  readonly returnUrl: string;
}

/**
 * @returns undefined when the registration is over.
 * @throws {AppError} when the provider's window cannot be opened for this customer.
 */
export async function openingOf(
  { engine, baseUrl }: PageDeps,
  registration: Registration,
  { subscription, merchant }: RegistrationSurroundings,
  { connection, gateway, window }: OrderDesk,
): Promise<WindowRequest | undefined> {
  const { accountId, customerId, id, method } = registration;
  const { database } = engine;
  const amount = amountToShow(subscription, currencyOf(gateway, method));
  const [, checkInMs = 0] = windowsFor(connection.mode, engine.windows).lookUpLadderMs;
  const shown = await saveWindowAmount(database, registration, amount, checkInMs);
  const order = shown && orderOf(shown);
  if (order === undefined) return undefined;
  const payer = await findSubscriber(database, accountId, customerId);
  if (payer === undefined) throw new Error(`registration ${id} has no customer`);
  const returnUrl = `${baseUrl.replace(/\/$/, "")}/r/${id}/return`;
  const request = requestOf(window, {
    ...order,
    orderName: orderNameOf(gateway, subscription?.planName ?? merchant),
    customerKey: await revealCustomerKey(engine, registration),
    returnUrl,
    ...payerDetailsOf(payer, gateway.capabilities.payerDetails),
  });
  return { request, returnUrl };
}

export interface OrderDesk {
  readonly connection: Connection;
  readonly gateway: Gateway;
  readonly window: WindowForOrder;
}

/** A browser is back from the window, or was sent back by the script's callback. */
export async function takeReturn(
  context: Context<HostedEnv>,
  { engine }: PageDeps,
  { ordered }: WindowForOrder,
): Promise<Response> {
  const { registration } = context.var;
  const here = `/r/${registration.id}`;
  if (registration.status !== "open") {
    // Where the window issued a key all the same, asking gives it back.
    if (registration.status !== "completed") await askAboutWindow(engine, registration);
    return goTo(context, `${here}/done`);
  }
  const said = ordered.readReturn(context.req.query());
  const order = orderOf(registration);
  if (
    said === undefined ||
    order === undefined ||
    (said.orderId ?? order.orderId) !== order.orderId
  ) {
    return goTo(context, `${here}?notice=mismatch`);
  }
  const finding = await askAboutWindow(engine, registration);
  switch (finding.kind) {
    case "issued":
      return goTo(context, `${here}/done`);
    case "refused":
      // The record of a window that was left may say failed: it can be opened for its order again.
      if (said.failure?.isCanceled === true && finding.strayPayment === undefined) {
        return goTo(context, `${here}?notice=canceled`);
      }
      await recordRefusal(engine, registration, finding);
      return goTo(context, `${here}/done`);
    case "not_yet":
      return goTo(context, await afterNothing(context, engine, said.failure));
  }
}

/**
 * The provider knows of no key. Where the window says itself that it failed, this trip is over; the key
 * of a window that finished all the same is given back, as any that comes too late.
 */
async function afterNothing(
  context: Context<HostedEnv>,
  engine: PageDeps["engine"],
  failure: WindowReturn["failure"],
): Promise<string> {
  const { registration } = context.var;
  const here = `/r/${registration.id}`;
  if (failure === undefined) return `${here}?notice=waiting`;
  if (failure.isCanceled) return `${here}?notice=canceled`;
  const { code, message } = failure;
  await endRegistration(engine, registration, { status: "failed", code, message });
  return `${here}/done`;
}
