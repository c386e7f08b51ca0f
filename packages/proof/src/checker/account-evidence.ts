/** The evidence of one account, put where the invariants look for it. */
import type {
  Attempt,
  AuthorizationCall,
  Call,
  Charge,
  Event,
  Evidence,
  Expectation,
  Finding,
  Invoice,
  JournalLine,
  LookUp,
  RecoveredSend,
  Price,
  Refund,
  RunFacts,
  Subscription,
  TestClock,
} from "./evidence.ts";
import { readOrderId, type OrderName } from "./order-id.ts";
import { readPayments, type Payment } from "./payments.ts";
import { historyOf, type Billing, type History } from "./history.ts";

export interface AccountEvidence {
  readonly accountId: string;
  readonly subscriptions: readonly Subscription[];
  readonly invoices: readonly Invoice[];
  readonly charges: readonly Charge[];
  readonly attempts: readonly Attempt[];
  readonly refunds: readonly Refund[];
  readonly events: readonly Event[];
  readonly findings: readonly Finding[];
  readonly payments: readonly Payment[];
  /** Undefined when nobody kept the call log. */
  readonly calls: readonly Call[] | undefined;
  /** Of any kind, by the order id that they name. */
  readonly callsUnder: (orderId: string) => readonly Call[];
  /** By order id; undefined when there is no journal. */
  readonly journal: ReadonlyMap<string, readonly JournalLine[]> | undefined;
  readonly expectations: readonly Expectation[];
  /** When whoever drove the run was told that the subscription is canceled, in real time. */
  readonly cancelOf: (subscriptionId: string) => number | undefined;
  readonly facts: RunFacts;
  /** Real time up to which everything due must be billed. */
  readonly asOf: number;

  readonly subscriptionOf: (id: string) => Subscription | undefined;
  readonly invoiceOf: (id: string) => Invoice | undefined;
  readonly invoiceFor: (subscriptionId: string, periodIndex: number) => Invoice | undefined;
  readonly clockOf: (subscription: Subscription) => TestClock | undefined;
  readonly invoicesOf: (subscriptionId: string) => readonly Invoice[];
  readonly chargeOf: (id: string) => Charge | undefined;
  readonly chargesOf: (invoiceId: string) => readonly Charge[];
  /** By the provider's own name of a payment. */
  readonly chargeOfPayment: (paymentId: string) => Charge | undefined;
  readonly paymentNamed: (paymentId: string) => Payment | undefined;
  readonly paymentUnder: (orderId: string) => Payment | undefined;
  /** In the order of their claims. */
  readonly attemptsOf: (chargeId: string) => readonly Attempt[];
  readonly attemptsUnder: (orderId: string) => readonly Attempt[];
  readonly lookUpsOf: (chargeId: string) => readonly LookUp[];
  readonly lookUpsUnder: (orderId: string) => readonly LookUp[];
  readonly recoveryOf: (attemptId: string) => RecoveredSend | undefined;
  readonly authorizationCallsOf: (chargeId: string) => readonly AuthorizationCall[];
  readonly refundsOf: (chargeId: string) => readonly Refund[];
  /** In sequence. */
  readonly eventsOf: (subscriptionId: string) => readonly Event[];
  /** Events whose data name this charge, invoice or refund. */
  readonly eventsAbout: (id: string) => readonly Event[];
  readonly isOffered: (chargeId: string) => boolean;
  readonly historyOf: (subscriptionId: string) => History | undefined;
  readonly billingOf: (invoiceId: string) => Billing | undefined;
}

/** @returns The accounts, and what of the provider's side belongs to none of them. */
export function splitByAccount(evidence: Evidence): {
  readonly accounts: readonly AccountEvidence[];
  readonly ownerless: readonly Payment[];
  readonly foreign: number;
} {
  const { tables, calls, journal, ledger } = evidence;
  const { foreign, payments } = readPayments(ledger);
  const owner = ownersOf(evidence);
  const paymentNamed = indexBy(payments, ({ paymentId }) => paymentId);
  const asOf = evidence.facts.asOf ?? latestInstant(evidence);
  const ids = new Set(tables.subscriptions.map(({ account_id }) => account_id));
  const perAccount = {
    payments: groupBy(payments, ({ order }) => owner(order)),
    calls: calls && groupBy(calls, (it) => ownerOfCall(it, owner, paymentNamed)),
    journal: journal && Map.groupBy(journal, ({ order }) => order),
    rows: splitTables(tables),
  };
  const accounts = [...ids].map((accountId) =>
    accountEvidence(evidence, accountId, { ...perAccount, asOf }),
  );
  return { accounts, ownerless: perAccount.payments(""), foreign };
}

