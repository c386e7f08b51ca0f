/**
 * Sabotages: the engine with one rule of the charge protocol taken out, to see that the simulator
 * notices. Nothing of this is in the product: each is put together here, from the parts that an
 * engine is composed of, from the text of a statement, or by loading one module in another's place.
 */
import type { Gateway, HttpSender, ProviderPayment } from "@maedal/gateways";
import { GatewayError, NoAnswerError } from "@maedal/gateways";
import type { Statement } from "../../../server/src/db/database.ts";
import type { Random } from "../../../server/src/effects.ts";
import type { SabotageName } from "./sabotage-names.ts";

/** What is changed about the engine; nothing where a member is missing. */
export interface Sabotage {
  /** Run on the database before anything else, to take out what guards the same rule there. */
  readonly schema?: string;
  readonly rewrite?: (sql: Statement | string) => Statement | string;
  readonly defersCommit?: (names: readonly string[]) => boolean;
  readonly sender?: (sender: HttpSender) => HttpSender;
  readonly random?: (random: Random) => Random;
  readonly gateway?: (gateway: Gateway) => Gateway;
  /** The luck of another installation, which charges through the same contract then. */
  readonly elsewhere?: (random: Random) => Random;
}

export const honest: Sabotage = {};

/** Replaces text in statements, by name; a text that is not there any more is a mistake here. */
function rewriting(
  changes: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>,
): Pick<Sabotage, "rewrite"> {
  const known = new Map<string, Statement>();
  return {
    rewrite(sql) {
      if (typeof sql === "string") return sql;
      const change = changes[sql.name];
      if (change === undefined) return sql;
      const done = known.get(sql.name) ?? { name: sql.name, text: replaceAll(sql, change) };
      known.set(sql.name, done);
      return done;
    },
  };
}

function replaceAll(
  { name, text }: Statement,
  change: readonly (readonly [from: string, to: string])[],
): string {
  return change.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`the statement ${name} has no ${from} any more`);
    return now.replaceAll(from, to);
  }, text);
}

const attemptsSoFar = `(select count(*)::int from attempts n
  join charges o on o.account_id = n.account_id and o.id = n.charge_id
  where o.account_id = c.account_id and o.invoice_id = c.invoice_id)`;

/** An order's last two characters count its generations; from 80 on they count its attempts. */
const orderOfAttempt = `case when ${attemptsSoFar} = 0 then c.order_id
  else left(c.order_id, -2) || upper(to_hex(128 + ${attemptsSoFar})) end`;

/** Charged with its key; a window's confirmation is no claim of the queue, and waits for its customer. */
const isByKey = "c.billing_key_id is not null and c.resumes_at is null";

