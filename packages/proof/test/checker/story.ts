/**
 * Evidence of a small, clean run, written by hand: one subscription of 9,900 won a month from 31
 * January, three periods.
 *
 *   0  31 January   paid at once
 *   1  28 February  declined, and paid three days later under the next order id
 *   2  31 March     its answer was lost; found by a look-up; 3,000 won were refunded
 *
 * Every row may be changed: a test breaks one thing and asks who notices.
 */
import type { CheckInput } from "../../src/checker/evidence.ts";

type Row = Record<string, unknown>;

export interface Story {
  ledger: Row[];
  calls: Row[];
  journal: Row[];
  tables: Record<string, Row[]>;
  expectations: Row[];
  facts: NonNullable<CheckInput["facts"]>;
}

export const account = "acct_1";
const body = "0123456789ABCDEFGHJKMNPQRS";
export const subscription = `sub_${body.toLowerCase()}`;
const plan = "plan_1";

/** The order id of a period, written out: index in five places, generation in two. */
export function orderId(period: number, generation = 0): string {
  return `${body}0000${period}0${generation}`;
}

export function story(): Story {
  return {
    ledger: [
      money("payment", 0, { paymentId: "pay_0", at: "2026-01-31T01:00:01.200Z" }),
      money("payment", 1, {
        paymentId: "pay_1",
        orderId: orderId(1, 1),
        at: "2026-03-03T01:00:01Z",
      }),
      money("payment", 2, { paymentId: "pay_2", at: "2026-03-31T01:00:01.200Z" }),
      money("refund", 2, { paymentId: "pay_2", amount: 3_000, at: "2026-03-31T05:00:00.500Z" }),
    ].map(numbered),
    calls: [
      call("charge", orderId(0), "2026-01-31T01:00:01.100Z", { answered: 200 }),
      call("charge", orderId(1), "2026-02-28T01:00:01.100Z", { answered: 403 }),
      call("get_order", orderId(1), "2026-03-03T01:00:00.900Z", { answered: 404 }),
      call("charge", orderId(1, 1), "2026-03-03T01:00:01Z", { answered: 200 }),
      call("charge", orderId(2), "2026-03-31T01:00:01.100Z", "swallowed"),
      call("get_order", orderId(2), "2026-03-31T01:00:30Z", { answered: 200 }),
      call("cancel", orderId(2), "2026-03-31T05:00:00.400Z", { answered: 200 }),
    ].map(numbered),
    journal: [
      journaled("charge", orderId(0), "2026-01-31T01:00:01.050Z"),
      journaled("charge", orderId(1), "2026-02-28T01:00:01.050Z"),
      journaled("charge", orderId(1, 1), "2026-03-03T01:00:00.950Z"),
      journaled("charge", orderId(2), "2026-03-31T01:00:01.050Z"),
      journaled("refund", orderId(2), "2026-03-31T05:00:00.350Z"),
    ],
    tables: {
      prices: [price("price_1", 9_900)],
      subscriptions: [subscriptionRow()],
      invoices: [
        invoice(0, ["2026-01-31", "2026-02-28"], "2026-01-31T01:00:00+00:00"),
        { ...invoice(1, ["2026-02-28", "2026-03-31"], "2026-02-28T01:00:00+00:00"), generation: 1 },
        invoice(2, ["2026-03-31", "2026-04-30"], "2026-03-31T01:00:00+00:00"),
      ],
      charges: [
        charge(0, { captured_at: "2026-01-31T01:00:01.2+00:00" }),
        charge(1, { captured_at: "2026-03-03T01:00:01+00:00", ...underGeneration(1, 1) }),
        charge(2, { captured_at: "2026-03-31T01:00:01.2+00:00", refunded_minor: 3_000 }),
      ],
      attempts: [
        attempt(0, 1, "captured", "2026-01-31T01:00:01+00:00"),
        attempt(1, 1, "declined", "2026-02-28T01:00:01+00:00"),
        {
          ...attempt(1, 2, "captured", "2026-03-03T01:00:00.8+00:00"),
          order_id: orderId(1, 1),
          generation: 1,
        },
        attempt(2, 1, "captured", "2026-03-31T01:00:01+00:00"),
      ],
      look_ups: [lookUp(2, "captured", "2026-03-31T01:00:30+00:00")],
      refunds: [refundRow()],
      events: events(),
    },
    expectations: [expected(0, "2026-01-31"), expected(1, "2026-02-28"), expected(2, "2026-03-31")],
    facts: { asOf: "2026-04-01T00:00:00Z" },
  };
}

/** The row of a table, to be changed: the first unless told. */
export function row(it: Story, table: string, index = 0): Row {
  const found = it.tables[table]?.[index];
  if (found === undefined) throw new Error(`the story has no ${table} ${index}`);
  return found;
}

function numbered(it: Row, index: number): Row {
  return { ...it, sequence: index + 1 };
}

/** Numbers the subscription's events again, after some were put in or taken out. */
export function renumber(it: Story): void {
  const all = it.tables["events"] ?? [];
  all.forEach((told, index) => Object.assign(told, numbered(told, index)));
  row(it, "subscriptions")["event_sequence"] = all.length;
}

export function event(type: string, at: string, data: Row = {}): Row {
  return {
    account_id: account,
    id: "evt_1",
    subscription_id: subscription,
    type,
    data,
    occurred_at: at,
  };
}

