/**
 * What becomes of a row, decided from what is stored already: imported, left alone because it was
 * imported before, or refused. The same decision is made ahead for a whole batch, and again for each
 * row in the transaction that stores it.
 *
 * Pure module.
 */
import type { BillingKeyStatus } from "../billing-keys/billing-key.ts";
import type { Temporal } from "temporal-polyfill";
import { newCustomerSchema } from "../contract/customers.ts";
import type { Plan } from "../plans/plan.ts";
import { firstCharge, type FirstCharge } from "./first-charge.ts";
import type { CustomerDetail, ImportRow } from "./import-row.ts";
import type { Refusal } from "./refusal.ts";

export interface KnownCustomer {
  readonly id: string;
  readonly testClockId: string | undefined;
  readonly details: Readonly<Record<CustomerDetail, string | undefined>>;
}

export interface KnownKey {
  readonly id: string;
  readonly customerId: string;
  readonly status: BillingKeyStatus;
}

/** What is stored that a row is about. */
export interface KnownOfRow {
  /** With the row's externalId. */
  readonly customer: KnownCustomer | undefined;
  /** Of this connection. */
  readonly key: KnownKey | undefined;
  /** This customer, key and plan were imported together, whatever became of the subscription. */
  readonly isImported: boolean;
  /** The customer has a subscription to this plan that has not ended. */
  readonly isSubscribed: boolean;
}

export type RowDecision =
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "already_imported" }
  | { readonly kind: "import"; readonly subscription: SubscriptionToImport | undefined };

export interface SubscriptionToImport {
  readonly plan: Plan;
  readonly firstCharge: FirstCharge;
}

/** Where the customer of a row lives that does not say. */
const { zone: defaultZone } = newCustomerSchema.parse({});

/**
 * @param found The row's plan, undefined when there is none of that id.
 * @param now On the database's clock.
 */
export function decideRow(
  row: ImportRow,
  known: KnownOfRow,
  found: Plan | undefined,
  now: Temporal.Instant,
): RowDecision {
  const { customer, key } = known;
  if (key !== undefined && key.customerId !== customer?.id) {
    return refused(
      "belongs_to_other_customer",
      `The key is stored already, for customer ${key.customerId}, who does not have this external_id: mend the external_id, or leave the row out.`,
    );
  }
  const wanted = row.subscription;
  if (wanted === undefined && key !== undefined) return { kind: "already_imported" };
  if (known.isImported) return { kind: "already_imported" };
  if (customer?.testClockId !== undefined) {
    return refused(
      "customer_on_test_clock",
      `Customer ${customer.id} lives on a test clock, and the keys of real ones are charged in real time: use another external_id.`,
    );
  }
  if (wanted === undefined) return { kind: "import", subscription: undefined };
  const plan = payablePlan(wanted.planId, found);
  if ("code" in plan) return { kind: "refused", refusal: plan };
  if (key !== undefined && key.status !== "active") {
    return refused(
      "key_not_usable",
      `The key is stored already as ${key.id}, and is ${key.status}: let the customer register a new method.`,
    );
  }
  if (known.isSubscribed) {
    return refused(
      "already_subscribed",
      `The customer has a subscription to plan ${plan.id} already: leave the row out, or cancel that one first.`,
    );
  }
  const zone = customer?.details.zone ?? row.details.zone ?? defaultZone;
  const first = firstCharge(wanted, plan.interval, zone, now);
  if ("code" in first) return { kind: "refused", refusal: first };
  return { kind: "import", subscription: { plan, firstCharge: first } };
}

function refused(code: Refusal["code"], message: string): RowDecision {
  return { kind: "refused", refusal: { code, message } };
}

function payablePlan(planId: string, plan: Plan | undefined): Plan | Refusal {
  if (plan === undefined) {
    const message = `There is no plan ${planId} in the account of this connection: make it, or mend the plan_id.`;
    return { code: "unknown_plan", message };
  }
  if (plan.status === "active") return plan;
  const message = `Plan ${planId} is retired and takes no new subscriptions: name another plan.`;
  return { code: "plan_retired", message };
}

/** What the file says otherwise of a customer who is there; the customer is kept as it is. */
export function differingDetails(
  { details }: ImportRow,
  customer: KnownCustomer | undefined,
): readonly CustomerDetail[] {
  if (customer === undefined) return [];
  const names = ["name", "email", "phone", "locale", "zone"] as const;
  return names.filter(
    (name) => details[name] !== undefined && details[name] !== customer.details[name],
  );
}