export const sabotages: Readonly<Record<SabotageName, () => Sabotage>> = {
  /** No answer in time counts as a decline. */
  "timeout-is-failure": () => ({
    gateway: (gateway) => ({
      ...gateway,
      chargeBillingKey: (order) =>
        gateway.chargeBillingKey(order).catch((error: unknown) => {
          throw isUnanswered(error) ? declined(error) : error;
        }),
    }),
  }),
  /** The request leaves before the claim is committed. */
  "no-intent": () => ({ defersCommit: (names) => names.includes("charges_claim") }),
  /** Nobody is asked: what is unknown counts as not there. */
  "no-lookup": () => ({
    gateway: (gateway) => ({ ...gateway, lookUpByOrderId: () => Promise.resolve("not_found") }),
  }),
  /** "Not found" is believed at once; see no-settle-window.ts. */
  "no-settle-window": () => honest,
  /** However long ago the claim was, a charge or refund is sent; see no-send-gate.ts. */
  "no-send-gate": () => honest,
  /** Whoever comes last writes; only what the database itself holds for history stays. */
  "no-lease-token": () => ({
    schema: `drop trigger charges_go_the_way on charges;
      alter table invoices drop constraint invoices_check3`,
    ...rewriting({
      charges_subscriptions_of_leases: [["and c.lease_token = r.lease_token", ""]],
      charges_open: [
        ["c.lease_token, g.mode", "r.lease_token, g.mode"],
        ["and c.lease_token = r.lease_token", ""],
      ],
      charges_save_results: [["and c.lease_token = r.lease_token", ""]],
      attempts_save_results: [
        ["and a.n = r.n", "and a.n = r.n and coalesce(a.outcome, 'unknown') = 'unknown'"],
      ],
    }),
  }),
  /** Each attempt has an order id of its own. */
  "order-id-per-attempt": () =>
    rewriting({
      charges_due: [["c.order_id, c.generation", `${orderOfAttempt} as order_id, c.generation`]],
      charges_claim: [
        [
          "lease_token = r.lease_token,",
          `lease_token = r.lease_token,
           order_id = case when r.billing_key_id is null then c.order_id else ${orderOfAttempt} end,`,
        ],
      ],
    }),
  /** Ids count 1, 2, 3, so that two databases give the same to different things. */
  "sequence-ids": () => ({ random: sequence(), elsewhere: sequence() }),
  /** What a notification says about an order is taken for the provider's word. */
  "trust-webhook": () => {
    const told = new Map<string, string>();
    return { gateway: (gateway) => trusting(gateway, told) };
  },
  /** Answers and look-ups are taken for ours, whatever they are about. */
  "no-verify": () => ({
    gateway: (gateway) => ({
      ...gateway,
      capabilities: { ...gateway.capabilities, answerFields: [], lookUpFields: [] },
      chargeBillingKey: (order) => gateway.chargeBillingKey(order).catch(asAnswered),
      lookUpByOrderId: (orderId) => gateway.lookUpByOrderId(orderId).catch(asAnswered),
    }),
  }),
  /** The HTTP client tries once more when no answer comes. */
  "http-retry": () => ({
    sender: (sender) => ({
      ...sender,
      send: (request) =>
        sender.send(request).catch((error: unknown) => {
          if (error instanceof NoAnswerError) return sender.send(request);
          throw error;
        }),
    }),
  }),
  /** Periods are counted from the last one instead of the anchor; see drifting-calendar.ts. */
  "drifting-calendar": () => honest,
  /** A lease that ran out frees its charge, to be claimed again. */
  "free-stale-locks": () =>
    rewriting({
      charges_expire_leases: [
        [
          "status = 'reconciling'",
          `status = case when ${isByKey} then 'scheduled' else 'reconciling' end,
           due_at = case when ${isByKey} then protocol_now() end`,
        ],
        [
          "look_up_at = protocol_now()",
          `look_up_at = case when not (${isByKey}) then protocol_now() end`,
        ],
      ],
    }),
  /** After a failover or restore nothing is looked for in the send journals; see no-journal.ts. */
  "no-journal": () => honest,
};

function isUnanswered(error: unknown): error is GatewayError {
  return (
    error instanceof GatewayError &&
    error.failure === "outcome_unknown" &&
    error.httpStatus === undefined
  );
}

function declined(error: GatewayError): GatewayError {
  const { code, exchange, provider } = error;
  return new GatewayError("no answer in time", {
    provider,
    failure: "soft_decline",
    code,
    exchange,
  });
}

/** What a client refused to take for ours, taken for ours. */
function asAnswered(error: unknown): ProviderPayment {
  const payment = error instanceof GatewayError ? error.payment : undefined;
  if (payment === undefined) throw error;
  return payment;
}

/** A database's sequence: all processes of one installation count on. */
function sequence(): (random: Random) => Random {
  let last = 0;
  return (random) => ({
    ...random,
    bytes(count) {
      if (count !== 16) return random.bytes(count);
      last += 1;
      const bytes = Buffer.alloc(count);
      bytes.writeUInt32BE(last, count - 4);
      return bytes;
    },
  });
}

/** @param told Payments by the orders that notifications called paid. */
function trusting(gateway: Gateway, told: Map<string, string>): Gateway {
  return {
    ...gateway,
    readNotification(body, headers) {
      const read = gateway.readNotification(body, headers);
      if (read === "unreadable" || read.kind !== "payment_changed") return read;
      const isPaid = /\b(?:DONE|paid)\b/.test(body);
      if (isPaid && read.orderId !== undefined) told.set(read.orderId, read.paymentId);
      return read;
    },
    async lookUpByOrderId(orderId) {
      const paymentId = told.get(orderId);
      return paymentId === undefined
        ? await gateway.lookUpByOrderId(orderId)
        : paidAsTold(orderId, paymentId);
    },
  };
}

function paidAsTold(orderId: string, paymentId: string): ProviderPayment {
  return {
    paymentId,
    state: "captured",
    providerStatus: "paid",
    orderId,
    amount: undefined,
    payer: undefined,
    refundedMinor: 0,
    refunds: [],
    requestedAt: undefined,
    approvedAt: undefined,
    methodLabel: undefined,
    failure: undefined,
    observations: [],
    exchange: { request: null, answer: null } as unknown as ProviderPayment["exchange"],
  };
}
