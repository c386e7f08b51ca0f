/**
 * The contract of the HTTP API: every request and response as a zod schema, with its example. All
 * that a client, the dashboard included, needs to see of this package.
 */
export * from "./contract/values.ts";
export * from "./contract/problem.ts";
export * from "./contract/account.ts";
export * from "./contract/customers.ts";
export * from "./contract/plans.ts";
export * from "./contract/registrations.ts";
export * from "./contract/method-requests.ts";
export * from "./contract/billing-keys.ts";
export * from "./contract/subscriptions.ts";
export * from "./contract/invoices.ts";
export * from "./contract/charges.ts";
export * from "./contract/refunds.ts";
export * from "./contract/reviews.ts";
export * from "./contract/sweeps.ts";
export * from "./contract/events.ts";
export * from "./contract/gateway-connections.ts";
export * from "./contract/sunsets.ts";
export * from "./contract/stop-preview.ts";
export * from "./contract/test-clocks.ts";
