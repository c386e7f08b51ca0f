/** The demo shop's way to Maedal: the public API over HTTP, with an API key, and nothing else. */
import { z } from "zod";
import {
  billingKeyPageSchema,
  chargePageSchema,
  connectionListSchema,
  connectionSchema,
  customerSchema,
  invoicePageSchema,
  planPageSchema,
  planSchema,
  registrationSchema,
  subscriptionPageSchema,
  subscriptionSchema,
  testClockSchema,
  type BillingKeyJson,
  type ChargeJson,
  type ConnectionJson,
  type CustomerJson,
  type InvoiceJson,
  type newConnectionSchema,
  type PlanJson,
  type RegistrationJson,
  type SubscriptionJson,
  type TestClockJson,
} from "../contract.ts";

/** At any provider; what is left out is the server's choice. */
export type NewConnection = z.input<typeof newConnectionSchema>;

export interface MaedalClient {
  createPlan(plan: {
    readonly name: string;
    readonly amount: number;
    readonly currency: PlanJson["currency"];
    readonly interval: PlanJson["interval"];
    readonly intervalCount?: number;
    readonly trialDays?: number;
    readonly capture?: PlanJson["capture"];
  }): Promise<PlanJson>;
  listPlans(): Promise<PlanJson[]>;
  connect(connection: NewConnection): Promise<ConnectionJson>;
  listConnections(): Promise<ConnectionJson[]>;
  createCustomer(customer: {
    readonly name: string;
    readonly locale: string;
    readonly zone: string;
    readonly testClockId: string;
  }): Promise<CustomerJson>;
  findCustomer(id: string): Promise<CustomerJson | undefined>;
  createTestClock(clock: { readonly name: string; readonly now: string }): Promise<TestClockJson>;
  getTestClock(id: string): Promise<TestClockJson>;
  advanceTestClock(id: string, to: string): Promise<TestClockJson>;
  createSubscription(order: {
    readonly customerId: string;
    readonly planId: string;
  }): Promise<SubscriptionJson>;
  cancelSubscription(id: string, when: "now" | "period_end"): Promise<SubscriptionJson>;
  keepSubscription(id: string): Promise<SubscriptionJson>;
  openRegistration(order: {
    readonly customerId: string;
    readonly connectionId: string;
    readonly method: "TRANSFER" | "CARD" | "EASY_PAY" | "LINE_PAY";
    readonly subscriptionId: string;
    readonly returnUrl: string;
  }): Promise<RegistrationJson>;
  /** Of a customer, newest first. */
  listSubscriptions(customerId: string): Promise<SubscriptionJson[]>;
  listInvoices(customerId: string): Promise<InvoiceJson[]>;
  listCharges(customerId: string): Promise<ChargeJson[]>;
  listBillingKeys(customerId: string): Promise<BillingKeyJson[]>;
}

/** Maedal refused; `code` as in docs/errors.md. */
export class MaedalProblem extends Error {
  override readonly name = "MaedalProblem";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const problemSchema = z.object({ code: z.string(), detail: z.string() });

export function createMaedalClient(baseUrl: string, apiKey: string): MaedalClient {
  async function call<T>(
    schema: z.ZodType<T>,
    method: "GET" | "POST",
    path: string,
    body?: object,
  ): Promise<T> {
    const answer = await fetch(`${baseUrl}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(method === "POST" ? { "idempotency-key": crypto.randomUUID() } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json: unknown = await answer.json();
    if (answer.ok) return schema.parse(json);
    const problem = problemSchema.safeParse(json).data;
    throw new MaedalProblem(problem?.code ?? "unknown", problem?.detail ?? `HTTP ${answer.status}`);
  }
  const get = <T>(schema: z.ZodType<T>, path: string) => call(schema, "GET", path);
  const post = <T>(schema: z.ZodType<T>, path: string, body?: object) =>
    call(schema, "POST", path, body);
  const ofCustomer = (id: string) => `?limit=100&customerId=${id}`;

  return {
    createPlan: (plan) => post(planSchema, "/plans", plan),
    listPlans: async () => (await get(planPageSchema, "/plans?limit=100")).items,
    connect: (connection) => post(connectionSchema, "/gateway-connections", connection),
    listConnections: async () => (await get(connectionListSchema, "/gateway-connections")).items,
    createCustomer: (customer) => post(customerSchema, "/customers", customer),
    findCustomer: (id) =>
      get(customerSchema, `/customers/${id}`).catch((error: unknown) => {
        if (error instanceof MaedalProblem && error.code === "not_found") return undefined;
        throw error;
      }),
    createTestClock: (clock) => post(testClockSchema, "/test-clocks", clock),
    getTestClock: (id) => get(testClockSchema, `/test-clocks/${id}`),
    advanceTestClock: (id, to) => post(testClockSchema, `/test-clocks/${id}/advance`, { to }),
    createSubscription: (order) => post(subscriptionSchema, "/subscriptions", order),
    cancelSubscription: (id, when) =>
      post(subscriptionSchema, `/subscriptions/${id}/cancel`, { when }),
    keepSubscription: (id) => post(subscriptionSchema, `/subscriptions/${id}/keep`),
    openRegistration: (order) => post(registrationSchema, "/registrations", order),
    listSubscriptions: async (id) =>
      (await get(subscriptionPageSchema, `/subscriptions${ofCustomer(id)}`)).items,
    listInvoices: async (id) => (await get(invoicePageSchema, `/invoices${ofCustomer(id)}`)).items,
    listCharges: async (id) => (await get(chargePageSchema, `/charges${ofCustomer(id)}`)).items,
    listBillingKeys: async (id) =>
      (await get(billingKeyPageSchema, `/billing-keys${ofCustomer(id)}`)).items,
  };
}