export function money(kind: string, period: number, more: Row): Row {
  return {
    provider: "toss",
    kind,
    orderId: orderId(period),
    amount: 9_900,
    currency: "KRW",
    key: "key",
    ...more,
  };
}

export function call(operation: string, order: string, receivedAt: string, outcome: unknown): Row {
  return {
    provider: "toss",
    operation,
    orderId: order,
    receivedAt,
    outcome,
    processed: true,
    fault: null,
  };
}

function journaled(kind: string, order: string, at: string): Row {
  return { at, kind, account, connection: "gwy_1", charge: "chg", order, attempt: "att", epoch: 1 };
}

export function price(id: string, amount_minor: number, unit = "month"): Row {
  return {
    account_id: account,
    id,
    plan_id: plan,
    amount_minor,
    currency: "KRW",
    interval_unit: unit,
    interval_count: 1,
    trial_days: 0,
    created_at: "2026-01-01T00:00:00+00:00",
  };
}

function subscriptionRow(): Row {
  return {
    account_id: account,
    id: subscription,
    price_id: "price_1",
    status: "active",
    anchor_on: "2026-01-31",
    anchor_period: 0,
    zone: "Asia/Seoul",
    charge_time: "10:00:00",
    method_required: false,
    canceled_at: null,
    test_clock_id: null,
    event_sequence: events().length,
    created_at: "2026-01-31T00:59:00+00:00",
  };
}

export function invoice(period: number, [starts, ends]: [string, string], due_at: string): Row {
  return {
    account_id: account,
    id: `inv_${period}`,
    subscription_id: subscription,
    kind: "period",
    period_index: period,
    status: "paid",
    amount_minor: 9_900,
    currency: "KRW",
    period_starts_on: starts,
    period_ends_on: ends,
    due_at,
    generation: 0,
  };
}

export function charge(period: number, more: Row): Row {
  return {
    account_id: account,
    id: `chg_${period}`,
    invoice_id: `inv_${period}`,
    subscription_id: subscription,
    status: "captured",
    amount_minor: 9_900,
    currency: "KRW",
    capture: "automatic",
    generation: 0,
    order_id: orderId(period),
    payment_id: `pay_${period}`,
    paid_order_id: orderId(period),
    captured_at: null,
    captured_minor: 9_900,
    refunded_minor: 0,
    refunding_minor: 0,
    authorized_at: null,
    ...more,
  };
}

function underGeneration(period: number, generation: number): Row {
  const order_id = orderId(period, generation);
  return { generation, order_id, paid_order_id: order_id };
}

/** What a charge is that has not taken money. */
export const unpaid: Row = {
  payment_id: null,
  paid_order_id: null,
  captured_at: null,
  captured_minor: 0,
};

export function attempt(
  period: number,
  n: number,
  outcome: string | null,
  claimed_at: string,
): Row {
  return {
    account_id: account,
    charge_id: `chg_${period}`,
    n,
    id: `att_${period}${n}`,
    order_id: orderId(period),
    generation: 0,
    amount_minor: 9_900,
    currency: "KRW",
    claimed_at,
    over_at: new Date(Date.parse(claimed_at) + 125_000).toISOString(),
    outcome,
    ended_at: outcome === null ? null : claimed_at,
  };
}

export function lookUp(period: number, finding: string, looked_up_at: string): Row {
  const charge_id = `chg_${period}`;
  return { account_id: account, charge_id, order_id: orderId(period), finding, looked_up_at };
}

function refundRow(): Row {
  return {
    account_id: account,
    id: "rfd_1",
    charge_id: "chg_2",
    origin: "maedal",
    status: "refunded",
    amount_minor: 3_000,
    currency: "KRW",
    created_at: "2026-03-31T04:59:59+00:00",
  };
}

function expected(periodIndex: number, startsOn: string): Row {
  const of = "period";
  return {
    of,
    subscriptionId: subscription,
    periodIndex,
    startsOn,
    amountMinor: 9_900,
    currency: "KRW",
  };
}

function events(): Row[] {
  const opened = (period: number, at: string) =>
    event("invoice.opened", at, { invoiceId: `inv_${period}`, periodIndex: period });
  const paid = (period: number, at: string) => [
    event("charge.captured", at, { chargeId: `chg_${period}`, invoiceId: `inv_${period}` }),
    event("invoice.paid", at, { invoiceId: `inv_${period}`, periodIndex: period }),
  ];
  return [
    event("subscription.created", "2026-01-31T00:59:00+00:00", { planId: plan }),
    opened(0, "2026-01-31T01:00:00+00:00"),
    ...paid(0, "2026-01-31T01:00:02+00:00"),
    event("subscription.activated", "2026-01-31T01:00:02+00:00"),
    opened(1, "2026-02-28T01:00:00+00:00"),
    event("charge.declined", "2026-02-28T01:00:02+00:00", { chargeId: "chg_1" }),
    event("subscription.past_due", "2026-02-28T01:00:02+00:00"),
    ...paid(1, "2026-03-03T01:00:02+00:00"),
    event("subscription.recovered", "2026-03-03T01:00:02+00:00"),
    opened(2, "2026-03-31T01:00:00+00:00"),
    ...paid(2, "2026-03-31T01:00:31+00:00"),
    event("charge.refunded", "2026-03-31T05:00:01+00:00", { chargeId: "chg_2", refundId: "rfd_1" }),
  ].map(numbered);
}
