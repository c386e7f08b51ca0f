/** What the shop knows about one customer, all of it from the public API. */
import type {
  BillingKeyJson,
  ChargeJson,
  CustomerJson,
  InvoiceJson,
  PlanJson,
  SubscriptionJson,
  TestClockJson,
} from "../../contract.ts";
import type { MaedalClient } from "../maedal-client.ts";
import type { ConnectionIds } from "../demo-state.ts";
import { marketOfCustomer, openWays, type Market, type Way } from "./markets.ts";

export interface Account {
  readonly customer: CustomerJson;
  readonly market: Market;
  /** Of the market, what can be registered now. */
  readonly ways: readonly Way[];
  readonly clock: TestClockJson;
  /** The newest one that has not ended, else the newest. */
  readonly subscription: SubscriptionJson | undefined;
  readonly plan: PlanJson | undefined;
  readonly billingKey: BillingKeyJson | undefined;
  /** Newest first. */
  readonly charges: readonly ChargeJson[];
  /** Open ones without a charge that could pay them. */
  readonly waiting: readonly InvoiceJson[];
  /** When each invoice was due, by its id. */
  readonly dueAts: ReadonlyMap<string, string>;
  /** Of amounts that a window took to register a method, and that are given back. */
  readonly registrationInvoiceIds: ReadonlySet<string>;
}

/** @returns undefined for a customer without a clock, who is none of this shop's. */
export async function readAccount(
  maedal: MaedalClient,
  connectionIds: ConnectionIds,
  customer: CustomerJson,
): Promise<Account | undefined> {
  if (customer.testClockId === null) return undefined;
  const { id } = customer;
  const market = marketOfCustomer(customer);
  const [clock, connections, subscriptions, plans, charges, invoices, keys] = await Promise.all([
    maedal.getTestClock(customer.testClockId),
    maedal.listConnections(),
    maedal.listSubscriptions(id),
    maedal.listPlans(),
    maedal.listCharges(id),
    maedal.listInvoices(id),
    maedal.listBillingKeys(id),
  ]);
  const subscription = subscriptions.find((it) => it.status !== "canceled") ?? subscriptions[0];
  const dead = ["failed", "canceled", "voided"];
  const isBeingPaid = (invoice: InvoiceJson) =>
    charges.some((charge) => charge.invoiceId === invoice.id && !dead.includes(charge.status));
  const registrations = invoices.filter((invoice) => invoice.kind === "registration");
  return {
    customer,
    market,
    ways: openWays(market, connectionIds, connections),
    clock,
    subscription,
    plan: plans.find((plan) => plan.id === subscription?.planId),
    billingKey: keys.find((key) => key.id === subscription?.billingKeyId),
    charges,
    waiting: invoices.filter((invoice) => invoice.status === "open" && !isBeingPaid(invoice)),
    dueAts: new Map(invoices.map((invoice) => [invoice.id, invoice.dueAt])),
    registrationInvoiceIds: new Set(registrations.map((invoice) => invoice.id)),
  };
}
