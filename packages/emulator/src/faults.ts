/**
 * Faults: orders to misbehave. A fault waits for matching requests and spoils a number of them; of
 * several that match, the oldest is applied, and only that one.
 */
import { randomBytes } from "node:crypto";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import type { EmulatorClock } from "./clock.ts";
import type { Store } from "./store.ts";

const whenSchema = z.enum(["before", "after"]);

/** Actions by name, with what each does. `when` says on which side of the processing. */
const actionObjectSchema = z.discriminatedUnion("type", [
  z
    .strictObject({ type: z.literal("drop_request") })
    .describe("never processed, never answered; the socket stays open until the client gives up"),
  z.strictObject({ type: z.literal("drop_answer") }).describe("processed, never answered"),
  z
    .strictObject({ type: z.literal("close_before") })
    .describe("the socket is destroyed instead of processing"),
  z
    .strictObject({ type: z.literal("close_after") })
    .describe("processed, then the socket is destroyed"),
  z
    .strictObject({
      type: z.literal("delay"),
      ms: z.int().min(0).max(3_600_000),
      when: whenSchema.default("before"),
    })
    .describe("real milliseconds; before: processed late, even if the client has gone"),
  z
    .strictObject({
      type: z.literal("error"),
      status: z
        .int()
        .min(400)
        .max(599)
        .optional()
        .describe("else the code's own; at LINE Pay and PortOne that is 200"),
      code: z.string().describe("any, also one that the provider does not know"),
      message: z.string().optional(),
      when: whenSchema.default("before"),
    })
    .describe("an error answer; after: the money moved nevertheless"),
  z
    .strictObject({
      type: z.literal("decline"),
      code: z.string(),
      status: z.int().min(400).max(599).optional(),
      message: z.string().optional(),
    })
    .describe("the charge, confirm or capture is declined with this code"),
  z
    .strictObject({ type: z.literal("stale_lookup") })
    .describe("look-ups answer as if the payments were not there yet"),
  z
    .strictObject({ type: z.literal("garbage"), when: whenSchema.default("after") })
    .describe("200 with bytes nobody can read"),
  z
    .strictObject({ type: z.literal("bad_gateway"), when: whenSchema.default("before") })
    .describe("502 with an HTML page; after: it was processed nevertheless"),
  z
    .strictObject({ type: z.literal("alter_answer"), set: z.record(z.string(), z.unknown()) })
    .describe("members merged into the JSON answer, at any depth"),
  z
    .strictObject({
      type: z.literal("rate_limit"),
      retryAfterSeconds: z.int().min(0).optional(),
    })
    .describe("429, not processed"),
  z
    .strictObject({
      type: z.literal("outage"),
      until: z.iso.datetime({ offset: true }).nullish(),
    })
    .describe("503, not processed, until an instant on the emulator's clock or until removed"),
  z
    .strictObject({ type: z.literal("kill_key"), when: whenSchema.default("before") })
    .describe("the billing key dies while this charge is on its way, or right after approval"),
  z
    .strictObject({ type: z.literal("pay_then_fail") })
    .describe("PortOne: paid, then a newer failed record of that merchant_uid, which is answered"),
  z
    .strictObject({ type: z.literal("late_success"), afterSeconds: z.int().min(1).default(60) })
    .describe("PortOne: answered as failed, and paid so much later on the emulator's clock"),
]);
export type FaultAction = z.infer<typeof actionObjectSchema>;

/** An action without settings may be named by its type alone: `"drop_answer"`. */
const actionSchema = z.preprocess(
  (value) => (typeof value === "string" ? { type: value } : value),
  actionObjectSchema,
);

/** Every member that is given must be equal to the request's. */
const matchSchema = z.strictObject({
  orderId: z.string().optional().describe("PortOne: the merchant_uid"),
  orderIdPrefix: z.string().optional(),
  billingKey: z.string().optional().describe("LINE Pay: the regKey; PortOne: the customer_uid"),
  paymentKey: z.string().optional().describe("LINE Pay: the transactionId; PortOne: the imp_uid"),
  amount: z.int().optional().describe("in the currency's smallest unit"),
});

const orderMembers = {
  match: matchSchema.default({}),
  times: z
    .int()
    .min(1)
    .nullable()
    .optional()
    .describe("how often; null until removed; 1 by default, an outage until removed"),
  skip: z.int().min(0).default(0).describe("lets this many matching requests pass first"),
  probability: z.number().gt(0).max(1).default(1),
  seed: z.int().default(1).describe("the same seed spoils the same requests"),
  action: actionSchema,
};

const charges = ["charge", "again", "retry"];
const portOneCharges = ["again", "onetime", "retry"];
const lookUps = ["get_payment", "get_order"];

/** Actions that mean something to some operations only; the others are left in peace. */
const meantFor: Readonly<Partial<Record<FaultAction["type"], readonly string[]>>> = {
  decline: [...charges, "issue", "issue_card", "confirm", "capture", "onetime", "issue_customer"],
  kill_key: charges,
  stale_lookup: [...lookUps, "transactions", "details", "payments", "find", "find_all", "status"],
  pay_then_fail: portOneCharges,
  late_success: portOneCharges,
};

function isMeantFor(action: FaultAction, operation: string): boolean {
  return meantFor[action.type]?.includes(operation) ?? true;
}

const portOneOperations = [
  "token",
  "users_pg",
  "customers",
  "issue_customer",
  "delete_customer",
  "customer_payments",
  "customer_schedules",
  "again",
  "onetime",
  "schedule",
  "unschedule",
  "schedules",
  "reschedule",
  "retry",
  "payments",
  "find",
  "find_all",
  "status",
  "cancel",
  "prepare",
] as const;