type Group<T> = (key: string) => readonly T[];

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Group<T> {
  const groups = Map.groupBy(rows, keyOf);
  return (key) => groups.get(key) ?? [];
}

function indexBy<T>(rows: readonly T[], keyOf: (row: T) => string): (key: string) => T | undefined {
  const index = new Map(rows.map((row) => [keyOf(row), row]));
  return (key) => index.get(key);
}

function splitTables(tables: Evidence["tables"]) {
  const byAccount = <T extends { account_id: string }>(rows: readonly T[]) =>
    groupBy(rows, ({ account_id }) => account_id);
  return {
    subscriptions: byAccount(tables.subscriptions),
    invoices: byAccount(tables.invoices),
    charges: byAccount(tables.charges),
    attempts: byAccount(tables.attempts),
    lookUps: byAccount(tables.look_ups),
    recoveredSends: byAccount(tables.recovery_sends),
    authorizationCalls: byAccount(tables.authorization_calls),
    refunds: byAccount(tables.refunds),
    events: byAccount(tables.events),
    prices: byAccount(tables.prices),
    windows: byAccount(tables.payment_windows),
    clocks: byAccount(tables.test_clocks),
    findings: byAccount(tables.sweep_findings),
  };
}

type Rows = ReturnType<typeof splitTables>;

interface PerAccount {
  readonly payments: Group<Payment>;
  readonly calls: Group<Call> | undefined;
  readonly journal: ReadonlyMap<string, readonly JournalLine[]> | undefined;
  readonly rows: Rows;
  readonly asOf: number;
}

function accountEvidence(
  { expectations, facts }: Evidence,
  accountId: string,
  { asOf, calls, journal, payments, rows }: PerAccount,
): AccountEvidence {
  const database = databaseSide(accountId, rows);
  return {
    accountId,
    facts,
    asOf,
    journal,
    ...database,
    ...providerSide(payments(accountId), calls?.(accountId)),
    ...retold(database, rows.prices(accountId)),
    ...toldBy(expectations, database),
  };
}

function databaseSide(accountId: string, rows: Rows) {
  const charges = rows.charges(accountId);
  const invoices = rows.invoices(accountId);
  const refunds = rows.refunds(accountId);
  const subscriptions = rows.subscriptions(accountId);
  const attempts = rows.attempts(accountId).toSorted((one, other) => one.n - other.n);
  const events = rows
    .events(accountId)
    .toSorted((one, other) => (one.sequence ?? 0) - (other.sequence ?? 0));
  const offered = new Set(rows.windows(accountId).map(({ charge_id }) => charge_id));
  const clocks = indexBy(rows.clocks(accountId), ({ id }) => id);
  const byPeriod = indexBy(
    invoices,
    ({ period_index, subscription_id }) => `${subscription_id} ${period_index}`,
  );
  const paid = charges.filter(({ payment_id }) => payment_id !== null);
  return {
    subscriptions,
    invoices,
    charges,
    attempts,
    refunds,
    events,
    findings: rows.findings(accountId),
    subscriptionOf: indexBy(subscriptions, ({ id }) => id),
    clockOf: ({ test_clock_id }: Subscription) => clocks(test_clock_id ?? ""),
    invoiceOf: indexBy(invoices, ({ id }) => id),
    invoiceFor: (subscriptionId: string, index: number) => byPeriod(`${subscriptionId} ${index}`),
    invoicesOf: groupBy(invoices, ({ subscription_id }) => subscription_id),
    chargeOf: indexBy(charges, ({ id }) => id),
    chargesOf: groupBy(charges, ({ invoice_id }) => invoice_id),
    chargeOfPayment: indexBy(paid, ({ payment_id }) => payment_id ?? ""),
    attemptsOf: groupBy(attempts, ({ charge_id }) => charge_id),
    attemptsUnder: groupBy(attempts, ({ order_id }) => order_id),
    lookUpsOf: groupBy(rows.lookUps(accountId), ({ charge_id }) => charge_id),
    lookUpsUnder: groupBy(rows.lookUps(accountId), ({ order_id }) => order_id),
    recoveryOf: indexBy(rows.recoveredSends(accountId), ({ attempt_id }) => attempt_id),
    authorizationCallsOf: groupBy(rows.authorizationCalls(accountId), ({ charge_id }) => charge_id),
    refundsOf: groupBy(refunds, ({ charge_id }) => charge_id),
    eventsOf: groupBy(events, ({ subscription_id }) => subscription_id ?? ""),
    eventsAbout: aboutOf(events),
    isOffered: (chargeId: string) => offered.has(chargeId),
  };
}

type DatabaseSide = ReturnType<typeof databaseSide>;

function providerSide(payments: readonly Payment[], calls: readonly Call[] | undefined) {
  return {
    payments,
    calls,
    callsUnder: groupBy(calls ?? [], ({ orderId }) => orderId ?? ""),
    paymentNamed: indexBy(payments, ({ paymentId }) => paymentId),
    paymentUnder: indexBy(payments, ({ orderId }) => orderId),
  };
}

function retold(
  { chargesOf, eventsOf, invoicesOf, isOffered, subscriptions }: DatabaseSide,
  prices: readonly Price[],
) {
  const isFromWindow = (invoiceId: string) => chargesOf(invoiceId).some(({ id }) => isOffered(id));
  const histories = subscriptions.map((it): [string, History] => {
    return [it.id, historyOf(it, eventsOf(it.id), invoicesOf(it.id), prices, isFromWindow)];
  });
  const byId = new Map(histories);
  const billings = histories.flatMap(([, history]) => history.billings);
  const billingOf = indexBy(billings, ({ invoice }) => invoice?.id ?? "");
  return { historyOf: (subscriptionId: string) => byId.get(subscriptionId), billingOf };
}

function toldBy(all: readonly Expectation[], { subscriptionOf }: DatabaseSide) {
  const expectations = all.filter((it) => subscriptionOf(it.subscriptionId) !== undefined);
  const cancels = new Map(
    expectations.flatMap((it) => (it.of === "cancel" ? [[it.subscriptionId, it.committedAt]] : [])),
  );
  return { expectations, cancelOf: (subscriptionId: string) => cancels.get(subscriptionId) };
}

function aboutOf(events: readonly Event[]): Group<Event> {
  const about = new Map<string, Event[]>();
  for (const event of events) {
    const { chargeId, invoiceId, refundId } = event.data;
    // A charge's events name its invoice too, and a refund's its charge: the type says what it tells of.
    const subject = event.type.startsWith("invoice.") ? [invoiceId] : [chargeId, refundId];
    for (const id of subject) {
      if (typeof id !== "string") continue;
      const known = about.get(id);
      if (known === undefined) about.set(id, [event]);
      else known.push(event);
    }
  }
  return (id) => about.get(id) ?? [];
}

/** Which account an order id's subscription, invoice or registration is of; "" for none. */
function ownersOf({ tables }: Evidence): (order: OrderName | undefined) => string {
  const subscriptions = indexBy(tables.subscriptions, ({ id }) => id);
  const invoices = indexBy(tables.invoices, ({ id }) => id);
  return (order) => {
    if (order?.of === "period") return subscriptions(order.subscriptionId)?.account_id ?? "";
    if (order?.of === "invoice") return invoices(order.invoiceId)?.account_id ?? "";
    return "";
  };
}

function ownerOfCall(
  { orderId, paymentKey }: Call,
  owner: (order: OrderName | undefined) => string,
  paymentNamed: (paymentId: string) => Payment | undefined,
): string {
  if (orderId !== undefined && orderId !== null) return owner(readOrderId(orderId));
  if (paymentKey === undefined || paymentKey === null) return "";
  return owner(paymentNamed(paymentKey)?.order);
}

/** Of what the database's clock told; test clocks and the emulator's may be anywhere. */
function latestInstant({ tables }: Evidence): number {
  const claims = tables.attempts.map(({ claimed_at }) => claimed_at);
  const made = tables.subscriptions.map(({ created_at }) => created_at);
  return [...claims, ...made].reduce((one, other) => Math.max(one, other), 0);
}