/** What POST /faults takes. */
export const faultOrderSchema = z
  .discriminatedUnion("provider", [
    z.strictObject({
      provider: z.literal("toss"),
      operation: z
        .enum([
          "any",
          "issue",
          "issue_card",
          "charge",
          "delete_key",
          "get_payment",
          "get_order",
          "cancel",
          "transactions",
          "settlements",
        ])
        .default("any"),
      ...orderMembers,
    }),
    z.strictObject({
      provider: z.literal("line_pay"),
      operation: z
        .enum([
          "any",
          "request",
          "check",
          "confirm",
          "capture",
          "void",
          "refund",
          "details",
          "key_check",
          "charge",
          "expire",
        ])
        .default("any"),
      ...orderMembers,
    }),
    z.strictObject({
      provider: z.literal("portone"),
      operation: z.enum(["any", ...portOneOperations]).default("any"),
      ...orderMembers,
    }),
  ])
  .refine(({ action, operation }) => operation === "any" || isMeantFor(action, operation), {
    path: ["action"],
    error: "This action means nothing to this operation; see the list of actions.",
  });
type FaultOrder = z.infer<typeof faultOrderSchema>;

const faultSchema = z.object({
  id: z.string(),
  provider: z.string(),
  operation: z.string(),
  match: matchSchema,
  skip: z.int(),
  probability: z.number(),
  seed: z.int(),
  action: actionObjectSchema,
  /** Requests left to spoil; null until removed. */
  remaining: z.int().nullable(),
  /** Requests that matched, spoiled or not. */
  matched: z.int(),
  /** Sequences, in the call log, of the requests that were spoiled; the last 100. */
  hits: z.array(z.int()),
});
export type Fault = z.infer<typeof faultSchema>;

/** What a fault can match of a request. */
export interface FaultTarget {
  readonly provider: string;
  readonly operation: string;
  readonly orderId?: string | undefined;
  readonly billingKey?: string | undefined;
  readonly paymentKey?: string | undefined;
  readonly amount?: number | undefined;
}

export interface FaultBook {
  add(order: FaultOrder): Fault;
  list(): Fault[];
  /** False when there is no such fault. */
  remove(id: string): boolean;
  removeAll(): void;
  /**
   * The fault to apply to this request, now counted as hit.
   *
   * @param isProcessed False for a request that is refused or replayed: a fault that changes the
   *   processing has nothing to change then, and waits for another.
   */
  take(target: FaultTarget, sequence: number, isProcessed: boolean): Fault | undefined;
}

export function createFaultBook(store: Store, clock: EmulatorClock): FaultBook {
  const faults = store.table("faults", faultSchema);
  return {
    add(order) {
      const { provider, operation, match, skip, probability, seed, action } = order;
      const usual = action.type === "outage" ? null : 1;
      const remaining = order.times === undefined ? usual : order.times;
      const id = `fault_${randomBytes(6).toString("base64url")}`;
      const what = { id, provider, operation, match, skip, probability, seed, action };
      const fault = { ...what, remaining, matched: 0, hits: [] };
      faults.put(id, fault);
      return fault;
    },
    list: () => faults.values(),
    remove(id) {
      const isThere = faults.get(id) !== undefined;
      faults.delete(id);
      return isThere;
    },
    removeAll() {
      for (const fault of faults.values()) faults.delete(fault.id);
    },
    take(target, sequence, isProcessed) {
      if (faults.size === 0) return undefined;
      for (const fault of faults.values()) {
        if (!applies(fault, target, isProcessed, clock)) continue;
        const matched = fault.matched + 1;
        if (matched <= fault.skip || chance(fault.seed, matched) >= fault.probability) {
          faults.put(fault.id, { ...fault, matched });
          continue;
        }
        const remaining = fault.remaining === null ? null : fault.remaining - 1;
        const hits = [...fault.hits.slice(-99), sequence];
        const hit = { ...fault, matched, remaining, hits };
        faults.put(fault.id, hit);
        return hit;
      }
      return undefined;
    },
  };
}

function applies(
  fault: Fault,
  target: FaultTarget,
  isProcessed: boolean,
  clock: EmulatorClock,
): boolean {
  const { match, action } = fault;
  if (fault.remaining === 0 || fault.provider !== target.provider) return false;
  if (fault.operation !== "any" && fault.operation !== target.operation) return false;
  if (!isMeantFor(action, target.operation)) return false;
  if (!isProcessed && changesProcessing(action)) return false;
  if (action.type === "outage" && hasEnded(action.until, clock)) return false;
  const { orderIdPrefix, ...equal } = match;
  if (orderIdPrefix !== undefined && target.orderId?.startsWith(orderIdPrefix) !== true) {
    return false;
  }
  return (
    (equal.orderId === undefined || equal.orderId === target.orderId) &&
    (equal.billingKey === undefined || equal.billingKey === target.billingKey) &&
    (equal.paymentKey === undefined || equal.paymentKey === target.paymentKey) &&
    (equal.amount === undefined || equal.amount === target.amount)
  );
}

const changing: readonly FaultAction["type"][] = [
  "decline",
  "kill_key",
  "error",
  "pay_then_fail",
  "late_success",
];

function changesProcessing(action: FaultAction): boolean {
  return changing.includes(action.type);
}

function hasEnded(until: string | null | undefined, clock: EmulatorClock): boolean {
  if (until === undefined || until === null) return false;
  return Temporal.Instant.compare(clock.now(), Temporal.Instant.from(until)) >= 0;
}

/** The n-th number in [0, 1) of a seeded sequence (a 32-bit integer hash, murmur3's finish). */
function chance(seed: number, n: number): number {
  let hash = Math.imul(seed, 0x9e3779b1) ^ Math.imul(n, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
